/** The names of a batch, by the native addon and without it, against the names the journal makes one by one. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPseudonyms } from '../../../gateway/journal/pseudonym.ts';
import { loadAddon } from '../../../native/index.ts';
import { personalText } from '../../../workers/claims.ts';
import type { PackedItem, ProofFacts, ProofVerdict, ProveStats } from '../../../workers/contract.ts';
import { chooseDigestBatch, DigestRequest } from '../../../workers/names/digest-batch.ts';
import { Naming } from '../../../workers/names/naming.ts';
import { packVerdicts, unpackReply } from '../../../workers/reply-packing.ts';

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
const verdictOf = ({ facts }: { readonly facts: ProofFacts | null }): ProofVerdict => ({
  ...{
    ok: facts !== null,
    code: facts === null ? 'signature.user' : 'proof.ok',
    failed: null,
    checks: [],
    facts,
  },
});
const STATS: ProveStats = {
  ...{ engine: 'e', busyMs: 0, signatures: 0 },
  ...{ chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 },
};
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

  test.skipIf(!there)(
    'under the keys of a cluster are of bearers alone, and the same at all its gateways',
    () => {
      const clusterKeys = [7, 8].map((byte) => new Uint8Array(32).fill(byte));
      const other = createPseudonyms(new Uint8Array(32).fill(9));
      const items = ['transit-qr', 'chip-oda', 'hcert', 'token', 'transit-qr'].map(
        (family): PackedItem => ({ family, scene: 's', packedInput: new Uint8Array(3), atMs: 0 }),
      );
      const verdicts = items.map(({ family }, i) => ({
        facts: i === 4 ? null : { ...factsOf('card', 'person', 'now'), holderBound: family !== 'hcert' },
      }));
      const namesAt = (keys: typeof pseudonyms.keys, sharedKeys: readonly Uint8Array[]) => {
        const naming = new Naming(keys, digestBatch, sharedKeys);
        const names = Uint8Array.from(naming.nameAll(items, verdicts));
        const reply = unpackReply(packVerdicts(verdicts.map(verdictOf), names, STATS, naming.shared));
        if (reply.kind !== 'verdicts') throw new Error('no verdicts');
        expect(reply.verdicts.map(({ facts }) => facts?.subjectName)).toEqual(
          verdicts.map(({ facts }) => (facts === null ? undefined : expect.any(Uint8Array))),
        );
        return reply.verdicts.map(({ facts }) => facts?.sharedNames);
      };
      const here = namesAt(pseudonyms.keys, clusterKeys);
      expect(here.map((names) => names?.length)).toEqual([2, undefined, undefined, 2, undefined]);
      expect(here[0]).toEqual(here[3]);
      expect(namesAt(other.keys, clusterKeys)).toEqual(here);
      expect(namesAt(other.keys, clusterKeys.slice(1))[0]).toEqual(here[0]?.slice(1));
      expect(namesAt(pseudonyms.keys, []).every((names) => names === undefined)).toBe(true);
      expect(() => new Naming(pseudonyms.keys, digestBatch, [...clusterKeys, new Uint8Array(32)])).toThrow(
        RangeError,
      );
    },
  );

  test.skipIf(!there)('of no items are none', () => {
    expect(new Naming(pseudonyms.keys, digestBatch).nameAll([], [])).toHaveLength(0);
  });
});

test('a key of another length is refused', () => {
  expect(() => new DigestRequest([new Uint8Array(31)], chooseDigestBatch(null))).toThrow(RangeError);
});
