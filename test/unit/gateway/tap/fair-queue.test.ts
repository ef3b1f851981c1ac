import { describe, expect, test } from 'vitest';
import { ClassQueues } from '../../../../gateway/tap/2-admit/class-queues.ts';
import { FairQueue } from '../../../../gateway/tap/2-admit/fair-queue.ts';
import type { Flight, TapDevice } from '../../../../gateway/tap/flights.ts';

interface Tap extends Flight {
  readonly name: string;
}

const deviceOf = (): TapDevice => ({ streams: new Map(), inFlight: 0, turn: null, coldness: 0 });
const tapOf = (device: TapDevice, name: string, costMs = 1): Tap =>
  ({ class: 'gate', state: 'waiting', behind: null, stream: { device }, costMs, name }) as unknown as Tap;

function pushAll(queue: FairQueue, device: TapDevice, name: string, count: number, costMs = 1): void {
  for (let i = 1; i <= count; i += 1) queue.push(tapOf(device, `${name}${i}`, costMs));
}

function taken(queue: FairQueue, count = Number.POSITIVE_INFINITY): string[] {
  const names: string[] = [];
  while (names.length < count) {
    const flight = queue.shift() as Tap | null;
    if (flight === null) break;
    names.push(flight.name);
  }
  return names;
}

describe('a fair queue', () => {
  test('devices take turns, each in the order of its own taps, whoever came first and with how many', () => {
    const queue = new FairQueue();
    pushAll(queue, deviceOf(), 'a', 5);
    pushAll(queue, deviceOf(), 'b', 2);
    pushAll(queue, deviceOf(), 'c', 1);
    expect(taken(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4', 'a5']);
    expect([queue.taps, queue.costMs, queue.shift()]).toEqual([0, 0, null]);
  });

  test('a turn is measured in work: dear taps get as much of it as cheap ones, not as many', () => {
    const queue = new FairQueue();
    pushAll(queue, deviceOf(), 'dear', 40, 10);
    pushAll(queue, deviceOf(), 'cheap', 400, 1);
    const names = taken(queue, 220);
    const dear = names.filter((name) => name.startsWith('dear')).length;
    expect(dear).toBeGreaterThanOrEqual(18);
    expect(dear).toBeLessThanOrEqual(22);
  });

  test('one that comes while others wait has its turn within one round', () => {
    const queue = new FairQueue();
    pushAll(queue, deviceOf(), 'a', 1_000);
    pushAll(queue, deviceOf(), 'b', 1_000);
    taken(queue, 300);
    pushAll(queue, deviceOf(), 'late', 1);
    expect(taken(queue, 3)).toContain('late1');
  });

  test('what was given up is left out, at nobody’s expense', () => {
    const queue = new FairQueue();
    const device = deviceOf();
    const over = Array.from({ length: 3 }, (_, i) => tapOf(device, `over${i}`));
    for (const each of over) queue.push(each);
    pushAll(queue, device, 'a', 2);
    pushAll(queue, deviceOf(), 'b', 2);
    for (const each of over) each.state = 'over';
    expect(taken(queue)).toEqual(['a1', 'b1', 'a2', 'b2']);
    expect(over.every(({ behind }) => behind === null)).toBe(true);
  });

  test('a device that goes over to another queue leaves nothing behind', () => {
    const [one, other] = [new FairQueue(), new FairQueue()];
    const device = deviceOf();
    pushAll(one, device, 'a', 2);
    pushAll(other, device, 'b', 1);
    expect([one.tapsOf(device), other.tapsOf(device)]).toEqual([0, 1]);
    expect([...taken(other), ...taken(one)]).toEqual(['b1', 'a1', 'a2']);
  });

  test('work ahead: all of its own, and of others as much as comes in the same turns', () => {
    const queue = new FairQueue();
    const [flooder, honest] = [deviceOf(), deviceOf()];
    pushAll(queue, flooder, 'f', 1_000);
    expect(queue.workAheadMs(honest, 1)).toBe(1);
    expect(queue.workAheadMs(flooder, 1)).toBe(1_000);
    pushAll(queue, honest, 'h', 3);
    expect(queue.workAheadMs(honest, 1)).toBe(7);
    expect(queue.workAheadMs(flooder, 1)).toBe(1_003);
  });

  test('says what a plain model says, over many devices and costs: none waits longer than its share', () => {
    const queue = new FairQueue();
    let state = 20_261_129;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const devices = Array.from({ length: 20 }, deviceOf);
    const sent = new Map<string, number>();
    let [pushed, taps] = [0, 0];
    for (let step = 0; step < 50_000; step += 1) {
      const n = random(devices.length);
      if (random(2) === 0) {
        queue.push(tapOf(devices[n] as TapDevice, `${n}:${pushed}`, [0.02, 0.1, 3][random(3)]));
        pushed += 1;
      } else {
        const flight = queue.shift() as Tap | null;
        if (flight === null) continue;
        taps += 1;
        const [device = '', number = ''] = flight.name.split(':');
        expect(Number(number)).toBeGreaterThan(sent.get(device) ?? -1);
        sent.set(device, Number(number));
      }
      expect(queue.taps).toBe(pushed - taps);
    }
    expect(taken(queue).length).toBe(pushed - taps);
    expect(queue.costMs).toBe(0);
  });
});

describe('room in a queue of a class', () => {
  const fill = (queues: ClassQueues, device: TapDevice) => {
    let count = 0;
    for (; queues.hasRoom('gate', device); count += 1) queues.push(tapOf(device, 'x'));
    return count;
  };

  test('one device leaves half to others, two a third', () => {
    const queues = new ClassQueues({ gate: 900, desk: 1, batch: 1 });
    expect(fill(queues, deviceOf())).toBe(450);
    expect(fill(queues, deviceOf())).toBe(225);
    expect(queues.hasRoom('gate', deviceOf())).toBe(true);
    const alone = new ClassQueues({ gate: 1, desk: 1, batch: 1 });
    expect(fill(alone, deviceOf())).toBe(1);
    expect(alone.hasRoom('gate', deviceOf())).toBe(false);
  });
});
