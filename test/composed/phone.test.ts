/** Phone documents at the desk of a composed gateway: OpenID4VP 1.0, with a wallet of other people's libraries. */
import { createHash, X509Certificate } from 'node:crypto';
import { DcqlQuery } from 'dcql';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { signIn } from './desk-session.rig.ts';
import { type PhoneDesk, PUBLIC_URL, startPhoneDesk } from './phone.rig.ts';
import type { Wallet } from './wallet.rig.ts';

let desk: PhoneDesk;
let wallet: Wallet;
beforeAll(async () => {
  desk = await startPhoneDesk();
  wallet = desk.wallet();
});
afterAll(() => desk?.stop());

const GOOD = {
  state: 'judged',
  code: null,
  verification: {
    outcome: 'allow',
    evidence: { document: 'proven', holder: 'device', claims: 'signed' },
    claims: { full_name: expect.stringContaining('Zhang'), birth_date: '1990-04-05' },
  },
};

describe('a document that is good', () => {
  test.each([
    ['mdoc', 'get'],
    ['mdoc', 'post'],
    ['sd-jwt', 'get'],
    ['sd-jwt', 'post'],
  ] as const)('%s, the request fetched by %s', async (family, method) => {
    const { requestId, uri } = await desk.ask();
    expect(await desk.read(requestId)).toMatchObject({ state: 'made', verification: null });
    const resolved = await wallet.scan(uri, method);
    expect(await desk.read(requestId)).toMatchObject({ state: 'fetched' });
    expect(await wallet.post(resolved, family)).toEqual({ status: 200, body: {} });
    expect(await desk.read(requestId)).toMatchObject({
      ...GOOD,
      verification: { ...GOOD.verification, family },
    });
  });

  test.each(['mdoc', 'sd-jwt'] as const)("%s over the browser's own API", async (family) => {
    const { requestId, body } = await desk.ask({ mode: 'dc_api' });
    const { protocol, data } = body['dc_api'] as { protocol: string; data: { request: string } };
    expect([protocol, body['uri']]).toEqual(['openid4vp-v1-signed', null]);
    const resolved = await wallet.resolve(data, PUBLIC_URL);
    const { jarm } = await wallet.answer(resolved, family, {}, PUBLIC_URL);
    const answer = { protocol, data: { response: jarm?.responseJwt } };
    const path = `/v1/phone-requests/${requestId}/response`;
    expect(await desk.send(path, answer)).toMatchObject({ status: 200, body: GOOD });
    expect(await desk.send(path, answer)).toMatchObject({ status: 409, body: { code: 'phone.answered' } });
  });

  test.each(['mdoc', 'sd-jwt'] as const)('%s signed for another page is refused', async (family) => {
    const { requestId, body } = await desk.ask({ mode: 'dc_api' });
    const { protocol, data } = body['dc_api'] as { protocol: string; data: { request: string } };
    const resolved = await wallet.resolve(data, PUBLIC_URL);
    const { jarm } = await wallet.answer(resolved, family, {}, 'https://evil.test');
    const answer = { protocol, data: { response: jarm?.responseJwt } };
    const said = await desk.send(`/v1/phone-requests/${requestId}/response`, answer);
    expect(said).toMatchObject({ status: 400, body: { code: 'phone.not_accepted' } });
    const code = family === 'mdoc' ? 'signature.device' : 'credential.audience_mismatch';
    expect(await desk.read(requestId)).toMatchObject({ verification: { outcome: 'deny', code } });
  });
});

test('the guest whose phone it was is checked in on it, once', async () => {
  const { requestId, uri } = await desk.ask();
  await wallet.post(await wallet.scan(uri), 'mdoc');
  const { verification } = (await desk.read(requestId)) as { verification: { verification_id: string } };
  const body = {
    ...{ room: '712', arrival: '2026-11-30', departure: '2026-12-01' },
    guests: [{ verification_id: verification.verification_id, person_compared: true }],
  };
  expect(await desk.send('/v1/stays', body)).toMatchObject({
    status: 201,
    body: {
      guests: [
        { full_name: expect.stringContaining('Zhang'), evidence: { document: 'proven', claims: 'signed' } },
      ],
    },
  });
  expect((await desk.send('/v1/stays', body)).body).toMatchObject({ code: 'desk.verification_unknown' });
});

