/** The names of a batch, by the native addon and without it, against the names the journal makes one by one. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPseudonyms } from '../../../gateway/journal/pseudonym.ts';
import { loadAddon } from '../../../native/index.ts';
import { personalText } from '../../../workers/claims.ts';
import type { PackedItem, ProofFacts } from '../../../workers/contract.ts';
import { chooseDigestBatch, DigestRequest } from '../../../workers/names/digest-batch.ts';
import { Naming } from '../../../workers/names/naming.ts';

const { addon } = loadAddon();
const BACKENDS = [
  { name: 'without the addon', digestBatch: chooseDigestBatch(null), there: true },
  { name: 'by the addon', digestBatch: chooseDigestBatch(addon), there: addon !== null },
];
const pseudonyms = createPseudonyms(Uint8Array.from({ length: 32 }, (_, i) => i));

const factsOf = (credentialId: string, subject: string, nonce: string): ProofFacts => ({
  credentialId: personalText(credentialId),
  subject: personalText(subject),
  nonce,
  issuer: 'i',
  region: 'cq',
  mode: 'm',
  replayableUntilMs: null,
  validUntilMs: 0,
  holderBound: true,
  claims: {},
});
const shown = fc.record({
  scene: fc.stringMatching(/^[a-z0-9/]{1,40}$/),
  packedInput: fc.uint8Array({ maxLength: 900 }),
  proven: fc.option(fc.tuple(fc.string(), fc.string({ unit: 'grapheme' }), fc.string())),
});

describe.each(BACKENDS)('names $name', ({ digestBatch, there }) => {
  test.skipIf(!there)('are those of the journal, in batches of any size', () => {
    const naming = new Naming(pseudonyms.keys, digestBatch);
    fc.assert(
      fc.property(fc.array(shown, { maxLength: 90 }), (all) => {
        const items: PackedItem[] = all.map(({ scene, packedInput }) => ({
          family: 'f',
          scene,
          packedInput,
          atMs: 0,
        }));
        const verdicts = all.map(({ proven }) => ({ facts: proven && factsOf(...proven) }));
        const expected = all.flatMap(({ scene, packedInput, proven }) => {
          const presentation = pseudonyms.presentation('f', scene, packedInput);
          if (proven === null) return [presentation];
          const [id, subject, nonce] = proven;
          return [
            presentation,
            pseudonyms.credential(id),
            pseudonyms.subject(subject),
            pseudonyms.replay(id, nonce),
          ];
        });
        expect(Buffer.from(naming.nameAll(items, verdicts))).toEqual(Buffer.concat(expected));
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  test.skipIf(!there)('of no items are none', () => {
    expect(new Naming(pseudonyms.keys, digestBatch).nameAll([], [])).toHaveLength(0);
  });
});

test('a key of another length is refused', () => {
  expect(() => new DigestRequest([new Uint8Array(31)], chooseDigestBatch(null))).toThrow(RangeError);
});
