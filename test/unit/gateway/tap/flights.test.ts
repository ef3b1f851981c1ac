import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type Flight, FlightTable, TapStreams } from '../../../../gateway/tap/flights.ts';

const flightOf = (seq: number) => ({ tap: { id: { seq } } }) as Flight;

const IN_FLIGHT = 20;
const FLIGHTS = 20_000;
const HEAVY_BYTES = 1_024;
const heavy = (seq: number) =>
  ({ tap: { id: { seq } }, weight: new Array<number>(HEAVY_BYTES / 8).fill(0.5) }) as unknown as Flight;

const oldBytes = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;

/** xorshift32, from a fixed start. */
function draws(seed: number) {
  let state = seed;
  return (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe('the table of flights', () => {
  // Neighbours, numbers that share their low bits, and numbers above 32 bits.
  test.each([
    ['neighbours', (n: number) => n],
    ['alike in their low bits', (n: number) => n * 1_024],
    ['of more than 32 bits', (n: number) => 2 ** 52 + 3 * n],
  ])('finds what was added and not taken away, with numbers that are %s', (_, seqOf) => {
    const draw = draws(20_261_122);
    const table = new FlightTable();
    const known = new Map<number, Flight>();
    for (let step = 0; step < 20_000; step += 1) {
      const seq = seqOf(draw(300));
      const flight = known.get(seq);
      if (flight === undefined) {
        known.set(seq, flightOf(seq));
        table.add(known.get(seq) as Flight);
      } else {
        table.remove(seq);
        known.delete(seq);
      }
      expect(table.size).toBe(known.size);
      if (step % 97 === 0)
        for (let n = 0; n < 300; n += 1) expect(table.get(seqOf(n))).toBe(known.get(seqOf(n)));
    }
  });

  test('is as good as new when it was emptied', () => {
    const table = new FlightTable();
    for (let round = 0; round < 3; round += 1) {
      for (let seq = 0; seq < 1_000; seq += 1) table.add(flightOf(seq));
      for (let seq = 999; seq >= 0; seq -= 1) table.remove(seq);
      expect([table.size, table.get(5)]).toEqual([0, undefined]);
    }
  });

  test('keeps no flight that has left from being collected young, however old the table is', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as (options: { type: 'minor' }) => void;
    const scavenge = () => gc({ type: 'minor' });
    const table = new FlightTable();
    for (let seq = 0; seq < IN_FLIGHT; seq += 1) table.add(heavy(seq));
    // What survives twice is old.
    for (let n = 0; n < 3; n += 1) scavenge();
    const before = oldBytes();
    let seq = IN_FLIGHT;
    for (; seq < FLIGHTS; seq += 1) {
      table.add(heavy(seq));
      table.remove(seq - IN_FLIGHT);
      if (seq % 500 === 0) scavenge();
    }
    scavenge();
    // Those in flight at a scavenge may stay: one in 25. With a Map nearly all of them did.
    expect(oldBytes() - before).toBeLessThan((FLIGHTS * HEAVY_BYTES) / 10);
  });
});

function streams() {
  const asked: string[] = [];
  const made = new TapStreams({
    highestSeq: (deviceId, stream) => {
      asked.push(`${deviceId}/${stream}`);
      return -1;
    },
  });
  const fly = (deviceId: string, stream: string, seq: number) => {
    const id = { deviceId, stream, seq };
    const flight = { stream: made.of(id), tap: { id } } as Flight;
    made.add(flight);
    return flight;
  };
  return { made, asked, fly };
}

describe('streams of taps', () => {
  test('what is in flight is counted by device and over all', () => {
    const { made, fly } = streams();
    const first = fly('a', 's1', 1);
    fly('a', 's2', 1);
    fly('b', 's1', 1);
    expect(made.inFlight).toBe(3);
    expect(first.stream.device.inFlight).toBe(2);
    expect(made.of({ deviceId: 'a', stream: 's1', seq: 1 }).flights.get(1)).toBe(first);
    made.remove(first);
    expect(made.inFlight).toBe(2);
    expect(first.stream.device.inFlight).toBe(1);
    expect(first.stream.flights.size).toBe(0);
  });

  test('the journal is asked once for a stream that is remembered', () => {
    const { made, asked } = streams();
    made.of({ deviceId: 'a', stream: 's', seq: 1 }).highestSeq = 9;
    expect(made.of({ deviceId: 'a', stream: 's', seq: 2 }).highestSeq).toBe(9);
    expect(asked).toEqual(['a/s']);
  });

  test('the journal is not asked for a stream that was drawn just now, until it is forgotten', () => {
    const { made, asked } = streams();
    const id = { deviceId: 'a', stream: 'drawn', seq: 0 };
    made.of(id, true).highestSeq = 0;
    expect(made.of({ ...id, seq: 1 }, true).highestSeq).toBe(0);
    expect(made.of(id).highestSeq).toBe(0);
    expect(asked).toEqual([]);
    for (let i = 0; i < 64; i += 1) made.of({ deviceId: 'a', stream: `s${i}`, seq: 0 }, true);
    made.of(id);
    expect(asked).toEqual(['a/drawn']);
  });

  test('a device that opens stream after stream makes the oldest idle ones forgotten, never one in flight', () => {
    const { made, asked, fly } = streams();
    const flight = fly('a', 'first', 1);
    for (let i = 0; i < 200; i += 1) made.of({ deviceId: 'a', stream: `s${i}`, seq: 1 });
    expect(flight.stream.device.streams.size).toBe(64);
    expect(made.of({ deviceId: 'a', stream: 'first', seq: 1 })).toBe(flight.stream);
    made.of({ deviceId: 'a', stream: 's199', seq: 1 });
    expect(asked).toHaveLength(201);
    made.of({ deviceId: 'a', stream: 's0', seq: 1 });
    expect(asked).toHaveLength(202);
  });
});
