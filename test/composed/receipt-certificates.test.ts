/**
 * Receipts of a gateway in profile `sm`: signed with SM2 alone, under a certificate that OpenSSL's authority made of the gateway's
 * request; and what is refused of certificates. A gateway that changed over gives what it gave before.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SigningKey } from '../../crypto/signature/keys.ts';
import { signingKeyOfJwk } from '../../crypto/signature/private-jwk.ts';
import { sm2Signature } from '../../crypto/signature/sm2-signature.ts';
import { keysFile, readKeys, signingKey } from '../../gateway/receipts/receipt-keys.ts';
import { verifyReceipt } from '../../verify/receipt.ts';
import { readReceiptKeys, type TrustedKeys } from '../../verify/receipt-keys.ts';
import { sm2Digest } from '../../workers/engine/sm2-digest.ts';
import { PAYOUT, type ReceiptDevice, type ReceiptGateway, startReceipts } from './receipts.rig.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const ID = 'distid:1234567812345678';
const folder = mkdtempSync(join(tmpdir(), 'onecard-receipt-sm-'));
const at = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
const pemOf = (name: string) => readFileSync(at(name), 'utf8');
const derOf = (name: string) =>
  new Uint8Array(Buffer.from(pemOf(name).replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));

let gateway: ReceiptGateway;
let desk: ReceiptDevice;
let keys: TrustedKeys;
const onecard = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, 'receipt', 'key', ...args, '--data', gateway.composed.dataFolder], {
    encoding: 'utf8',
  });

/** An authority, and what it makes of a request. */
function authority(name: string): void {
  openssl('ecparam', '-name', 'SM2', '-genkey', '-noout', '-out', at(`${name}.key`));
  openssl(
    ...['req', '-x509', '-new', '-key', at(`${name}.key`), '-sm3', '-sigopt', ID, '-days', '30'],
    ...['-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign', '-out', at(`${name}.pem`)],
  );
}
function issued(by: string, name: string, usage: string): void {
  writeFileSync(at('ext'), `keyUsage=critical,${usage}\nbasicConstraints=critical,CA:false\n`);
  openssl(
    ...[
      'x509',
      '-req',
      '-in',
      at('gw.csr'),
      '-vfyopt',
      ID,
      '-CA',
      at(`${by}.pem`),
      '-CAkey',
      at(`${by}.key`),
    ],
    ...['-sm3', '-sigopt', ID, '-days', '30', '-extfile', at('ext'), '-out', at(name)],
  );
}

async function given(reference: string, over: object = {}) {
  const decision_id = await desk.decided(PAYOUT);
  return desk.post({ decision_id, purpose: 'disbursement', reference, ...over });
}
const certificateCheck = (jws: string, authorities: readonly Uint8Array[], by = keys) =>
  verifyReceipt(jws, by, { authorities }).checks.find(({ name }) => name === 'certificate');

