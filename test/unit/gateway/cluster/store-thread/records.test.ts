/** What passes between the main thread and the thread of the store: it is read as it was written. */
import { expect, test } from 'vitest';
import type { Taken, Wanted } from '../../../../../gateway/cluster/store/taking.ts';
import {
  answerBytesMax,
  readAnswer,
  writeEvent,
  writeTaken,
} from '../../../../../gateway/cluster/store-thread/answer-records.ts';
import {
  type Ask,
  readAsk,
  writeGiveBack,
  writeTake,
} from '../../../../../gateway/cluster/store-thread/ask-records.ts';
import { newRing, RingReader, RingWriter } from '../../../../../gateway/cluster/store-thread/byte-ring.ts';

const name = (byte: number) => new Uint8Array(16).fill(byte);
const TAP = { deviceId: 'gate-1', stream: '00112233445566778899aabbccddeeff', seq: 2 ** 40 };
const CARD = { listRevision: '0123abcd.7', credentialId: '重庆 5001' };
const ALL: readonly Wanted[] = [
  { names: [name(1)], untilMs: 1_900_000_000_000.5, tap: TAP, card: null },
  { names: [], untilMs: 0, tap: { ...TAP, deviceId: '闸机-2', seq: 0 }, card: CARD },
  { names: [name(2), name(3)], untilMs: 1, tap: TAP, card: { ...CARD, credentialId: '' } },
];

function ringOf(bytes = 4_096) {
  const shared = newRing(bytes);
  return { writer: new RingWriter(shared), reader: new RingReader(shared) };
}

function asksOf(reader: RingReader): Ask[] {
  const asks: Ask[] = [];
  reader.readAll((from) => asks.push(readAsk(reader.bytes, from)));
  return asks;
}

test('what taps want, and what they give back', () => {
  const { writer, reader } = ringOf();
  expect(writeTake(writer, 2 ** 32 - 1, ALL)).toBe(true);
  for (const what of [
    { showing: true, card: false },
    { showing: false, card: true },
    { showing: true, card: true },
  ]) {
    expect(writeGiveBack(writer, ALL[2] as Wanted, what)).toBe(true);
    expect(asksOf(reader).at(-1)).toEqual({ kind: 'give_back', wanted: ALL[2], what });
  }
  expect(writeTake(writer, 7, ALL)).toBe(true);
  expect(asksOf(reader)).toEqual([{ kind: 'take', number: 7, all: ALL }]);
});

test('times are written as what is left, where that is wanted', () => {
  const { writer, reader } = ringOf();
  const one = { ...(ALL[0] as Wanted), untilMs: 1_500 };
  expect(writeTake(writer, 1, [one], 1_000)).toBe(true);
  expect(asksOf(reader)).toEqual([{ kind: 'take', number: 1, all: [{ ...one, untilMs: 500 }] }]);
});

test('what was read stays as it is when the ring is written on', () => {
  const { writer, reader } = ringOf(256);
  writeTake(writer, 1, ALL.slice(0, 1));
  const [first] = asksOf(reader);
  for (let n = 0; n < 16; n += 1) {
    writeTake(writer, 2, [{ ...(ALL[0] as Wanted), names: [name(0xff)] }]);
    asksOf(reader);
  }
  expect(first).toEqual({ kind: 'take', number: 1, all: ALL.slice(0, 1) });
});

test('where there is no room nothing is written', () => {
  const { writer, reader } = ringOf(64);
  expect(writeTake(writer, 1, ALL)).toBe(false);
  expect(writeGiveBack(writer, ALL[0] as Wanted, { showing: true, card: false })).toBe(false);
  expect(reader.isEmpty).toBe(true);
});

test('a name of another length is a mistake of the caller', () => {
  const { writer, reader } = ringOf();
  const wanted = { ...(ALL[0] as Wanted), names: [new Uint8Array(15)] };
  expect(() => writeTake(writer, 1, [wanted])).toThrow(TypeError);
  expect(reader.isEmpty).toBe(true);
});

test('what taps took, and how the store answered', () => {
  const { writer, reader } = ringOf();
  const taken: Taken[] = (['first', 'same', 'seen', 'no_answer', 'not_wanted'] as const).map(
    (showing, i) => ({ showing, cardTaps: i === 0 ? null : i - 1 }),
  );
  const said: unknown[] = [];
  const event = (kind: string) => (count: number, elapsedMs?: number) => said.push([kind, count, elapsedMs]);
  const events = {
    ...{ answered: event('answered'), late: event('late') },
    ...{ failed: event('failed'), refused: event('refused') },
  };
  writeTaken(writer, 5, taken);
  writeEvent(writer, 'answered', 3, 1.25);
  for (const each of ['late', 'failed', 'refused'] as const) writeEvent(writer, each, 2);
  reader.readAll((from) => readAnswer(reader.bytes, from, (number, all) => said.push([number, all]), events));
  expect(said).toEqual([
    [5, taken],
    ['answered', 3, 1.25],
    ['late', 2, 0],
    ['failed', 2, 0],
    ['refused', 2, 0],
  ]);
});

test('what is no answer never counts as first', () => {
  const { writer, reader } = ringOf();
  writeTaken(writer, 5, [{ showing: 'first', cardTaps: null }]);
  writer.bytes[4 + 8] = 77;
  const said: (readonly Taken[])[] = [];
  reader.readAll((from) => readAnswer(reader.bytes, from, (_number, all) => said.push(all), {} as never));
  expect(said).toEqual([[{ showing: 'no_answer', cardTaps: null }]]);
});

test('the answers to as many taps as may wait have room, each asked for by itself and with its event', () => {
  const taps = 1_000;
  const { writer } = ringOf(2 ** Math.ceil(Math.log2(answerBytesMax(taps))));
  for (let n = 0; n < taps; n += 1) {
    writeTaken(writer, n, [{ showing: 'first', cardTaps: null }]);
    writeEvent(writer, 'answered', 1, 1);
  }
  expect(() => {
    while (true) writeEvent(writer, 'late', 1);
  }).toThrow(RangeError);
});
