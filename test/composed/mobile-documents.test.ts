/** Mobile documents at a whole gateway: over WebSocket and REST, with a challenge, each session once, and with the platform gone. */
import { expect, onTestFinished, test } from 'vitest';
import { presentationLine, type Showing } from '../../platform/issue/presentations.ts';
import { hexForm } from '../../workers/families/byte-form.ts';
import { mdoc } from '../../workers/families/mdoc/family.ts';
import type { MdocInput } from '../../workers/families/mdoc/input.ts';
import { makeToken, PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { startComposed, TestClocks } from './composed-gateway.rig.ts';

const SCENE = '11/guest';
const DEVICES = [{ deviceId: 'desk-1', class: 'desk', scenes: [SCENE, '29/entry'] }] as const;

async function started() {
  const clocks = new TestClocks(Date.now());
  const composed = await startComposed({ devices: DEVICES, clocks, platform: { now: clocks.now } });
  onTestFinished(() => composed.stop());
  const client = await PlainClient.connect(composed.target('desk-1'));
  onTestFinished(async () => void (await client.bye()));
  let seq = 0;
  const lineOf = (index: number, more: Partial<Showing> = {}) =>
    presentationLine('mdoc', {
      ...{ city: composed.city, index, atMs: clocks.now(), mode: 'dda', chip: 0, nonce: null, fault: null },
      ...more,
    });
  /** As a gate sends it: bytes as they are. */
  const tap = async (line: ReturnType<typeof lineOf>, scene = SCENE) => {
    seq += 1;
    const shown = asBinary(mdoc.read(line.credential, line.context, hexForm), line.context);
    return (await client.tap(seq, { scene, family: 'mdoc', ...shown })).message;
  };
  const challenge = async () => {
    seq += 1;
    const { challenge: text } = await client.challenge(seq, { scene: SCENE });
    return new Uint8Array(Buffer.from(String(text), 'base64url'));
  };
  const post = async (body: object) => {
    const response = await fetch(`${composed.address.http}/v1/verifications`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${makeToken(composed.target('desk-1'))}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    return (await response.json()) as PlainMessage;
  };
  return { composed, clocks, lineOf, tap, challenge, post };
}

function asBinary({ response, handover }: MdocInput, context: unknown) {
  const { readerPrivateJwk } = context as { readonly readerPrivateJwk?: object };
  return { credential: { response }, context: { handover, ...(readerPrivateJwk && { readerPrivateJwk }) } };
}

test.each([
  ['a licence through the DC API', 0],
  ['person identification data through OpenID4VP', 1],
  ['a licence nearby', 2],
  ['person identification data nearby with a MAC', 7],
])('%s passes once, and once more in another session', async (_name, index) => {
  const { lineOf, tap } = await started();
  const line = lineOf(index);
  expect(await tap(line)).toMatchObject({
    outcome: 'allow',
    facts: {
      document_type: index % 2 === 0 ? 'org.iso.18013.5.1.mDL' : 'eu.europa.ec.eudi.pid.1',
      issuing_country: 'CN',
      age_over_18: true,
      expires: '2049-12-31',
      proof: index === 7 ? 'device-mac' : 'device-signature',
    },
    disclosed: { family_name: expect.any(String), portrait: expect.stringMatching(/^\/9j\//) },
  });
  expect((await tap(line))['code']).toBe('deny.replayed');
  expect((await tap(lineOf(index, { nonce: 'again' })))['outcome']).toBe('allow');
});

test('a challenge of the gateway that the wallet signed is good once', async () => {
  const { lineOf, tap, challenge } = await started();
  const line = lineOf(0, { challenge: await challenge() });
  expect((await tap(line))['outcome']).toBe('allow');
  expect((await tap(line))['outcome']).not.toBe('allow');
});

test('it passes over REST, and each fault is refused with a code of its own', async () => {
  const { lineOf, post } = await started();
  const shown = async (line: ReturnType<typeof lineOf>) => {
    const { family, credential, context } = line;
    return post({ scene: SCENE, family, credential, context });
  };
  expect(await shown(lineOf(3))).toMatchObject({
    outcome: 'allow',
    disclosed: { given_name: expect.anything() },
  });
  expect((await shown(lineOf(3, { fault: 'wrong-session' })))['code']).toBe('signature.device');
  expect((await shown(lineOf(3, { fault: 'bad-mac' })))['code']).toBe('signature.device_mac');
  expect((await shown(lineOf(3, { fault: 'swapped-digest' })))['code']).toBe('credential.digest_mismatch');
});

test('a gate that asks for no claims is told none, and a scene of rides takes no document', async () => {
  const { lineOf, tap } = await started();
  const denied = await tap(lineOf(0), '29/entry');
  expect(denied).toMatchObject({ outcome: 'deny', code: 'deny.family_not_accepted' });
  expect(JSON.stringify(denied)).not.toMatch(/portrait|family_name/);
});

test('with the platform gone it passes all the same', async () => {
  const { composed, lineOf, tap } = await started();
  await composed.platform.stop();
  onTestFinished(() => composed.platform.start());
  expect((await tap(lineOf(4)))['outcome']).toBe('allow');
});
