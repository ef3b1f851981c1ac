/**
 * What a desk does not take from a phone: the negative cases of the OpenID conformance suite's plans for verifiers, and what a wallet
 * could do wrong beside. Each ends with a code and a word at the desk, and a problem document at the wallet.
 */
import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { p256Key } from '../../platform/p256.ts';
import { TestClocks } from './composed-gateway.rig.ts';
import { type PhoneDesk, startPhoneDesk } from './phone.rig.ts';
import type { Faults, Wallet } from './wallet.rig.ts';

let desk: PhoneDesk;
let wallet: Wallet;
beforeAll(async () => {
  desk = await startPhoneDesk();
  wallet = desk.wallet();
});
afterAll(() => desk?.stop());

/** What the desk shows of a request: its own code, or that of the decision. */
async function shown(requestId: string) {
  const { state, code, words, verification } = await desk.read(requestId);
  expect(words).toEqual({ zh: expect.stringMatching(/\p{Script=Han}/u), en: expect.stringMatching(/\w/) });
  const judged = verification as { outcome: string; code: string } | null;
  return judged === null ? { state, code } : { state, outcome: judged.outcome, code: judged.code };
}

const nowS = () => Math.floor(Date.now() / 1_000);
const stranger = p256Key(randomBytes(40));

describe('what was signed is not what was asked for', () => {
  test.each<[string, 'mdoc' | 'sd-jwt', () => Faults, string]>([
    [
      'the audience of the key binding',
      'sd-jwt',
      () => ({ kb: { aud: 'x509_hash:another' } }),
      'credential.audience_mismatch',
    ],
    ['its nonce', 'sd-jwt', () => ({ kb: { nonce: 'another' } }), 'credential.nonce_mismatch'],
    ['its signature', 'sd-jwt', () => ({ kbKey: stranger }), 'signature.key_binding'],
    ['its time, long ago', 'sd-jwt', () => ({ kb: { iat: nowS() - 3_600 } }), 'credential.key_binding_stale'],
    [
      'its time, to come',
      'sd-jwt',
      () => ({ kb: { iat: nowS() + 3_600 } }),
      'credential.key_binding_from_future',
    ],
    [
      'a disclosure dropped after it was signed',
      'sd-jwt',
      () => ({ presentation: dropDisclosure }),
      'credential.sd_hash_mismatch',
    ],
    [
      'no key binding',
      'sd-jwt',
      () => ({ presentation: withoutKeyBinding }),
      'credential.key_binding_missing',
    ],
    ['the nonce of the session', 'mdoc', () => ({ transcript: { nonce: 'another' } }), 'signature.device'],
    [
      'the address of the answer',
      'mdoc',
      () => ({ transcript: { responseUri: 'https://another.test/' } }),
      'signature.device',
    ],
    ['the verifier', 'mdoc', () => ({ transcript: { clientId: 'x509_hash:another' } }), 'signature.device'],
    [
      'the key of the answer',
      'mdoc',
      () => ({ transcript: { jwkThumbprint: randomBytes(32) } }),
      'signature.device',
    ],
  ])('%s', async (_name, family, faults, code) => {
    const { requestId, uri } = await desk.ask();
    const said = await wallet.post(await wallet.scan(uri), family, faults());
    expect(said).toMatchObject({ status: 400, body: { code: 'phone.not_accepted' } });
    expect(await shown(requestId)).toEqual({ state: 'judged', outcome: 'deny', code });
  });

  test.each(['mdoc', 'sd-jwt'] as const)('an issuer whom nobody trusts: %s', async (family) => {
    const forger = desk.wallet({ badIssuer: true });
    const { requestId, uri } = await desk.ask();
    const said = await forger.post(await forger.scan(uri), family);
    expect(said).toMatchObject({ status: 400, body: { code: 'phone.not_accepted' } });
    expect(await shown(requestId)).toMatchObject({
      state: 'judged',
      outcome: 'deny',
      code: expect.stringMatching(/^signature\./),
    });
  });
});

