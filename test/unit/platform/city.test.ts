/** A city is its seed: the same bytes every time, each card on its own. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ENTITLEMENTS } from '../../../platform/cards/identity.ts';
import { type City, createCity } from '../../../platform/city.ts';
import { presentationAsHex } from '../../../platform/issue/chip-presentation.ts';
import { rideCode } from '../../../platform/issue/transit-qr.ts';
import { toHex } from '../../../workers/codecs/hex.ts';

const NOW = Date.UTC(2026, 10, 20, 8);
const city = createCity({ seed: 'pinned', cards: 100_000, now: NOW });
const TERMINAL = {
  '9F37': Uint8Array.of(0x63, 0xaf, 0xc6, 0x00),
  '9F02': Uint8Array.of(0, 0, 0, 0, 1, 0),
  '5F2A': Uint8Array.of(0x01, 0x56),
};

function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

function everythingOf(from: City, index: number): unknown {
  const card = from.card(index);
  return [
    card.identity.pan,
    ...(['dda', 'cda', 'fdda'] as const).map((mode) =>
      presentationAsHex(card.chip.tap({ mode, terminal: TERMINAL })),
    ),
    toHex(rideCode({ account: card.transit, nowMs: NOW })),
    from.listEntries(card.identity),
  ];
}

describe('createCity', () => {
  it('is pinned: trust, an SM2 card and an RSA card', () => {
    const { anchors, ...rest } = city.trustDocument();
    const byFamily = Object.groupBy(anchors, ({ family }) => family);
    const pinned = Object.entries(byFamily).map(([family, own]) => [family, fingerprint(own)]);
    expect(Object.fromEntries(pinned)).toEqual({
      'card-pki': 'e3e05d7d9851e06d',
      'chip-oda': '8552cc30468de1e9',
      hcert: '63205b57e93b5cdb',
      mdoc: 'eb8df1d820351cd3',
      'sd-jwt': 'c1e2a0d4162e0321',
      shc: 'f148582cbda2265e',
      'transit-qr': '56016936237fab2c',
    });
    expect(fingerprint(rest)).toBe('70354c5586c532e0');
    expect(fingerprint(everythingOf(city, 70_122))).toBe('076b5ab302fb4e59');
    expect(fingerprint(everythingOf(city, 70_123))).toBe('c52ba49acd4bf2cb');
  });

  it('makes a card without making those before it, and again in another city of the seed', () => {
    const again = createCity({ seed: 'pinned', cards: 70_124, now: NOW + 1 });
    expect(everythingOf(again, 70_123)).toEqual(everythingOf(city, 70_123));
    const other = createCity({ seed: 'another', cards: 70_124, now: NOW });
    expect(other.trustDocument()).not.toEqual(city.trustDocument());
    expect(() => again.card(70_124)).toThrow(RangeError);
  });

  it('takes turns between the chip algorithms unless told otherwise', () => {
    expect([0, 1, 2, 3].map((i) => city.identity(i).alg)).toEqual(['sm2', 'rsa', 'sm2', 'rsa']);
    const rsaOnly = createCity({ seed: 'pinned', cards: 4, now: NOW, chips: 'rsa' });
    expect([0, 1, 2, 3].map((i) => rsaOnly.identity(i).alg)).toEqual(['rsa', 'rsa', 'rsa', 'rsa']);
  });

  it('gives every card numbers of its own', () => {
    const pans = new Set<string>();
    const names = new Set<string>();
    for (let i = 0; i < 2_000; i += 1) {
      const identity = city.identity(i);
      pans.add(identity.pan);
      for (const [, credentialId] of city.listEntries({ ...identity, state: 'good' }))
        names.add(credentialId);
    }
    expect(pans.size).toBe(2_000);
    expect(names.size).toBe(4_000);
  });

  it('has mostly good cards, some of every other state, and every entitlement', () => {
    const states: Record<string, number> = {};
    const groups: Record<string, number> = {};
    for (let i = 0; i < 10_000; i += 1) {
      const { state, entitlements } = city.identity(i);
      states[state] = (states[state] ?? 0) + 1;
      for (const [group, bit] of Object.entries(ENTITLEMENTS)) {
        if (entitlements & bit) groups[group] = (groups[group] ?? 0) + 1;
      }
    }
    expect(states).toEqual({ good: 9697, suspended: 98, lost: 60, replaced: 57, cancelled: 37, unknown: 51 });
    expect(groups).toEqual({
      ...{ senior: 1812, student: 1228, disabled: 283, unemployed: 305 },
      ...{ veteran: 288, 'medical-staff': 293, 'foreign-worker': 275 },
    });
  });

  it('leaves unknown cards out of the list', () => {
    const identity = city.identity(0);
    expect(city.listEntries({ ...identity, state: 'unknown' })).toEqual([]);
    expect(city.listEntries({ ...identity, state: 'lost' }).map(([, , state]) => state)).toEqual([
      'lost',
      'lost',
    ]);
  });

  it('refuses sizes that are none', () => {
    for (const cards of [-1, 0.5, 20_000_001]) {
      expect(() => createCity({ seed: 's', cards, now: NOW })).toThrow(RangeError);
    }
  });
});
