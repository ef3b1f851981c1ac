import { expect, test } from 'vitest';
import { beginning, deliveryOf } from '../../../../../gateway/cluster/bus/cursor-place.ts';

const stream = { made: 'today', first: 5, last: 9 };

test('one that stood nowhere begins where it is to, and any other where it stood', () => {
  expect(beginning(null, stream, 'end')).toEqual({ place: { made: 'today', sequence: 9 }, news: null });
  expect(beginning(null, stream, 'first')).toEqual({ place: { made: 'today', sequence: 4 }, news: null });
  const empty = { made: 'today', first: 0, last: 0 };
  expect(beginning(null, empty, 'first').place.sequence).toBe(0);
  const kept = { made: 'today', sequence: 7 };
  expect(beginning(kept, stream, 'end')).toEqual({ place: kept, news: null });
  expect(beginning({ made: 'today', sequence: 4 }, stream, 'end').news).toBeNull();
});

test('what is gone from the stream is told, and a stream that is another is read from its first', () => {
  expect(beginning({ made: 'today', sequence: 2 }, stream, 'end')).toEqual({
    place: { made: 'today', sequence: 4 },
    news: { kind: 'gap', from: 3, to: 4 },
  });
  const first = { made: 'today', sequence: 4 };
  expect(beginning({ made: 'yesterday', sequence: 7 }, stream, 'end')).toEqual({
    place: first,
    news: { kind: 'anew', why: 'made_again' },
  });
  expect(beginning({ made: 'today', sequence: 10 }, stream, 'end')).toEqual({
    place: first,
    news: { kind: 'anew', why: 'lost_its_end' },
  });
});

test('the reply subject of a message says where it stands, with and without a domain', () => {
  const delivery = { sequence: 42, delivered: 3, pending: 7, storedAtMs: 1_700_000_000_123 };
  expect(deliveryOf('$JS.ACK.S.C.1.42.3.1700000000123456789.7')).toEqual(delivery);
  expect(deliveryOf('$JS.ACK.hub.hash.S.C.1.42.3.1700000000123456789.7.token')).toEqual(delivery);
  for (const other of [undefined, '', '_INBOX.x', '$JS.ACK.S.C.1.42.3', '$JS.ACK.S.C.1.a.3.1.7']) {
    expect(deliveryOf(other), other).toBeNull();
  }
});
