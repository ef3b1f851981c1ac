import { describe, expect, test } from 'vitest';
import type { Flight } from '../../../../gateway/tap/flight.ts';
import { TapStreams } from '../../../../gateway/tap/tap-streams.ts';

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
