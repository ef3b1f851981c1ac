/**
 * What an insider does to a journal: `change N`, `change N with hashes`, `cut COUNT`, `remove N`, `insert N` (the later
 * ones move up), `append`, `resign` (checkpoints anew with the gateway's key), `key FILE` (another key). Checksums are
 * made right. Hashes and keys are of the kind that the log's checkpoints name. It has its own idea of the formats.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Database, open } from 'lmdb';
import { sm2KeyOf, sm2Sign } from '../../../../../platform/sm2.ts';

const [folder = '', action = '', argument = '', , also] = process.argv.slice(2);

interface Kept {
  readonly position: number;
  /** Of the layout. */
  readonly version: number;
  readonly body: Buffer;
}

const key = (position: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(position));
  return bytes;
};

function stored({ position, version, body }: Kept): Buffer {
  const frame = Buffer.alloc(5);
  frame[0] = version;
  frame.writeUInt32BE(crc32(body, crc32(key(position))), 1);
  return Buffer.concat([frame, body]);
}

function read(table: Database<Buffer, Buffer>): Kept[] {
  return [...table.getRange({})].map(({ key: at, value }) => ({
    position: Number(Buffer.from(at).readBigUInt64BE()),
    version: value[0] ?? 0,
    body: Buffer.from(value.subarray(5)),
  }));
}

/** Another person at the gate: one byte of the tap's digest. */
function changed({ body, ...kept }: Kept): Kept {
  const other = Buffer.from(body);
  const at = other.indexOf(Buffer.of(0xc4, 0x10), 40) + 4;
  other[at] = (other[at] ?? 0) ^ 1;
  return { ...kept, body: other };
}

const checkpoints = join(folder, 'log', 'checkpoints');
const isSm = readFileSync(checkpoints, 'utf8').includes('\ntree SM3\n');
const hash = (...parts: readonly Uint8Array[]) =>
  createHash(isSm ? 'sm3' : 'sha256')
    .update(Buffer.concat(parts))
    .digest();
const leafOf = (record: Kept) => hash(Buffer.of(0), stored(record));

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return hash();
  if (leaves.length === 1) return only;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return hash(Buffer.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

/** Leaves and tiles as they would be if the records had always been these. */
function writeHashes(records: readonly Kept[]): void {
  const leaves = records.map(leafOf);
  writeFileSync(join(folder, 'log', 'leaves-00000000'), Buffer.concat(leaves));
  const tiles = Array.from({ length: Math.floor(leaves.length / 256) }, (_, i) =>
    rootOf(leaves.slice(i * 256, (i + 1) * 256)),
  );
  rmSync(join(folder, 'log', 'tiles'), { force: true });
  if (tiles.length > 0) writeFileSync(join(folder, 'log', 'tiles'), Buffer.concat(tiles));
}

/** Every checkpoint anew, with the key that lies beside the journal. */
function resign(records: readonly Kept[]): void {
  const signer = keyBeside();
  const notes = readFileSync(checkpoints, 'utf8')
    .split(/(?<=\n— [^\n]*\n)\n/)
    .slice(0, -1);
  const leaves = records.map(leafOf);
  const again = notes.flatMap((note) => {
    const lines = note.slice(0, note.indexOf('\n\n')).split('\n');
    const [origin = '', size] = lines;
    if (Number(size) > leaves.length) return [];
    lines[2] = rootOf(leaves.slice(0, Number(size))).toString('base64');
    const body = `${lines.join('\n')}\n`;
    const id = hash(Buffer.from(`${origin}\n`), signer.typed).subarray(0, 4);
    const signature = Buffer.concat([id, signer.sign(Buffer.from(body))]).toString('base64');
    return [`${body}\n— ${origin} ${signature}\n\n`];
  });
  writeFileSync(checkpoints, again.join(''));
}

/** The key that lies beside the journal; `typed`: its type in signed notes, and itself. */
function keyBeside(): { readonly typed: Buffer; sign(body: Buffer): Uint8Array } {
  const file = join(folder, '..', `journal-checkpoint.key${isSm ? '.sm2' : ''}`);
  const privateKey = createPrivateKey(readFileSync(file));
  const publicDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  if (!isSm) {
    return {
      typed: Buffer.concat([Buffer.of(1), publicDer.subarray(-32)]),
      sign: (body) => sign(null, body, privateKey),
    };
  }
  // The scalar of a key in PKCS #8 stands behind an octet string's head (SEC 1, clause C.4).
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const at = der.indexOf(Buffer.of(0x02, 0x01, 0x01, 0x04, 0x20)) + 5;
  const key = sm2KeyOf(BigInt(`0x${der.subarray(at, at + 32).toString('hex')}`));
  return {
    typed: Buffer.concat([Buffer.from('\xffonecard-gateway/sm2-sm3', 'latin1'), key.publicKey]),
    sign: (body) => sm2Sign(key, body),
  };
}

function after(records: readonly Kept[]): Kept[] {
  const at = Number(argument);
  if (action === 'change') return records.map((each) => (each.position === at ? changed(each) : each));
  if (action === 'cut') return records.slice(0, -at);
  if (action === 'remove') return records.filter(({ position }) => position !== at);
  const last = records.at(-1);
  if (!last) throw new Error('there is nothing to copy');
  if (action === 'append') return [...records, { ...last, position: last.position + 1 }];
  if (action === 'insert') {
    const copy = { ...last, position: at };
    const moved = records.filter(({ position }) => position >= at);
    return [
      ...records.filter(({ position }) => position < at),
      copy,
      ...moved.map((each) => ({ ...each, position: each.position + 1 })),
    ];
  }
  if (action === 'resign') return [...records];
  throw new Error(`an insider does not ${action}`);
}

if (action === 'key') {
  const { privateKey } = isSm
    ? generateKeyPairSync('ec', { namedCurve: 'SM2' })
    : generateKeyPairSync('ed25519');
  writeFileSync(argument, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
} else {
  const environment = open({ path: folder, noSubdir: false, maxDbs: 3 });
  const table = environment.openDB<Buffer, Buffer>({
    name: 'records',
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const before = read(table);
  const now = after(before);
  await table.transaction(() => {
    for (const { position } of before) table.remove(key(position));
    for (const record of now) table.put(key(record.position), stored(record));
  });
  if (also === 'hashes' || action === 'resign') writeHashes(now);
  if (action === 'resign') resign(now);
  await environment.close();
}
