/** Requests in bounded memory: a share for each workplace, ended in time, forgotten after. */
import { describe, expect, test } from 'vitest';
import type { PhoneRequest } from '../../../../hotel/phone/phone-request.ts';
import { RequestTable } from '../../../../hotel/phone/request-table.ts';

function setUp(openMax: number) {
  const clock = { ms: 0 };
  const told: string[] = [];
  const table = new RequestTable({
    ...{ openMax, keptMs: 1_000, now: () => clock.ms },
    onChange: ({ requestId, state }) => void told.push(`${requestId} ${state}`),
  });
  const request = (requestId: string, desk = 'front-1') =>
    ({
      ...{ requestId, answerId: `answer ${requestId}`, owner: { desk }, expiresAtMs: clock.ms + 500 },
      ...{ state: 'made', code: null },
    }) as unknown as PhoneRequest;
  return { table, clock, told, request };
}

describe('how many are open', () => {
  test('one workplace takes a quarter, and all together no more than the limit', () => {
    const { table, request } = setUp(4);
    expect(table.add(request('a'))).toBe(true);
    expect(table.add(request('b'))).toBe(false);
    for (const desk of ['front-2', 'front-3', 'front-4']) expect(table.add(request(desk, desk))).toBe(true);
    expect([table.add(request('c', 'front-5')), table.openCount]).toEqual([false, 4]);
  });

  test('one that ended makes room', () => {
    const { table, request } = setUp(4);
    const first = request('a');
    table.add(first);
    table.fail(first, 'phone.declined');
    expect([table.add(request('b')), table.at('a')?.code]).toEqual([true, 'phone.declined']);
  });

  test('those that ended give way to new ones before there are twice as many as may be open', () => {
    const { table, request } = setUp(1);
    for (const id of ['a', 'b', 'c']) {
      const each = request(id);
      expect(table.add(each)).toBe(true);
      table.fail(each, 'phone.declined');
    }
    expect([table.at('a'), table.ofAnswer('answer a'), table.at('c')?.state]).toEqual([null, null, 'failed']);
  });
});

describe('in time', () => {
  test('one past its time is expired, told once, and forgotten later', () => {
    const { table, clock, told, request } = setUp(4);
    table.add(request('a'));
    clock.ms = 501;
    expect(table.ofAnswer('answer a')?.state).toBe('expired');
    table.sweep();
    expect(told).toEqual(['a expired']);
    clock.ms = 1_502;
    table.sweep();
    expect(table.at('a')).toBeNull();
  });

  test('an answer that came in time is judged, however long that takes', () => {
    const { table, clock, request } = setUp(4);
    const first = request('a');
    table.add(first);
    table.change({ ...first, state: 'answered' });
    clock.ms = 900;
    expect(table.at('a')?.state).toBe('answered');
  });
});