describe('an answer that is not to the question', () => {
  const other = async () => exportJWK((await generateKeyPair('ECDH-ES', { crv: 'P-256' })).publicKey);
  const twice = (answer: Record<string, unknown>) => {
    const [[id, [presentation]]] = Object.entries(answer['vp_token'] as Record<string, string[]>) as [
      [string, [string]],
    ];
    return { id, presentation };
  };
  test.each<[string, 'mdoc' | 'sd-jwt', () => Promise<Faults>, string]>([
    ['another key', 'mdoc', async () => ({ encryptTo: await other() }), 'phone.not_decrypted'],
    ['no document', 'mdoc', async () => ({ answer: () => ({ vp_token: {} }) }), 'phone.less_than_asked'],
    ['no claim of a name, mdoc', 'mdoc', async () => ({ without: ['family_name'] }), 'phone.less_than_asked'],
    [
      'no claim of a name, SD-JWT',
      'sd-jwt',
      async () => ({ without: ['family_name'] }),
      'phone.less_than_asked',
    ],
    [
      'an id that was not asked for',
      'sd-jwt',
      async () => ({ answer: (each) => ({ vp_token: { other: [twice(each).presentation] } }) }),
      'phone.not_asked',
    ],
    [
      'a document under the id of another',
      'mdoc',
      async () => ({ answer: (each) => ({ vp_token: { mdoc_2: [twice(each).presentation] } }) }),
      'credential.no_document',
    ],
    [
      'two presentations',
      'sd-jwt',
      async () => ({
        answer: (each) => ({ vp_token: { [twice(each).id]: Array(2).fill(twice(each).presentation) } }),
      }),
      'phone.more_than_asked',
    ],
    [
      'two documents',
      'sd-jwt',
      async () => ({
        answer: (each) => ({ vp_token: { [twice(each).id]: [twice(each).presentation], mdoc_1: ['AAAA'] } }),
      }),
      'phone.more_than_asked',
    ],
    [
      'a presentation in no array',
      'sd-jwt',
      async () => ({ answer: (each) => ({ vp_token: { [twice(each).id]: twice(each).presentation } }) }),
      'phone.malformed',
    ],
    [
      'a token that is text',
      'sd-jwt',
      async () => ({ answer: () => ({ vp_token: 'text' }) }),
      'phone.malformed',
    ],
    [
      'an mdoc in base64 with padding',
      'mdoc',
      async () => ({ presentation: (each) => `${each}==` }),
      'phone.malformed',
    ],
    [
      'a document above its limit',
      'mdoc',
      async () => ({ presentation: () => Buffer.alloc(66_000, 0x40).toString('base64url') }),
      'credential.oversized',
    ],
  ])('%s', async (_name, family, faults, code) => {
    const { requestId, uri } = await desk.ask();
    const said = await wallet.post(await wallet.scan(uri), family, await faults());
    expect(said).toMatchObject({
      status: 400,
      body: { code: code.startsWith('phone.') ? code : 'phone.not_accepted' },
    });
    expect(await shown(requestId)).toMatchObject({ code });
  });

  test('the state of another request', async () => {
    const { requestId, uri } = await desk.ask();
    const resolved = await wallet.scan(uri);
    const payload = { ...resolved.authorizationRequestPayload, state: 'another' };
    const said = await wallet.post({ ...resolved, authorizationRequestPayload: payload }, 'sd-jwt');
    expect(said).toMatchObject({ status: 400, body: { code: 'phone.state_mismatch' } });
    expect(await shown(requestId)).toEqual({ state: 'failed', code: 'phone.state_mismatch' });
  });

  test('the answer of one request sent to another', async () => {
    const [first, second] = [await desk.ask(), await desk.ask()];
    const [one, two] = [await wallet.scan(first.uri), await wallet.scan(second.uri)];
    const payload = {
      ...one.authorizationRequestPayload,
      response_uri: (two.authorizationRequestPayload as { response_uri: string }).response_uri,
    };
    const said = await wallet.post({ ...one, authorizationRequestPayload: payload }, 'mdoc');
    expect(said).toMatchObject({ status: 400, body: { code: 'phone.not_decrypted' } });
    expect(await shown(second.requestId)).toEqual({ state: 'failed', code: 'phone.not_decrypted' });
    expect(await shown(first.requestId)).toEqual({ state: 'fetched', code: null });
  });
});

