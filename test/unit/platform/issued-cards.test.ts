/** What the platform issues is proven by the verifier, under the names that the card list has. */
import { describe, expect, it } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { rideCode } from '../../../platform/issue/transit-qr.ts';
import type { ProveItem } from '../../../workers/contract.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { binForm } from '../../../workers/families/byte-form.ts';
import { familyNamed } from '../../../workers/families/table.ts';
import { Prover } from '../../../workers/prove.ts';

const NOW = Date.UTC(2026, 10, 20, 8);
const YEAR_MS = 365 * 86_400_000;
const city = createCity({ seed: 'issued', cards: 100, now: NOW });
const prover = new Prover(createPortableEngine(), 1_000_000);
const revision = prover.loadTrust(city.trustDocument());
const INDEXES = [0, 1, 2, 3, 98, 99];
const TERMINAL = {
  '9F37': Uint8Array.of(9, 8, 7, 6),
  '9F02': Uint8Array.of(0, 0, 0, 0, 2, 0),
  '5F2A': Uint8Array.of(0x01, 0x56),
};

function item(familyName: string, credential: unknown, context: unknown, atMs: number): ProveItem {
  const family = familyNamed(familyName);
  if (!family) throw new Error(`no family ${familyName}`);
  return { family: familyName, input: family.read(credential, context, binForm), atMs };
}

function proven(item: ProveItem) {
  const [verdict] = prover.prove([item], revision, true);
  return verdict;
}

function listed(index: number) {
  const [chip, ride] = city.listEntries({ ...city.identity(index), state: 'good' });
  return { chip, ride };
}

describe.each(INDEXES)('card %i', (index) => {
  const card = city.card(index);

  it.each(['dda', 'cda', 'fdda'] as const)('is proven by %s', (mode) => {
    const { credential, context } = card.chip.tap({ mode, terminal: TERMINAL, counter: index + 1 });
    const verdict = proven(item('chip-oda', credential, context, NOW));
    expect([verdict?.code, verdict?.failed]).toEqual(['proof.ok', null]);
    expect([verdict?.facts?.issuer, verdict?.facts?.credentialId]).toEqual(listed(index).chip?.slice(0, 2));
    expect(verdict?.facts).toMatchObject({ mode, region: 'cq', subject: card.identity.pan });
  });

  it('makes ride codes that are proven', () => {
    for (const custom of [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(32)]) {
      const code = rideCode({ account: card.transit, nowMs: NOW, custom });
      expect(code.length).toBe(332 + custom.length);
      const verdict = proven(item('transit-qr', { code }, {}, NOW));
      expect([verdict?.code, verdict?.failed]).toEqual(['proof.ok', null]);
      expect([verdict?.facts?.issuer, verdict?.facts?.credentialId]).toEqual(listed(index).ride?.slice(0, 2));
      expect(verdict?.facts?.mode).toBe(card.identity.local ? 'local-81' : 'interoperable');
    }
  });

  it('is good for years around the clock it was made for', () => {
    for (const atMs of [NOW - YEAR_MS, NOW + 4 * YEAR_MS]) {
      const { credential, context } = card.chip.tap({ mode: 'dda', terminal: TERMINAL });
      expect(proven(item('chip-oda', credential, context, atMs))?.code).toBe('proof.ok');
      const code = rideCode({ account: card.transit, nowMs: atMs });
      expect(proven(item('transit-qr', { code }, {}, atMs))?.code).toBe('proof.ok');
    }
  });
});

it('makes an authorisation once for the codes of a day', () => {
  const { transit } = city.card(4);
  const authorisation = (nowMs: number) =>
    Buffer.from(rideCode({ account: transit, nowMs }).subarray(3, 263)).toString('hex');
  expect(authorisation(NOW + 1_000)).toBe(authorisation(NOW));
  expect(authorisation(NOW + 86_400_000)).not.toBe(authorisation(NOW));
});
