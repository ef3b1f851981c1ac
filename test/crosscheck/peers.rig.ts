/** Implementations of SM2, SM3 and SM4 that are not ours, asked for the same things. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { sm2, sm3, sm4 } from 'sm-crypto-v2';

export type Operation =
  | 'sm3'
  | 'hmac'
  | 'ctr'
  | 'seal'
  | 'open'
  | 'wrap'
  | 'encrypt'
  | 'decrypt'
  | 'seal-file'
  | 'open-file'
  | 'sign'
  | 'verify'
  | 'jws'
  | 'jws-payload';

export interface Peer {
  readonly name: string;
  /** Answers in the order of `given`. Undefined: it is not installed. */
  readonly ask:
    | ((operation: Operation, given: readonly (readonly Buffer[])[]) => Promise<Buffer[]>)
    | undefined;
}

const TOOLS = process.env['ONECARD_CRYPTO_TOOLS'] ?? join(homedir(), '.cache', 'onecard-crypto-tools');
const PYTHON = join(TOOLS, 'python', 'bin', 'python');

/** `gmssl.py` in one process a question. */
async function askGmssl(operation: Operation, given: readonly (readonly Buffer[])[]): Promise<Buffer[]> {
  const script = fileURLToPath(new URL('./gmssl.py', import.meta.url));
  const child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  for (const each of given) {
    child.stdin.write(`${JSON.stringify([operation, ...each.map((part) => part.toString('hex'))])}\n`);
  }
  child.stdin.end();
  const lines = (await text(child.stdout)).split('\n');
  return lines.slice(0, -1).map((line) => Buffer.from(line, 'hex'));
}

const hex = (bytes: Buffer) => bytes.toString('hex');
const fromHex = (digits: string) => Buffer.from(digits, 'hex');
const hmac = (key: Buffer, data: Buffer) => fromHex(sm3(data, { key, mode: 'hmac' }));
/** RFC 5869 without salt. */
function derived(key: Buffer, info: string, bytes: number): Buffer {
  const secret = hmac(Buffer.alloc(32), key);
  let [out, block] = [Buffer.alloc(0), Buffer.alloc(0)];
  for (let count = 1; out.length < bytes; count += 1) {
    block = hmac(secret, Buffer.concat([block, Buffer.from(info), Buffer.of(count)]));
    out = Buffer.concat([out, block]);
  }
  return out.subarray(0, bytes);
}
const block = (key: Buffer, data: Buffer) =>
  Buffer.from(sm4.encrypt(data, key, { mode: 'ecb', padding: 'none', output: 'array' }));
/** It has no counter mode: the key stream is the counters, encrypted. */
function ctr(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const first = BigInt(`0x${hex(iv)}`);
  const counters = Array.from({ length: Math.ceil(data.length / 16) }, (_, at) =>
    fromHex(
      BigInt.asUintN(128, first + BigInt(at))
        .toString(16)
        .padStart(32, '0'),
    ),
  );
  const stream = counters.length === 0 ? Buffer.alloc(0) : block(key, Buffer.concat(counters));
  return Buffer.from(data.map((octet, at) => octet ^ (stream[at] ?? 0)));
}
function tagOf(key: Buffer, associated: Buffer, sealed: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeUInt32BE(associated.length, 4);
  return hmac(derived(key, 'onecard seal mac', 32), Buffer.concat([length, associated, sealed]));
}
function wrapped(kek: Buffer, inner: Buffer): Buffer {
  const key = derived(kek, 'onecard wrap', 16);
  let first = Buffer.alloc(8, 0xa6);
  const halves = Array.from({ length: inner.length / 8 }, (_, at) => inner.subarray(at * 8, at * 8 + 8));
  for (let step = 1; step <= 6 * halves.length; step += 1) {
    const at = (step - 1) % halves.length;
    const out = block(key, Buffer.concat([first, halves[at] ?? Buffer.alloc(0)]));
    first = Buffer.from(out.subarray(0, 8));
    first.writeUInt32BE((first.readUInt32BE(4) ^ step) >>> 0, 4);
    halves[at] = out.subarray(8);
  }
  return Buffer.concat([first, ...halves]);
}
/** Its distinguishing IDs are texts. */
const signed = (secret: Buffer, publicKey: Buffer, id: Buffer, message: Buffer) =>
  fromHex(
    sm2.doSignature(message, hex(secret), {
      hash: true,
      publicKey: `04${hex(publicKey)}`,
      userId: id.toString(),
    }),
  );
const isSigned = (publicKey: Buffer, id: Buffer, message: Buffer, signature: Buffer) =>
  sm2.doVerifySignature(message, hex(signature), `04${hex(publicKey)}`, {
    hash: true,
    userId: id.toString(),
  });
/** C1 ‖ C3 ‖ C2; its C1 has no octet in front that says of which form it is. */
const C1_C3_C2 = 1;
const encrypted = (publicKey: Buffer, message: Buffer) =>
  Buffer.concat([Buffer.of(4), fromHex(sm2.doEncrypt(message, `04${hex(publicKey)}`, C1_C3_C2))]);
const decrypted = (secret: Buffer, ciphertext: Buffer) =>
  Buffer.from(sm2.doDecrypt(hex(ciphertext.subarray(1)), hex(secret), C1_C3_C2, { output: 'array' }));

