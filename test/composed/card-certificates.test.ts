/** Cards with certificates at a whole gateway: a challenge of the gateway, signed by the card, over WebSocket and REST. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { issueRevocationList } from '../../platform/authority/certificates.ts';
import { CARD_PKI_FAULTS, cardPkiPresentation, presentationAsBase64 } from '../../platform/issue/card-pki.ts';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { makeToken, PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { startComposed, TestClocks } from './composed-gateway.rig.ts';

const SCENE = '11/guest';
const DEVICES = [
  { deviceId: 'desk-1', class: 'desk', scenes: [SCENE, '11/desk'] },
  { deviceId: 'desk-2', class: 'desk', scenes: [SCENE] },
] as const;

async function started() {
  const clocks = new TestClocks(Date.now());
  const composed = await startComposed({ devices: DEVICES, clocks, platform: { now: clocks.now } });
  onTestFinished(() => composed.stop());
  let seq = 0;
  const connect = async (deviceId: string) => {
    const client = await PlainClient.connect(composed.target(deviceId));
    onTestFinished(async () => void (await client.bye()));
    const challenge = async (scene = SCENE) => {
      seq += 1;
      return bytesOf(await client.challenge(seq, { scene }));
    };
    const tap = async (shown: object, scene = SCENE) => {
      seq += 1;
      return (await client.tap(seq, { scene, family: 'card-pki', ...shown })).message;
    };
    return { challenge, tap };
  };
  const card = (index: number, challenge: Uint8Array, fault: string | null = null) => {
    const algorithm = index % 2 === 0 ? ('sm2' as const) : ('p256' as const);
    const { city } = composed;
    const pki = city.cardPki(algorithm);
    return cardPkiPresentation({
      seed: city.seed,
      pki,
      algorithm,
      index,
      atMs: clocks.now(),
      challenge,
      fault,
    });
  };
  return { composed, clocks, connect, card };
}

/** As a gate sends it: bytes as they are. */
function binary({ certificates, signature, challenge }: ReturnType<typeof cardPkiPresentation>) {
  return { credential: { certificates, signature }, context: { challenge } };
}

function bytesOf({ challenge }: PlainMessage): Uint8Array {
  return new Uint8Array(Buffer.from(String(challenge), 'base64url'));
}

test.each([0, 1, 2, 3])(
  'card %i passes once with a challenge of the gateway, and says whose it is',
  async (index) => {
    const { connect, card } = await started();
    const desk = await connect('desk-1');
    const shown = binary(card(index, await desk.challenge()));
    expect(await desk.tap(shown)).toMatchObject({
      outcome: 'allow',
      facts: { region: 'cq', document_type: 'certificate', alg: index % 2 === 0 ? 'sm2' : 'p256' },
      disclosed: { full_name: `Holder ${index}` },
    });
    expect((await desk.tap(shown))['outcome']).not.toBe('allow');
    // The card is known now.
    const again = binary(card(index, await desk.challenge()));
    expect(await desk.tap(again)).toMatchObject({
      outcome: 'allow',
      disclosed: { full_name: `Holder ${index}` },
    });
  },
);

test('a challenge that the gateway did not issue to this device, or that is past its end, is not taken', async () => {
  const { clocks, connect, card } = await started();
  const [desk, other] = [await connect('desk-1'), await connect('desk-2')];
  const made = new Uint8Array(48).fill(7);
  const foreign = await other.challenge();
  const late = await desk.challenge();
  expect((await desk.tap(binary(card(0, made))))['code']).toBe('challenge.unknown');
  expect((await desk.tap(binary(card(0, foreign))))['code']).toBe('challenge.unknown');
  clocks.pass(3_600_000);
  expect((await desk.tap(binary(card(0, late))))['code']).toBe('challenge.expired');
  expect((await desk.tap(binary(card(0, await desk.challenge()))))['outcome']).toBe('allow');
});

