/** A family that claims more of a credential than a reply of its thread holds: a fault of ours, confined to the one tap. */
import { afterAll, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import { startComposed } from './composed-gateway.rig.ts';

const composed = await startComposed({
  cards: 20,
  city: { chips: 'rsa', rsaCardKeys: 2 },
  gateway: { threadEntry: new URL('../fixtures/claiming-thread.ts', import.meta.url) },
});
afterAll(() => composed.stop());

test('256 claims: the tap is denied with proof.internal, those of its batch are decided, and no thread is lost', async () => {
  const [card = 0] = goodCards(composed.city, 'rsa');
  const client = await PlainClient.connect(composed.target());
  // Sent at once, they come to the thread as one batch or two.
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map((seq) => {
      const { family, credential, context } = chipTapOf(composed.city, card).binary;
      const told = seq === 3 && { DF02: Uint8Array.of(1) };
      const terminal = { ...(context['terminal'] as object), ...told };
      return client.tap(seq, { scene: '29/exit', family, credential, context: { ...context, terminal } });
    }),
  );
  const codes = answers.map(({ message }) => message['code']);
  expect(codes).toEqual(['allow.good', 'allow.good', 'proof.internal', 'allow.good', 'allow.good']);
  const metrics = await (await fetch(`${composed.address.admin}/metrics`)).text();
  expect(metrics).not.toMatch(/^onecard_thread_replacements_total\{/m);
  await client.bye();
});
