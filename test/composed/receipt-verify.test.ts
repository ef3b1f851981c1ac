/**
 * What a fund does with receipts of a composed gateway: `onecard receipt verify`, OpenSSL for SM2, and every change of every
 * field found out, also where whoever made it can sign.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signingKeyOfJwk } from '../../crypto/signature/private-jwk.ts';
import { textOfKey } from '../../gateway/journal/log/checkpoint-key-text.ts';
import { type ReceiptAlgorithm, type ReceiptClaims, SIGNED_IN } from '../../gateway/receipts/receipt.ts';
import { readKeys, signingKey } from '../../gateway/receipts/receipt-keys.ts';
import { verifyReceipt } from '../../verify/receipt.ts';
import { readReceiptKeys, type TrustedKeys } from '../../verify/receipt-keys.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { PAYOUT, type ReceiptDevice, type ReceiptGateway, startReceipts } from './receipts.rig.ts';

const ALGORITHMS = SIGNED_IN[TEST_PROFILE];
const FIRST = ALGORITHMS[0];
const SM2 = ALGORITHMS.at(-1) ?? FIRST;
/** More than a tile of the log, so that proofs have both kinds of hashes. */
const TAPS = 300;
const folder = mkdtempSync(join(tmpdir(), 'onecard-receipt-'));
const at = (name: string) => join(folder, name);

let gateway: ReceiptGateway;
let desk: ReceiptDevice;
let keys: TrustedKeys;
let document: Awaited<ReturnType<ReceiptGateway['keys']>>;
const receipts: Record<string, string> = {};

beforeAll(async () => {
  gateway = await startReceipts({ settings: { limits: { receipts_per_s: 1_000 } } });
  desk = await gateway.device('desk-1');
  for (const alg of ALGORITHMS) receipts[alg] = await given(alg);
  document = await gateway.keys();
  keys = readReceiptKeys(document);
  writeFileSync(at('keys.json'), JSON.stringify(document));
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function given(alg: ReceiptAlgorithm): Promise<string> {
  const decision_id = await desk.decided(PAYOUT);
  const amount = { amount: 12_000, currency: 'CNY' };
  const asked = { decision_id, purpose: 'disbursement', reference: `r/${decision_id}`, alg, ...amount };
  const { status, body } = await desk.post(asked);
  expect(status).toBe(201);
  return String(body['receipt']);
}

const receiptOf = (alg: string) => receipts[alg] ?? '';
const partsOf = (jws: string) => jws.split('.') as [string, string, string];
const claimsOf = (jws: string) =>
  JSON.parse(Buffer.from(partsOf(jws)[1], 'base64url').toString()) as ReceiptClaims;
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const faults = (jws: string, by = keys) =>
  verifyReceipt(jws, by)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name);

/** Beside the gateway, which is in this process and must not stand still. */
function onecard(args: readonly string[], input = ''): Promise<{ status: number; output: string }> {
  const command = [join(import.meta.dirname, '../../cli/main.ts'), 'receipt', ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + (error ? stderr : '') });
    });
    child.stdin?.end(input);
  });
}