describe('the request that a wallet fetches', () => {
  const fetched = async (method: 'GET' | 'POST', form?: string) => {
    const { uri, requestId } = await desk.ask();
    const response = await desk.fetchRequest(uri, method, form);
    const request = await response.text();
    return { uri, requestId, response, header: decodeProtectedHeader(request), payload: decodeJwt(request) };
  };

  test('is signed under the certificate whose hash is its client identifier', async () => {
    const { response, header, payload, uri } = await fetched('GET');
    expect(response.headers.get('content-type')).toBe('application/oauth-authz-req+jwt');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(header).toMatchObject({ alg: 'ES256', typ: 'oauth-authz-req+jwt', x5c: [expect.any(String)] });
    const leaf = Buffer.from(String(header.x5c?.[0]), 'base64');
    const clientId = `x509_hash:${createHash('sha256').update(leaf).digest('base64url')}`;
    expect([payload['client_id'], new URL(uri).searchParams.get('client_id')]).toEqual([clientId, clientId]);
    const { subject, issuer } = new X509Certificate(leaf);
    expect(issuer, 'HAIP 1.0: it does not sign itself').not.toBe(subject);
    expect(payload).toMatchObject({
      aud: 'https://self-issued.me/v2',
      response_type: 'vp_token',
      response_mode: 'direct_post.jwt',
      client_metadata: { encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'] },
    });
  });

  test('asks for what the scene discloses, in a query that the library of DCQL takes', async () => {
    const { payload } = await fetched('GET');
    const query = DcqlQuery.parse(payload['dcql_query'] as never);
    DcqlQuery.validate(query);
    expect(query.credentials.map(({ format }) => format)).toEqual([
      'mso_mdoc',
      'mso_mdoc',
      'mso_mdoc',
      'dc+sd-jwt',
    ]);
    expect(query.credential_sets?.[0]?.options).toHaveLength(4);
  });

  test('has the nonce of the wallet, and of its own one nonce, key and address each time', async () => {
    const [one, two] = [
      await fetched('POST', 'wallet_nonce=abc&wallet_metadata=%7B%7D'),
      await fetched('GET'),
    ];
    expect([one.payload['wallet_nonce'], two.payload['wallet_nonce']]).toEqual(['abc', undefined]);
    for (const name of ['nonce', 'state', 'response_uri'])
      expect(one.payload[name]).not.toBe(two.payload[name]);
    const keyOf = (payload: object) =>
      (payload as { client_metadata: { jwks: object } }).client_metadata.jwks;
    expect(keyOf(one.payload)).not.toEqual(keyOf(two.payload));
    // Whoever sees the code on the screen does not know where to answer.
    expect(String(one.payload['response_uri'])).not.toContain(one.requestId);
  });
});

describe('who may see what became of it', () => {
  test('the clerk who asked, and nobody else', async () => {
    const { requestId } = await desk.ask();
    const other = await signIn(desk.desk, 'clerk');
    expect((await other.ask(`/v1/phone-requests/${requestId}`)).status).toBe(404);
    expect((await fetch(`${desk.desk.url}/v1/phone-requests/${requestId}`)).status).toBe(401);
  });

  test('the same key again is the same code, and without one nothing is made', async () => {
    const body = { mode: 'qr' };
    const headers = { 'Idempotency-Key': 'code-for-room-7' };
    const [one, two] = [
      await desk.clerk.json('/v1/phone-requests', { body, headers }),
      await desk.clerk.json('/v1/phone-requests', { body, headers }),
    ];
    expect(two).toEqual(one);
    const none = await desk.clerk.ask('/v1/phone-requests', {
      body,
      headers: { 'Idempotency-Key': undefined },
    });
    expect(none.status).toBe(422);
  });

  test('it is told to the workplace as it happens', async () => {
    const stream = await desk.clerk.ask('/v1/desk/stream');
    const { requestId, uri } = await desk.ask();
    await wallet.post(await wallet.scan(uri), 'mdoc');
    let told = '';
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (reader && !told.includes('"judged"')) told += (await reader.read()).value ?? '';
    await reader?.cancel();
    const states = [...told.matchAll(/event: phone\ndata: (.*)/g)]
      .map(([, data]) => JSON.parse(String(data)) as { request_id: string; state: string })
      .filter(({ request_id }) => request_id === requestId);
    expect([...new Set(states.map(({ state }) => state))]).toEqual(['fetched', 'answered', 'judged']);
  });
});

test('a scene that wants a challenge of the gateway has it signed by the phone', async () => {
  const document = shippedCity();
  policyNamed(document, 'guest-desk')['challenge'] = 'gateway';
  const challenged = await startPhoneDesk({ settings: { city: cityFile(document) } });
  try {
    const phone = challenged.wallet();
    for (const family of ['mdoc', 'sd-jwt'] as const) {
      const { requestId, uri } = await challenged.ask();
      expect((await phone.post(await phone.scan(uri), family)).status).toBe(200);
      expect(await challenged.read(requestId)).toMatchObject(GOOD);
    }
  } finally {
    await challenged.stop();
  }
});

test('no personal data of a phone is in the log, and its key is not either', () => {
  const log = JSON.stringify(desk.desk.composed.logLines);
  expect(log).not.toMatch(/Zhang|1234567|1990-04-05|BEGIN/);
});