beforeAll(async () => {
  gateway = await startReceipts({
    settings: { crypto: { profile: 'sm', changing_over: true }, limits: { receipts_per_s: 1_000 } },
  });
  desk = await gateway.device('desk-1');
  keys = readReceiptKeys(await gateway.keys());
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('SM2 alone is signed, and published', async () => {
  expect((await gateway.keys()).keys.map(({ alg }) => alg)).toEqual(['SGD_SM3_SM2']);
  const { status, body } = await given('r/1');
  expect(status).toBe(201);
  expect(decodeProtectedHeader(String(body['receipt']))).toMatchObject({ alg: 'SGD_SM3_SM2' });
  for (const alg of ['ES256', 'SM2SM3']) {
    expect(await given(`r/${alg}`, { alg })).toMatchObject({
      status: 409,
      body: { code: 'receipt.algorithm' },
    });
  }
  const signature = verifyReceipt(String(body['receipt']), keys).checks.find(
    ({ name }) => name === 'signature',
  );
  expect(signature).toMatchObject({ ok: true });
});

test('OpenSSL takes the request, and receipts carry the certificate that its authority makes of it', async () => {
  const asked = onecard('request', '--subject', 'C=CN,O=City,CN=gw-test', '--out', at('gw.csr'));
  expect([asked.status, asked.stderr]).toEqual([0, '']);
  openssl('req', '-in', at('gw.csr'), '-verify', '-vfyopt', ID, '-noout');
  authority('root');
  authority('other');
  issued('root', 'gw.pem', 'digitalSignature,nonRepudiation');
  expect(onecard('certificate', at('gw.pem'))).toMatchObject({ status: 0 });
  const jws = String((await given('r/certified')).body['receipt']);
  expect(decodeProtectedHeader(jws).x5c).toEqual([Buffer.from(derOf('gw.pem')).toString('base64')]);
  expect(certificateCheck(jws, [derOf('root.pem')])).toMatchObject({ ok: true });
  expect(certificateCheck(jws, [])).toMatchObject({ ok: true });
  expect(certificateCheck(jws, [derOf('other.pem')])).toMatchObject({ ok: false });
  const before = String((await given('r/later')).body['receipt']).split('.');
  const swapped = [
    Buffer.from(JSON.stringify({ ...decodeProtectedHeader(jws), x5c: undefined })).toString('base64url'),
    ...before.slice(1),
  ];
  expect(verifyReceipt(swapped.join('.'), keys).ok).toBe(false);
});

test('a certificate of the encryption pair, of another key, or that is none is not taken', async () => {
  for (const usage of ['keyEncipherment,dataEncipherment,keyAgreement', 'keyCertSign']) {
    issued('root', 'pair.pem', usage);
    expect(onecard('certificate', at('pair.pem'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('not for signing'),
    });
  }
  expect(onecard('certificate', at('other.pem'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('another key'),
  });
  writeFileSync(at('none.pem'), 'nothing');
  expect(onecard('certificate', at('none.pem'))).toMatchObject({ status: 2 });
});

/** A receipt that whoever has the gateway's key makes of another. */
function forged(
  jws: string,
  header: object,
  claims: object,
  sign: Sign = (key, input) => key.sign(input),
): string {
  const { jwk, d } = signingKey(readKeys(keysFile(gateway.composed.dataFolder)) ?? [], 'SGD_SM3_SM2');
  const key = signingKeyOfJwk({ kty: 'EC', crv: 'SM2', x: jwk.x, y: jwk.y, d });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encoded({ ...decodeProtectedHeader(jws), ...header })}.${encoded({ ...decodeJwt(jws), ...claims })}`;
  return `${input}.${sign(key, Buffer.from(input), Buffer.from(d ?? '', 'base64url')).toString('base64url')}`;
}
type Sign = (key: SigningKey, input: Buffer, scalar: Buffer) => Buffer;

test('who has the key, and a certificate that is not for it or not of its time, convinces nobody', async () => {
  const jws = String((await given('r/forged')).body['receipt']);
  const x5c = (name: string) => ({ x5c: [Buffer.from(derOf(name)).toString('base64')] });
  const root = [derOf('root.pem')];
  issued('root', 'pair.pem', 'keyEncipherment,dataEncipherment,keyAgreement');
  expect(certificateCheck(forged(jws, {}, {}), root)).toMatchObject({ ok: true });
  for (const [header, claims, detail] of [
    [x5c('pair.pem'), {}, /encryption/],
    [x5c('root.pem'), {}, /another key/],
    [{}, { iat: 1 }, /not valid when/],
    [{ x5c: ['AAAA'] }, {}, /no certificate/],
    [{ x5c: undefined }, {}, /carries none/],
  ] as const) {
    const check = certificateCheck(forged(jws, header, claims), root);
    expect(check).toMatchObject({ ok: false, detail: expect.stringMatching(detail) });
  }
});

test.each<[string, Sign]>([
  [
    'another distinguishing ID',
    (key, input, scalar) =>
      sm2Signature(scalar, sm2Digest(key.publicKey.bytes, new Uint8Array(Buffer.from('another')), input)),
  ],
  ['r of zero', (key, input) => Buffer.concat([Buffer.alloc(32), key.sign(input).subarray(32)])],
  ['s of zero', (key, input) => Buffer.concat([key.sign(input).subarray(0, 32), Buffer.alloc(32)])],
  [
    's above the order',
    (key, input) => Buffer.concat([key.sign(input).subarray(0, 32), Buffer.alloc(32, 0xff)]),
  ],
])('an SM2 signature with %s does not verify', async (_, sign) => {
  const jws = String((await given(`r/${_.replaceAll(' ', '-')}`)).body['receipt']);
  const faults = verifyReceipt(forged(jws, {}, {}, sign), keys).checks.filter(({ ok }) => !ok);
  expect(faults).toMatchObject([{ name: 'signature' }]);
});

test('DER where r and s are due, and the algorithm of another key in the header, do not verify', async () => {
  const jws = String((await given('r/der')).body['receipt']);
  const der = forged(jws, {}, {}, (key, input) =>
    Buffer.concat([Buffer.from('3044022000', 'hex'), key.sign(input), Buffer.of(0)]),
  );
  expect(verifyReceipt(der, keys).checks).toMatchObject([{ name: 'shape', ok: false }]);
  for (const alg of ['ES256', 'SM2SM3'])
    expect(verifyReceipt(forged(jws, { alg }, {}), keys).ok, alg).toBe(false);
});
