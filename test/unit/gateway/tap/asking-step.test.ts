/** What an answer from elsewhere took is given back when no decision rests on it. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ProvenFlight } from '../../../../gateway/tap/3-prove/prove.ts';
import { type AnsweredTap, AskingStep } from '../../../../gateway/tap/4-status/asking-step.ts';
import type { Flight } from '../../../../gateway/tap/flights.ts';
import type { NamedFacts } from '../../../../workers/contract.ts';

const facts = {} as NamedFacts;
const moment = { trustRevision: 'r', trustGrace: false, atMs: 1 };

function asked() {
  const replies: ((answer: string) => void)[] = [];
  const givenBack: string[] = [];
  const groups: (readonly AnsweredTap<string>[])[] = [];
  const asking = {
    ask: (_proven: ProvenFlight, _facts: NamedFacts, _deadlineAt: number, reply: (answer: string) => void) =>
      void replies.push(reply),
    giveBack: (_proven: ProvenFlight, answer: string) => void givenBack.push(answer),
  };
  const step = new AskingStep<string>(asking, (taps) => groups.push(taps));
  const flights = [1, 2].map(
    () => ({ state: 'proving', deadlineAt: performance.now() + 60_000, giveBack: null }) as unknown as Flight,
  );
  for (const flight of flights) step.ask({ flight } as ProvenFlight, facts, moment);
  return { replies, givenBack, groups, flights };
}

test('answers come back in one group, and what they took can be given back until a decision stands', async () => {
  const { replies, givenBack, groups, flights } = asked();
  for (const [i, reply] of replies.entries()) reply(`answer ${i}`);
  await turn();
  expect(groups.map((taps) => taps.map(({ answer }) => answer))).toEqual([['answer 0', 'answer 1']]);
  expect(givenBack).toEqual([]);
  for (const { giveBack } of flights) giveBack?.();
  expect(givenBack).toEqual(['answer 0', 'answer 1']);
});

test('an answer that comes when the tap is given up is given back at once, and is in no group', async () => {
  const { replies, givenBack, groups, flights } = asked();
  const [first] = flights;
  if (first) first.state = 'over';
  for (const [i, reply] of replies.entries()) reply(`answer ${i}`);
  expect(givenBack).toEqual(['answer 0']);
  await turn();
  expect(groups.map((taps) => taps.length)).toEqual([1]);
});

test('with too little of its time left nothing is asked', () => {
  const step = new AskingStep<string>({ ask: () => expect.unreachable() }, () => {});
  const flight = { state: 'proving', deadlineAt: performance.now() + 10 } as unknown as Flight;
  expect(step.ask({ flight } as ProvenFlight, facts, moment)).toBe(false);
  expect(flight.state).toBe('proving');
});