describe.each(ALGORITHMS)('a receipt by %s', (alg) => {
  test('verifies by the command, from a file and as the gateway answered it', async () => {
    writeFileSync(at(`${alg}.jws`), receiptOf(alg));
    const { status, output } = await onecard(['verify', at(`${alg}.jws`), '--keys', at('keys.json')]);
    expect(status).toBe(0);
    expect(output.split('\n').filter(Boolean)).toHaveLength(6);
    expect(output).not.toContain('FAILED');
    const answer = JSON.stringify({ id: 'x', receipt: receiptOf(alg) });
    const asJson = await onecard(['verify', '-', '--keys', at('keys.json'), '--json'], answer);
    expect(JSON.parse(asJson.output)).toMatchObject({ ok: true, claims: { purpose: 'disbursement' } });
  });

  test('no field can be changed, taken away or put in by whoever cannot sign', () => {
    const [header, , signature] = partsOf(receiptOf(alg));
    const claims = claimsOf(receiptOf(alg));
    const changes = [...changesOf(claims as unknown as Json)];
    expect(changes.length).toBeGreaterThan(60);
    for (const [where, changed] of changes)
      expect([where, verifyReceipt(`${header}.${encoded(changed)}.${signature}`, keys).ok]).toEqual([
        where,
        false,
      ]);
    for (const over of [
      { alg: 'none' },
      { alg: 'HS256' },
      { typ: 'JWT' },
      { kid: 'x' },
      { jku: 'https://x' },
    ]) {
      const head = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), ...over };
      expect(faults(`${encoded(head)}.${partsOf(receiptOf(alg))[1]}.${signature}`)).not.toEqual([]);
    }
    for (let bit = 0; bit < 512; bit += 37) {
      const bytes = Buffer.from(signature, 'base64url');
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(faults(`${header}.${partsOf(receiptOf(alg))[1]}.${bytes.toString('base64url')}`)).toEqual([
        'signature',
      ]);
    }
  });

  test('whoever can sign, and not for the log, cannot state a record that is not in it', () => {
    const own = readKeys(join(gateway.composed.dataFolder, 'receipts/keys.json')) ?? [];
    const { jwk, d } = signingKey(own, alg);
    const key = signingKeyOfJwk({ kty: 'EC', crv: jwk.crv, x: jwk.x, y: jwk.y, d });
    const claims = claimsOf(receiptOf(alg));
    const signed = (over: object) => {
      const input = `${partsOf(receiptOf(alg))[0]}.${encoded({ ...claims, ...over })}`;
      return `${input}.${key.sign(Buffer.from(input, 'ascii')).toString('base64url')}`;
    };
    const log = (over: object) => faults(signed({ log: { ...claims.log, ...over } }));
    const decision = (over: object) => faults(signed({ decision: { ...claims.decision, ...over } }));
    expect(faults(signed({}))).toEqual([]);
    const other = Buffer.alloc(32, 7).toString('base64');
    expect(log({ leaf_hash: other })).toEqual(['log']);
    expect(log({ leaf_index: claims.log.leaf_index + 1 })).toEqual(['log']);
    expect(log({ tree_size: claims.log.tree_size + 1 })).toEqual(['log']);
    expect(log({ path: [...claims.log.path, other] })).toEqual(['log']);
    const later = claims.log.checkpoint.replace(/\ntime \d+\n/, '\ntime 1\n');
    expect(log({ checkpoint: later })).toEqual(['checkpoint']);
    expect(decision({ id: 'gw-test:0123456789abcdef:77' })).toEqual(['log']);
    expect(decision({ outcome: 'refer' })).toEqual(['outcome']);
    expect(faults(signed({ iss: 'gw-2' }))).toEqual(['issuer']);
    expect(faults(receiptOf(alg), { ...keys, logKeys: [] })).toEqual(['checkpoint']);
  });
});

