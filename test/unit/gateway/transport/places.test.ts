/** Places for connections: in all, by address, and of those that were told to leave. */
import { describe, expect, test } from 'vitest';
import { addressKey } from '../../../../gateway/transport/address.ts';
import { HttpSockets } from '../../../../gateway/transport/http-sockets.ts';
import { Lingering } from '../../../../gateway/transport/lingering.ts';
import { Places } from '../../../../gateway/transport/places.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex')).buffer;

test('an IPv4 address is the same at an IPv6 socket, and of IPv6 a /64 is one', () => {
  expect(addressKey(bytes('7f000001'))).toBe(addressKey(bytes('00000000000000000000ffff7f000001')));
  expect(addressKey(bytes('7f000001'))).not.toBe(addressKey(bytes('7f000002')));
  const [a, b, c] = ['20010db8000000010000000000000001', '20010db800000001ffff000000000002'].concat(
    '20010db8000000020000000000000001',
  );
  expect(addressKey(bytes(a ?? ''))).toBe(addressKey(bytes(b ?? '')));
  expect(addressKey(bytes(a ?? ''))).not.toBe(addressKey(bytes(c ?? '')));
});

test('places are bounded for each address and in all, and what is given back is free again', () => {
  const places = new Places({ all: 3, perAddress: 2 });
  expect(['a', 'a', 'a', 'b', 'c'].map((address) => places.take(address))).toEqual([
    ...[true, true, false, true, false],
  ]);
  places.giveBack('a');
  expect(places.take('c')).toBe(true);
  expect(places.taken).toBe(3);
});

describe('HTTP connections', () => {
  const limits = { all: 10, perAddress: 3 };

  test('of one address are bounded, whatever they do, and others have places', () => {
    const sockets = new HttpSockets(limits, () => 0);
    for (let i = 0; i < 3; i += 1) expect(sockets.opened('a')).toBe(true);
    sockets.asked('a');
    sockets.answered('a', true);
    expect(sockets.opened('a')).toBe(false);
    sockets.closed();
    for (let i = 0; i < 3; i += 1) expect(sockets.opened('b')).toBe(true);
    expect(sockets.open).toBe(6);
  });

  test('that end with their answer leave a place, as do those that become WebSockets', () => {
    const sockets = new HttpSockets(limits, () => 0);
    for (let i = 0; i < 20; i += 1) {
      expect(sockets.opened('a')).toBe(true);
      if (i % 2 === 0) {
        sockets.asked('a');
        sockets.answered('a', false);
        sockets.closed();
      } else {
        sockets.upgraded('a');
      }
    }
    expect(sockets.open).toBe(0);
  });

  test('that closed without a word do not count against an address while few are open at all', () => {
    const sockets = new HttpSockets(limits, () => 0);
    for (let i = 0; i < 50; i += 1) {
      expect(sockets.opened('a')).toBe(true);
      sockets.closed();
    }
  });

  test('that closed without a word are forgotten when the library would have closed them', () => {
    let now = 0;
    const sockets = new HttpSockets(limits, () => now);
    for (let i = 0; i < 3; i += 1) sockets.opened('a');
    for (let i = 0; i < 3; i += 1) sockets.closed();
    for (let i = 0; i < 3; i += 1) expect(sockets.opened('b')).toBe(true);
    expect(sockets.opened('a')).toBe(false);
    sockets.closed();
    now = 15_000;
    expect(sockets.opened('a')).toBe(true);
  });

  test('are bounded in all', () => {
    const sockets = new HttpSockets(limits, () => 0);
    for (let i = 0; i < 10; i += 1) expect(sockets.opened(`address ${i}`)).toBe(true);
    expect(sockets.opened('another')).toBe(false);
  });
});

test('as many as that are told to leave, and more only once the first have left', () => {
  let now = 0;
  const lingering = new Lingering(2, () => now);
  expect([lingering.mayTell(), lingering.mayTell(), lingering.mayTell()]).toEqual([true, true, false]);
  now = 19_000;
  expect(lingering.mayTell()).toBe(false);
  now = 22_000;
  expect(lingering.mayTell()).toBe(true);
});