test('a scene that does not take certificates denies one that is proven', async () => {
  const { connect, card } = await started();
  const desk = await connect('desk-1');
  const shown = binary(card(0, await desk.challenge('11/desk')));
  expect(await desk.tap(shown, '11/desk')).toMatchObject({
    outcome: 'deny',
    code: 'deny.family_not_accepted',
  });
});

test('it passes over REST', async () => {
  const { composed, card } = await started();
  const post = async (path: string, body: object) => {
    const response = await fetch(`${composed.address.http}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${makeToken(composed.target('desk-1'))}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    return (await response.json()) as PlainMessage;
  };
  const challenge = bytesOf(await post('/v1/challenges', { scene: SCENE }));
  const shown = presentationAsBase64(card(5, challenge));
  expect(await post('/v1/verifications', { scene: SCENE, family: 'card-pki', ...shown })).toMatchObject({
    outcome: 'allow',
    facts: { alg: 'p256' },
  });
});

test('whatever is wrong in one thing is denied with the code of that, and nobody is named', async () => {
  const { connect, card } = await started();
  const desk = await connect('desk-1');
  const codes: Record<string, unknown> = {};
  for (const fault of CARD_PKI_FAULTS) {
    const answer = await desk.tap(binary(card(6, await desk.challenge(), fault)));
    codes[fault] = answer['code'];
    expect(answer['outcome'] ?? 'none', fault).not.toBe('allow');
    expect(JSON.stringify(answer)).not.toContain('Holder');
  }
  expect(codes).toEqual({
    'wrong-signer': 'signature.challenge',
    'wrong-issuer': 'signature.card_certificate',
    'wrong-challenge': 'signature.challenge',
    expired: 'credential.expired',
    'not-yet-valid': 'credential.not_yet_valid',
    'encryption-certificate': 'credential.encryption_certificate',
    'no-key-usage': 'trust.key_usage',
    'unknown-critical-extension': 'trust.critical_extension',
    'missing-intermediate': 'trust.ca_unknown',
    'trailing-byte': 'credential.trailing',
    'bad-signature-form': 'signature.encoding',
    'short-challenge': 'challenge.unknown',
  });
});

test('a card that is known is refused once new trust has a revocation list with it, and no other card is', async () => {
  const { composed, clocks, connect, card } = await started();
  const desk = await connect('desk-1');
  const show = async (index: number) => (await desk.tap(binary(card(index, await desk.challenge()))))['code'];
  const passed = [await show(0), await show(2), await show(0)];
  expect(passed.map((code) => String(code).split('.')[0])).toEqual(['allow', 'allow', 'allow']);
  const { issuing } = composed.city.cardPki('sm2');
  const leaf = parseCertificate(card(0, new Uint8Array(32)).certificates[0] as Uint8Array);
  if (typeof leaf === 'string') throw new TypeError(leaf);
  const list = issueRevocationList(
    {
      issuer: issuing.subject,
      thisUpdateMs: clocks.now() - 60_000,
      nextUpdateMs: clocks.now() + 3_600_000,
      revoked: [{ serial: leaf.serial, atMs: clocks.now() - 60_000, reason: 1 }],
    },
    issuing.key,
  );
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const { anchors, ...rest } = composed.city.trustDocument();
  const withList = anchors.map((anchor) =>
    anchor.family === 'card-pki' && 'crlsBase64' in anchor
      ? { ...anchor, intermediatesBase64: [base64(issuing.certificate)], crlsBase64: [base64(list)] }
      : anchor,
  );
  await composed.platform.publish({ trust: { ...rest, anchors: withList } });
  await vi.waitFor(async () => expect(await show(0)).toBe('trust.certificate_revoked'), {
    timeout: 60_000,
    interval: 100,
  });
  expect(await show(2)).toBe(passed[1]);
  clocks.pass(3_600_001);
  expect(await show(2)).toBe('trust.revocation_unknown');
});
