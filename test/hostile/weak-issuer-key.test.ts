/** An issuer's RSA key that is short enough to be factored. Was: 512 bits were enough. */
import { expect, onTestFinished, test } from 'vitest';
import { makeRsaIssuer } from '../../platform/authority/chip-rsa.ts';
import { personaliseRsa } from '../../platform/issue/chip-rsa.ts';
import { rsaKey } from '../../platform/rsa.ts';
import { startComposed } from '../composed/composed-gateway.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards } from '../system/presentations.rig.ts';

test('cards of an issuer whose RSA key is below 1,024 bits are denied with key.too_short, those just long enough pass', async () => {
  const { city, target, stop } = await startComposed();
  onTestFinished(() => stop());
  const [card = 0] = goodCards(city, 'rsa');
  const { profile, identity } = city.card(card);
  const shown = (issuerBits: number) => {
    const key = rsaKey('hostile', 'issuer', issuerBits, issuerBits, 3);
    const { ca, digits } = city.rsa;
    const issuer = makeRsaIssuer({
      ...{ ca, digits, key, serial: Uint8Array.of(0, 0, 9) },
      expires: { year: 2034, month: 12 },
    });
    const cardKey = rsaKey('hostile', 'card', 0, 640, 3);
    const made = personaliseRsa({ issuer, profile, key: cardKey, serial: identity.serial });
    const { credential, context } = made.tap({
      mode: 'dda',
      counter: issuerBits,
      terminal: { '9F37': Uint8Array.of(1, 2, issuerBits >> 8, issuerBits & 0xff) },
    });
    return { scene: '29/exit', family: 'chip-oda', credential: { ...credential }, context: { ...context } };
  };
  const client = await PlainClient.connect(target());
  const code = async (seq: number, bits: number) => (await client.tap(seq, shown(bits))).message['code'];
  expect(await code(0, 1_008)).toBe('key.too_short');
  expect(await code(1, 768)).toBe('key.too_short');
  expect(await code(2, 1_024)).toBe('allow.good');
  await client.bye();
});
