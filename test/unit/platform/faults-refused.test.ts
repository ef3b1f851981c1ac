/** Every fault that `onecard issue --fault` makes is refused, and the same card without it is proven. */
import { describe, expect, test } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { faultsOf, presentationLine, SHOWN_FAMILIES } from '../../../platform/issue/presentations.ts';
import { createVerifier } from '../../../verify/index.ts';
import { familyNamed } from '../../../workers/families/table.ts';

const CARDS = 6;
const now = Date.parse('2026-11-20T08:00:00Z');
const city = createCity({ seed: 'faults', cards: CARDS, now, rsaCardKeys: 2, holderOnChips: 1 });
const verifier = createVerifier(city.trustDocument());
const codesOf = (family: string, fault: string | null) =>
  Array.from({ length: CARDS }, (_, index) => {
    const showing = { city, index, atMs: now, mode: 'dda', chip: 0, nonce: null, fault } as const;
    const [proof] = verifier.verify([presentationLine(family, showing)]);
    return proof?.code;
  });
/** A code that somebody else resolves is proven by nobody here. */
const proven = SHOWN_FAMILIES.filter((name) => familyNamed(name)?.anchorSchemas.length !== 0);

describe.each(proven)('%s', (family) => {
  test('is proven without a fault', () => {
    expect(new Set(codesOf(family, null))).toEqual(new Set(['proof.ok']));
  });

  test('says nothing but what its columns in the table of families name', () => {
    const { claims = [], discloses = [] } = familyNamed(family) ?? {};
    const isNamed = (claim: string) =>
      claims.some((each) => (each.endsWith('*') ? claim.startsWith(each.slice(0, -1)) : claim === each));
    for (const mode of ['dda', 'cda'] as const) {
      const showing = { city, index: 0, atMs: now, mode, chip: 0, nonce: null, fault: null } as const;
      const [proof] = verifier.verify([presentationLine(family, showing)]);
      const said = Object.keys(proof?.facts?.claims ?? {});
      expect(said.length).toBeGreaterThan(0);
      expect(said.filter((claim) => !isNamed(claim))).toEqual([]);
      const shown = Object.keys(proof?.facts?.disclosed ?? {});
      expect(discloses.length > 0).toBe(shown.length > 0);
      expect(discloses).toEqual(expect.arrayContaining(shown));
    }
  });

  test.each([...faultsOf(family)])('is refused: %s', (fault) => {
    const codes = codesOf(family, fault);
    expect(codes).not.toContain('proof.ok');
    expect(codes).not.toContain('proof.internal');
    expect(codes).not.toContain(undefined);
  });
});