function sealed(key: Buffer, nonce: Buffer, plain: Buffer, associated: Buffer): Buffer {
  const whole = Buffer.concat([nonce, ctr(derived(key, 'onecard seal cipher', 16), nonce, plain)]);
  return Buffer.concat([whole, tagOf(key, associated, whole)]);
}
function opened(key: Buffer, whole: Buffer, associated: Buffer): Buffer {
  const [body, tag] = [whole.subarray(0, -32), whole.subarray(-32)];
  if (!tagOf(key, associated, body).equals(tag)) return Buffer.from('does not open');
  return ctr(derived(key, 'onecard seal cipher', 16), body.subarray(0, 16), body.subarray(16));
}

/** A sealed file (docs/privacy.md). */
const PIECE = 65_536;
const cut = (bytes: Buffer, length: number) =>
  Array.from({ length: Math.max(1, Math.ceil(bytes.length / length)) }, (_, at) =>
    bytes.subarray(at * length, (at + 1) * length),
  );
const binding = (head: Buffer, at: number, isLast: boolean) =>
  fromHex(`${sm3(head)}${at.toString(16).padStart(16, '0')}${isLast ? '01' : '00'}`);
const kidOf = (publicKey: Buffer) => `sm3:${sm3(publicKey)}`;
function sealedFile(publicKey: Buffer, content: Buffer): Buffer {
  const key = randomBytes(32);
  const recipient = { kid: kidOf(publicKey), key: encrypted(publicKey, key).toString('base64url') };
  const names = { format: 'onecard-sealed-file/1', digest: 'SM3', key: 'SM2-encryption' };
  const text = JSON.stringify({ ...names, seal: 'SM4-CTR-HMAC-SM3', recipients: [recipient] });
  const head = Buffer.from(`${text}\n`);
  const pieces = cut(content, PIECE);
  const all = pieces.map((piece, at) =>
    sealed(key, randomBytes(16), piece, binding(head, at, at === pieces.length - 1)),
  );
  return Buffer.concat([head, ...all]);
}
function openedFile(secret: Buffer, publicKey: Buffer, file: Buffer): Buffer {
  const end = file.indexOf('\n') + 1;
  const head = file.subarray(0, end);
  const { recipients } = JSON.parse(head.toString()) as { recipients: { kid: string; key: string }[] };
  const mine = recipients.find(({ kid }) => kid === kidOf(publicKey))?.key ?? '';
  const key = decrypted(secret, Buffer.from(mine, 'base64url'));
  const pieces = cut(file.subarray(end), PIECE + 48);
  return Buffer.concat(
    pieces.map((piece, at) => opened(key, piece, binding(head, at, at === pieces.length - 1))),
  );
}

const DEFAULT_ID = Buffer.from('1234567812345678');

const SM_CRYPTO: Readonly<Record<Operation, (...given: Buffer[]) => Buffer>> = {
  sm3: (data) => fromHex(sm3(part(data))),
  hmac: (key, data) => hmac(part(key), part(data)),
  ctr: (key, iv, data) => ctr(part(key), part(iv), part(data)),
  seal: (key, nonce, plain, associated) => sealed(part(key), part(nonce), part(plain), part(associated)),
  open: (key, whole, associated) => opened(part(key), part(whole), part(associated)),
  encrypt: (publicKey, message) => encrypted(part(publicKey), part(message)),
  decrypt: (secret, _, ciphertext) => decrypted(part(secret), part(ciphertext)),
  'seal-file': (publicKey, content) => sealedFile(part(publicKey), part(content)),
  'open-file': (secret, publicKey, file) => openedFile(part(secret), part(publicKey), part(file)),
  wrap: (kek, inner) => wrapped(part(kek), part(inner)),
  sign: (secret, publicKey, id, message) => signed(part(secret), part(publicKey), part(id), part(message)),
  verify: (publicKey, id, message, signature) =>
    Buffer.of(isSigned(part(publicKey), part(id), part(message), part(signature)) ? 1 : 0),
  jws: (secret, publicKey, payload) => {
    const input = `${Buffer.from('{"alg":"SGD_SM3_SM2"}').toString('base64url')}.${part(payload).toString('base64url')}`;
    const signature = signed(part(secret), part(publicKey), DEFAULT_ID, Buffer.from(input));
    return Buffer.from(`${input}.${signature.toString('base64url')}`);
  },
  'jws-payload': (publicKey, compact) => {
    const [head = '', body = '', signature = ''] = part(compact).toString().split('.');
    const input = Buffer.from(`${head}.${body}`);
    const good = isSigned(part(publicKey), DEFAULT_ID, input, Buffer.from(signature, 'base64url'));
    return good ? Buffer.from(body, 'base64url') : Buffer.from('not signed');
  },
};

function part(given: Buffer | undefined): Buffer {
  if (given === undefined) throw new Error('the operation has fewer parts than it needs');
  return given;
}

export const PEERS: readonly Peer[] = [
  { name: 'GmSSL', ask: existsSync(PYTHON) ? askGmssl : undefined },
  {
    name: 'sm-crypto-v2',
    ask: async (operation, given) => given.map((each) => SM_CRYPTO[operation](...each)),
  },
];