test('SM2: OpenSSL verifies the signature over the JWS signing input, with the standard id and no other', () => {
  const [header, payload, signature] = partsOf(receiptOf(SM2));
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const { x = '', y = '' } = document.keys.find((each) => each['kid'] === kid) ?? {};
  const spki = Buffer.concat([
    Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  writeFileSync(
    at('key.pem'),
    `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`,
  );
  writeFileSync(at('input'), `${header}.${payload}`);
  writeFileSync(at('signature.der'), derOf(Buffer.from(signature, 'base64url')));
  const verified = (id: string) => {
    const args = ['pkeyutl', '-verify', '-pubin', '-inkey', at('key.pem'), '-rawin', '-digest', 'sm3'];
    const rest = ['-pkeyopt', `distid:${id}`, '-in', at('input'), '-sigfile', at('signature.der')];
    try {
      return execFileSync('openssl', [...args, ...rest], { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(verified('1234567812345678')).toContain('Signature Verified Successfully');
  expect(verified('8765432187654321')).toContain('Signature Verification Failure');
});

test('proofs hold over a log of many tiles, for its first records and its newest', async () => {
  const first = await desk.decided(PAYOUT);
  for (let left = TAPS; left > 0; left -= 1)
    await desk.tap(PAYOUT, gateway.cards[left % gateway.cards.length]);
  const last = await desk.decided(PAYOUT);
  for (const decision_id of [last, first]) {
    const asked = { decision_id, purpose: 'identity', reference: `tiles/${decision_id}` };
    const { body } = await desk.post(asked);
    expect(faults(String(body['receipt']))).toEqual([]);
    expect(claimsOf(String(body['receipt'])).log.tree_size).toBeGreaterThan(TAPS);
  }
});

test('the command says what does not hold, and what cannot be used', async () => {
  const verify = (file: string, ...more: string[]) =>
    onecard(['verify', file, '--keys', at('keys.json'), ...more]);
  writeFileSync(at('changed.jws'), receiptOf(FIRST).replace(/.{4}$/, 'AAAA'));
  expect(await verify(at('changed.jws'))).toMatchObject({
    status: 1,
    output: expect.stringMatching(/FAILED +signature/),
  });
  writeFileSync(at('none.jws'), 'no receipt');
  expect(await verify(at('none.jws'))).toMatchObject({
    status: 1,
    output: expect.stringMatching(/FAILED +shape/),
  });
  writeFileSync(at(`${FIRST}.jws`), receiptOf(FIRST));
  const otherKey = Buffer.alloc(32, 9).toString('base64');
  expect(await verify(at(`${FIRST}.jws`), '--log-key', otherKey)).toMatchObject({ status: 1 });
  const [logKey] = keys.logKeys;
  const own = logKey ? textOfKey(logKey) : '';
  expect(await verify(at(`${FIRST}.jws`), '--log-key', own)).toMatchObject({ status: 0 });
  expect(await verify(at(`${FIRST}.jws`), '--log-key', 'x')).toMatchObject({ status: 2 });
  expect(await verify(at('missing.jws'))).toMatchObject({
    status: 2,
    output: expect.stringContaining('cannot be read'),
  });
  writeFileSync(at('empty.json'), '{"keys":[]}');
  expect(await onecard(['verify', at(`${FIRST}.jws`), '--keys', at('empty.json')])).toMatchObject({
    status: 2,
  });
  const shown = await onecard(['show', at(`${FIRST}.jws`)]);
  expect(JSON.parse(shown.output)).toMatchObject({ alg: FIRST, claims: { iss: 'gw-test' } });
});

test('keys are listed, rotated and withdrawn by commands beside the running gateway', async () => {
  const data = ['--data', gateway.composed.dataFolder];
  const kidOf = (jws: string) => JSON.parse(Buffer.from(partsOf(jws)[0], 'base64url').toString())['kid'];
  const before = kidOf(receiptOf(FIRST));
  expect((await onecard(['keys', ...data])).output).toContain(`${before}  ${FIRST.padEnd(6)}  signs`);
  expect((await onecard(['rotate', '--alg', FIRST, ...data])).status).toBe(0);
  expect((await onecard(['keys', ...data])).output).toContain(`${before}  ${FIRST.padEnd(6)}  verifies`);
  const after = await given(FIRST);
  expect(kidOf(after)).not.toBe(before);
  if (SM2 !== FIRST) expect(kidOf(await given(SM2))).toBe(kidOf(receiptOf(SM2)));
  const published = readReceiptKeys(await gateway.keys());
  expect([faults(after, published), faults(receiptOf(FIRST), published)]).toEqual([[], []]);
  const file = readFileSync(join(gateway.composed.dataFolder, 'receipts/keys.json'), 'utf8');
  expect(JSON.parse(file).keys.map(({ d }: { d: string | null }) => d !== null)).toEqual([
    false,
    ...ALGORITHMS.map(() => true),
  ]);
  expect((await onecard(['withdraw', before, ...data])).status).toBe(0);
  expect(faults(receiptOf(FIRST), readReceiptKeys(await gateway.keys()))).toEqual(['signature']);
  expect((await onecard(['withdraw', before, ...data])).status).toBe(2);
});

test('a backup of a running gateway, put in place of what was lost, knows what was proved and signs as before', async () => {
  const { composed } = gateway;
  const decision_id = await desk.decided(PAYOUT);
  const request = { decision_id, purpose: 'disbursement', reference: 'backup/1' };
  const first = await desk.post(request);
  const data = ['--data', composed.dataFolder];
  expect((await onecard(['backup', ...data, '--to', at('backup')])).status).toBe(0);
  expect((await onecard(['backup', ...data, '--to', at('backup')])).status).toBe(2);
  const published = await gateway.keys();
  await composed.stopGateway();
  rmSync(join(composed.dataFolder, 'receipts'), { recursive: true });
  renameSync(at('backup'), join(composed.dataFolder, 'receipts'));
  await composed.start();
  desk = await gateway.device('desk-1');
  expect(await desk.post(request)).toEqual({ status: 200, body: first.body });
  const other = { ...request, decision_id: await desk.decided(PAYOUT) };
  expect(await desk.post(other)).toMatchObject({ status: 409 });
  expect(await gateway.keys()).toEqual(published);
});

type Json = { [name: string]: unknown };
/** Every member changed, taken away, and one put in, at every place. */
function* changesOf(whole: Json): Generator<readonly [string, Json]> {
  const places: { path: string[]; value: unknown }[] = [];
  const walk = (value: unknown, path: string[]) => {
    if (path.length > 0) places.push({ path, value });
    if (typeof value === 'object' && value !== null)
      for (const [name, each] of Object.entries(value)) walk(each, [...path, name]);
  };
  walk(whole, []);
  for (const { path, value } of places) {
    const changed = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : 'changed';
    for (const [kind, becomes] of [
      ['changed', changed],
      ['gone', undefined],
    ] as const) {
      const copy = structuredClone(whole);
      const holder = path.slice(0, -1).reduce((each, name) => each[name] as Json, copy);
      const name = path.at(-1) ?? '';
      if (becomes === undefined && !Array.isArray(holder)) delete holder[name];
      else holder[name] = becomes ?? 'changed';
      yield [`${path.join('.')} ${kind}`, copy];
    }
  }
  yield ['one more', { ...whole, exp: 1 }];
}

/** ECDSA-Sig-Value: SEQUENCE of two INTEGERs. */
function derOf(signature: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.subarray(start);
    const value = (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), short]) : short;
    return Buffer.concat([Buffer.of(2, value.length), value]);
  };
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}
