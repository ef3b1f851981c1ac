import { expect, test } from 'vitest';
import type { ConfirmedUpload } from '../../../../../gateway/outbox/bus/confirmation.ts';
import { nameOf, SentUploads } from '../../../../../gateway/outbox/bus/sent-uploads.ts';

const SUBJECT = 'onecard.c.journal.gw-1';
const MADE = '2026-11-30T00:00:00Z';
const message = (name: string) => ({ subject: SUBJECT, body: Uint8Array.of(1), digest: name, name });
const taken = (sequence: number): ConfirmedUpload => ({ sequence, status: 200, answer: { accepted: 1 } });
const refused = (sequence: number): ConfirmedUpload => ({ sequence, status: 409, answer: null });

function sentOf(...names: readonly string[]) {
  const sent = new SentUploads();
  const answers: string[] = [];
  const waiters = names.map((name) => ({
    answered: ({ status }: ConfirmedUpload) => void answers.push(`${name} ${status}`),
  }));
  for (const [i, waiter] of waiters.entries()) sent.add(message(names[i] ?? ''), waiter, i);
  return { sent, answers, waiters };
}

/** As if the servers had acknowledged each at the next sequence. */
function publishAll(sent: SentUploads, from: number): string[] {
  const published: string[] = [];
  for (let next = sent.next; next !== null; next = sent.next) {
    next.sequence = from + published.length;
    published.push(nameOf(next));
  }
  return published;
}

const stand = (first: number, sequence: number, name: string | null, made = MADE) => ({
  ...{ made, first },
  lasts: new Map([[SUBJECT, { sequence, name }]]),
});

test('what is acknowledged is not published again, and is settled by the answer alone', () => {
  const { sent, answers } = sentOf('a', 'b');
  sent.standsAt(stand(1, 0, null));
  expect(publishAll(sent, 1)).toEqual(['a', 'b']);
  expect(sent.standsAt(stand(1, 2, 'b'))).toBe(0);
  expect(sent.next).toBeNull();
  expect(answers).toEqual([]);
  sent.confirmed({
    made: MADE,
    through: 2,
    answers: new Map([
      ['a', taken(1)],
      ['b', taken(2)],
    ]),
  });
  expect(answers).toEqual(['a 200', 'b 200']);
  expect(sent.hasUnanswered).toBe(false);
});

test('what the stream has lost is published again under its name; what was purged was read', () => {
  const { sent } = sentOf('a', 'b', 'c');
  sent.standsAt(stand(1, 0, null));
  publishAll(sent, 1);
  expect(sent.standsAt(stand(3, 0, null))).toBe(1);
  expect(publishAll(sent, 3)).toEqual(['c']);
});

test('of a stream that was made anew everything is published again', () => {
  const { sent } = sentOf('a', 'b');
  sent.standsAt(stand(1, 0, null));
  publishAll(sent, 1);
  expect(sent.standsAt(stand(1, 7, 'x', 'another time'))).toBe(2);
  expect(publishAll(sent, 8)).toEqual(['a', 'b']);
});

test('one whose acknowledgement was lost is known by its name', () => {
  const { sent } = sentOf('a');
  sent.standsAt(stand(1, 0, null));
  const upload = sent.next;
  if (upload) upload.isInDoubt = true;
  sent.standsAt(stand(1, 5, 'a'));
  expect(sent.next).toBeNull();
  expect(upload?.sequence).toBe(5);
});

test('read without an answer, it is published under another name; a refusal of before does not count for it', () => {
  const { sent, answers } = sentOf('a');
  sent.standsAt(stand(1, 0, null));
  publishAll(sent, 1);
  sent.confirmed({ made: MADE, through: 1, answers: new Map() });
  expect(publishAll(sent, 2)).toEqual(['a.1']);
  sent.confirmed({ made: MADE, through: 1, answers: new Map([['a', refused(1)]]) });
  expect(answers).toEqual([]);
  sent.confirmed({ made: MADE, through: 2, answers: new Map([['a', refused(2)]]) });
  expect(answers).toEqual(['a 409']);
});

test('given up and asked for again, it waits for what is in the stream already', () => {
  const { sent, answers, waiters } = sentOf('a');
  sent.standsAt(stand(1, 0, null));
  publishAll(sent, 1);
  if (waiters[0]) sent.giveUp(message('a'), waiters[0]);
  expect(sent.hasUnanswered).toBe(true);
  sent.add(message('a'), { answered: () => answers.push('again') }, 9);
  expect(sent.next).toBeNull();
  sent.confirmed({ made: MADE, through: 1, answers: new Map([['a', taken(1)]]) });
  expect(answers).toEqual(['again']);
});

test('what nobody published and nobody waits for is forgotten', () => {
  const { sent, waiters } = sentOf('a');
  if (waiters[0]) sent.giveUp(message('a'), waiters[0]);
  expect([sent.next, sent.oldestWaiting, sent.hasUnanswered]).toEqual([null, null, false]);
});