describe('once each', () => {
  test.each([
    ['GET', 'GET'],
    ['GET', 'POST'],
    ['POST', 'GET'],
    ['POST', 'POST'],
  ] as const)('a request fetched by %s is not given again by %s', async (first, second) => {
    const { requestId, uri } = await desk.ask();
    expect((await desk.fetchRequest(uri, first)).status).toBe(200);
    const again = await desk.fetchRequest(uri, second);
    expect([again.status, await again.json()]).toMatchObject([410, { code: 'phone.fetched' }]);
    expect(await shown(requestId)).toEqual({ state: 'fetched', code: null });
  });

  test('of many fetches at once, one is answered', async () => {
    const { uri } = await desk.ask();
    const answers = await Promise.all(Array.from({ length: 8 }, () => desk.fetchRequest(uri, 'GET')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(410)]);
  });

  test('a look at the address alone uses nothing up', async () => {
    const { uri } = await desk.ask();
    expect((await desk.fetchRequest(uri, 'HEAD')).status).toBe(404);
    expect((await desk.fetchRequest(uri, 'GET')).status).toBe(200);
  });

  test('a second answer', async () => {
    const { requestId, uri } = await desk.ask();
    const resolved = await wallet.scan(uri);
    expect((await wallet.post(resolved, 'mdoc')).status).toBe(200);
    expect(await wallet.post(resolved, 'mdoc')).toMatchObject({
      status: 409,
      body: { code: 'phone.answered' },
    });
    expect(await shown(requestId)).toMatchObject({ state: 'judged', outcome: 'allow' });
  });
});

describe('what the wallet says in place of an answer', () => {
  test.each([
    ['access_denied', 'phone.declined'],
    ['invalid_request', 'phone.wallet_failed'],
  ])('%s', async (error, code) => {
    const { requestId, uri } = await desk.ask();
    const { authorizationRequestPayload } = await wallet.scan(uri);
    const { state } = authorizationRequestPayload as { state: string };
    expect((await desk.postForm(authorizationRequestPayload, { error, state })).status).toBe(200);
    expect(await shown(requestId)).toEqual({ state: 'failed', code });
  });

  test('the same inside an encrypted answer', async () => {
    const { requestId, uri } = await desk.ask();
    const answer = () => ({ error: 'access_denied' });
    expect(await wallet.post(await wallet.scan(uri), 'mdoc', { answer })).toEqual({ status: 200, body: {} });
    expect(await shown(requestId)).toEqual({ state: 'failed', code: 'phone.declined' });
  });

  test.each([
    [
      'an error under the state of another',
      { error: 'access_denied', state: 'another' },
      400,
      'phone.state_mismatch',
    ],
    ['nothing', { other: 'x' }, 400, 'phone.malformed'],
    ['text that is no JWE', { response: 'x' }, 400, 'phone.not_decrypted'],
  ])('%s', async (_name, form, status, code) => {
    const { requestId, uri } = await desk.ask();
    const { authorizationRequestPayload } = await wallet.scan(uri);
    const said = await desk.postForm(authorizationRequestPayload, form as Record<string, string>);
    expect([said.status, await said.json()]).toMatchObject([status, { code }]);
    expect(await shown(requestId)).toEqual({ state: 'failed', code });
  });

  test('more than any answer is, twice the same parameter, no form, and an address of nobody', async () => {
    const { requestId, uri } = await desk.ask();
    const { authorizationRequestPayload: request } = await wallet.scan(uri);
    expect((await desk.postForm(request, { response: 'x'.repeat(300_000) })).status).toBe(413);
    expect((await desk.postForm(request, 'state=a&state=b')).status).toBe(400);
    expect((await desk.postForm(request, { response: 'x' }, 'text/plain')).status).toBe(415);
    const nobody = {
      ...request,
      response_uri: `https://desk.harbour.test/phone/responses/${'A'.repeat(43)}`,
    };
    expect((await desk.postForm(nobody, { response: 'x' })).status).toBe(404);
    expect(await shown(requestId)).toEqual({ state: 'fetched', code: null });
  });
});

test('past its time it is neither given nor answered, and the clerk is told so', async () => {
  const clocks = new TestClocks(Date.now());
  const timed = await startPhoneDesk({ clocks, platform: { now: clocks.now } });
  try {
    const phone = timed.wallet();
    const [first, second] = [await timed.ask(), await timed.ask()];
    const resolved = await phone.scan(second.uri);
    clocks.pass(301_000);
    expect((await timed.fetchRequest(first.uri, 'GET')).status).toBe(410);
    expect(await phone.post(resolved, 'mdoc')).toMatchObject({
      status: 410,
      body: { code: 'phone.expired' },
    });
    for (const { requestId } of [first, second]) {
      expect(await timed.read(requestId)).toMatchObject({ state: 'expired', code: 'phone.expired' });
    }
  } finally {
    await timed.stop();
  }
});

function dropDisclosure(text: string): string {
  const parts = text.split('~');
  return [parts[0], ...parts.slice(2)].join('~');
}

function withoutKeyBinding(text: string): string {
  return text.slice(0, text.lastIndexOf('~') + 1);
}
