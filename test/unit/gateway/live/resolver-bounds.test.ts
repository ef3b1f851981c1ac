/** What one device can make the gateway ask of the resolver, and what is not asked for twice. */
import { expect, test } from 'vitest';
import type { NoAnswer } from '../../../../gateway/live/live-answer.ts';
import type { ResolverAnswer, ResolverQuestion } from '../../../../gateway/live/resolver.ts';
import { BoundedResolver } from '../../../../gateway/live/resolver-bounds.ts';
import { personalText } from '../../../../workers/claims.ts';

type Answer = ResolverAnswer | NoAnswer;

function setUp(bounds = { codes_per_device: 2, refused_codes: 2, refused_code_ms: 1_000 }) {
  const time = { now: 0 };
  const asked: ((answer: Answer) => void)[] = [];
  const resolver = new BoundedResolver({ ask: (_, reply) => void asked.push(reply) }, bounds, () => time.now);
  const ask = (code: string, device = 'desk-1', scene = '11/desk'): Promise<Answer['kind']> =>
    new Promise((resolve) => {
      const question: ResolverQuestion = {
        ...{ code: personalText(code), name: Buffer.from(code.padEnd(16)), businessType: '01', org: 'gw-1' },
        ...{ device, scene, requestId: `${device} ${scene} ${code}`, class: 'desk', deadlineAt: 1_000_000 },
      };
      resolver.ask(question, ({ kind }) => resolve(kind));
    });
  return { time, asked, ask };
}

test('a device has so many questions under way, and another is not held up by it', async () => {
  const { asked, ask } = setUp();
  const [first, second] = [ask('a'), ask('b')];
  expect(await ask('c')).toBe('not_asked');
  const other = ask('c', 'desk-2');
  expect(asked).toHaveLength(3);
  for (const reply of asked.splice(0)) reply({ kind: 'used' });
  expect(await Promise.all([first, second, other])).toEqual(['used', 'used', 'used']);
  const next = ask('d');
  asked[0]?.({ kind: 'late' });
  expect(await next).toBe('late');
});

test.each(['expired', 'unknown', 'refused'] as const)(
  'a code that is %s is not asked for again at that scene, and only for a while',
  async (kind) => {
    const { time, asked, ask } = setUp();
    const first = ask('a');
    asked.pop()?.({ kind });
    expect(await first).toBe(kind);
    expect(await ask('a')).toBe(kind);
    expect(asked).toEqual([]);
    void ask('a', 'desk-1', '12/desk');
    expect(asked).toHaveLength(1);
    time.now = 1_000;
    void ask('a');
    expect(asked).toHaveLength(2);
  },
);

test.each(['ok', 'used', 'late', 'failed', 'not_asked'] as const)(
  'what was answered with %s is asked for again: it is kept for nobody',
  async (kind) => {
    const { asked, ask } = setUp();
    const first = ask('a');
    const good = {
      issuer: 'i',
      region: 'cq',
      subject: personalText('s'),
      idType: 't',
      validUntilMs: 1,
      groups: null,
    };
    asked.pop()?.(kind === 'ok' ? { kind, ...good } : { kind });
    expect(await first).toBe(kind);
    void ask('a');
    expect(asked).toHaveLength(1);
  },
);

test('no more refused codes are remembered than may be: the oldest goes', async () => {
  const { asked, ask } = setUp();
  for (const code of ['a', 'b', 'c']) {
    const one = ask(code);
    asked.pop()?.({ kind: 'unknown' });
    await one;
  }
  expect([await ask('b'), await ask('c')]).toEqual(['unknown', 'unknown']);
  void ask('a');
  expect(asked).toHaveLength(1);
});
