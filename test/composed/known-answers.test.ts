/** A gateway whose algorithms do not give their known answers does not start, and says which. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersAtStart } from '../../crypto/self-test/start.ts';
import { type ComposedGateway, composeOnly } from './composed-gateway.rig.ts';

describe('a gateway does not start where', () => {
  let composed: ComposedGateway;
  beforeAll(async () => {
    composed = await composeOnly();
  });
  afterAll(() => composed.stop());

  const known = answersAtStart('sm', true);
  test.each(known.map((each, at) => [each.algorithm, each.source, at] as const))(
    '%s is not that of %s',
    async (algorithm, source, faulty) => {
      const knownAnswers = known.map((each, at) => (at === faulty ? { ...each, answer: '00' } : each));
      const begun = composed.start({ knownAnswers });
      await expect(begun).rejects.toMatchObject({ name: 'CryptoError', code: 'self_test' });
      await expect(begun).rejects.toThrow(
        `${algorithm} gives another: its known answer is that of ${source}`,
      );
    },
  );

  test('an algorithm is not there at all', async () => {
    const absent = () => {
      throw new Error('unsupported');
    };
    const knownAnswers = known.map((each) => (each.algorithm === 'SM4' ? { ...each, given: absent } : each));
    await expect(composed.start({ knownAnswers })).rejects.toThrow(/^SM4 gives none/);
    expect(composed.logLines.some(({ msg }) => msg === 'listening')).toBe(false);
  });

  test('and it does where all give theirs', async () => {
    await composed.start({ knownAnswers: known });
    expect(composed.logLines.some(({ msg }) => msg === 'listening')).toBe(true);
  });
});
