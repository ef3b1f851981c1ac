/** Key binding over challenges of the gateway: what a wallet signed for one desk is good there, once. */
import { expect, onTestFinished, test } from 'vitest';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { cityFile, policyNamed, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

const SCENE = '11/guest';
const DEVICES = [
  { deviceId: 'desk-1', class: 'desk', scenes: [SCENE] },
  { deviceId: 'desk-2', class: 'desk', scenes: [SCENE] },
] as const;

/** Two desks at which wallets must sign challenges of the gateway. */
async function started() {
  const document = shippedCity();
  policyNamed(document, 'guest-desk')['challenge'] = 'gateway';
  const composed = await startComposed({ devices: DEVICES, settings: { city: cityFile(document) } });
  onTestFinished(() => composed.stop());
  const { city } = composed;
  let seq = 0;
  const connect = async (deviceId: string) => {
    const client = await PlainClient.connect(composed.target(deviceId));
    onTestFinished(async () => void (await client.bye()));
    return {
      challenge: async () => {
        seq += 1;
        const { challenge } = await client.challenge(seq, { scene: SCENE });
        return new Uint8Array(Buffer.from(String(challenge), 'base64url'));
      },
      show: async (shown: object) => {
        seq += 1;
        return (await client.tap(seq, { scene: SCENE, ...shown })).message['code'];
      },
    };
  };
  /** What the wallet of a card shows, for `challenge` or for one that it made up. */
  const signed = (index: number, challenge?: Uint8Array, fault: string | null = null) => {
    const showing = { city, index, atMs: Date.now(), mode: 'dda', chip: 0, nonce: null, fault } as const;
    const { family, credential, context } = presentationLine('sd-jwt', {
      ...showing,
      ...(challenge !== undefined && { challenge }),
    });
    return { family, credential, context };
  };
  return { signed, one: await connect('desk-1'), two: await connect('desk-2') };
}

test('a wallet that signed the challenge of the desk passes once, there', async () => {
  const { signed, one, two } = await started();
  const shown = signed(1, await one.challenge());
  expect(await two.show(shown)).toBe('challenge.unknown');
  expect([await one.show(shown), await one.show(shown)]).toEqual(['allow.not_covered', 'deny.replayed']);
});

test('a challenge that nobody issued, one that was not signed, and a copy without its holder do not pass', async () => {
  const { signed, one } = await started();
  expect(await one.show(signed(2))).toBe('challenge.unknown');
  expect(await one.show(signed(2, await one.challenge(), 'replayed-nonce'))).toBe(
    'credential.nonce_mismatch',
  );
  const { family, credential } = signed(2, await one.challenge());
  const text = credential as { readonly text: string };
  const copy = { text: text.text.slice(0, text.text.lastIndexOf('~') + 1) };
  expect(await one.show({ family, credential: copy, context: {} })).toBe('challenge.missing');
});
