/** The names of a batch, by the native addon and without it, against the names the journal makes one by one. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPseudonyms } from '../../../gateway/journal/pseudonym.ts';
import { loadAddon } from '../../../native/index.ts';
import { personalText } from '../../../workers/claims.ts';
import type { PackedItem, ProofFacts, ProofVerdict, ProveStats } from '../../../workers/contract.ts';
import { chooseDigestBatch, DigestRequest } from '../../../workers/names/digest-batch.ts';
import { keyedDigest, lengthFirst, type NameAlgorithm } from '../../../workers/names/keyed-digest.ts';
import { Naming, type SharedNamingKey } from '../../../workers/names/naming.ts';
import { packVerdicts, unpackReply } from '../../../workers/reply-packing.ts';

const { addon } = loadAddon();
const ALGORITHMS: readonly NameAlgorithm[] = ['HMAC-SHA-256', 'HMAC-SM3'];
const BACKENDS = [
  {
    name: 'without the addon',
    digestBatch: (algorithm: NameAlgorithm) => chooseDigestBatch(algorithm, null),
    there: true,
  },
  { name: 'by the addon', digestBatch: chooseDigestBatch, there: addon !== null },
].flatMap((each) => ALGORITHMS.map((algorithm) => ({ ...each, algorithm })));
const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);

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

describe.each(BACKENDS)('names of $algorithm $name', ({ digestBatch, there, algorithm }) => {
  const pseudonyms = createPseudonyms(KEY, algorithm);
  const former = createPseudonyms(KEY, algorithm === 'HMAC-SM3' ? 'HMAC-SHA-256' : 'HMAC-SM3');

  test.skipIf(!there)('are those of the journal, in batches of any size', () => {
    const naming = new Naming({ keys: pseudonyms.keys, digestBatch });
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
      const clusterKeys = [7, 8].map((byte) => ({ algorithm, key: new Uint8Array(32).fill(byte) }));
      const other = createPseudonyms(new Uint8Array(32).fill(9), algorithm);
      const items = ['transit-qr', 'chip-oda', 'hcert', 'token', 'transit-qr'].map(
        (family): PackedItem => ({ family, scene: 's', packedInput: new Uint8Array(3), atMs: 0 }),
      );
      const verdicts = items.map(({ family }, i) => ({
        facts: i === 4 ? null : { ...factsOf('card', 'person', 'now'), holderBound: family !== 'hcert' },
      }));
      const namesAt = (keys: typeof pseudonyms.keys, sharedKeys: readonly SharedNamingKey[]) => {
        const naming = new Naming({ keys, digestBatch, sharedKeys });
        const names = Uint8Array.from(naming.nameAll(items, verdicts));
        const reply = unpackReply(packVerdicts(verdicts.map(verdictOf), names, STATS, naming.further));
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
      const three = [...clusterKeys, { algorithm, key: new Uint8Array(32) }];
      expect(() => new Naming({ keys: pseudonyms.keys, digestBatch, sharedKeys: three })).toThrow(RangeError);
    },
  );

  test.skipIf(!there)('of no items are none', () => {
    expect(new Naming({ keys: pseudonyms.keys, digestBatch }).nameAll([], [])).toHaveLength(0);
  });

  test.skipIf(!there)('while algorithms change, each proven item has those of before too', () => {
    const sharedKeys = ALGORITHMS.map((each) => ({ algorithm: each, key: new Uint8Array(32).fill(7) }));
    const naming = new Naming({ keys: pseudonyms.keys, digestBatch, sharedKeys, formerKeys: former.keys });
    const items = ['transit-qr', 'transit-qr', 'hcert'].map(
      (family): PackedItem => ({ family, scene: 's', packedInput: new Uint8Array(3), atMs: 0 }),
    );
    const verdicts = [factsOf('card', 'person', 'now'), null, factsOf('paper', 'person', 'now')].map(
      (facts) => ({ facts: facts && { ...facts, holderBound: facts.nonce === 'now' } }),
    );
    const names = naming.nameAll(items, verdicts);
    const reply = unpackReply(packVerdicts(verdicts.map(verdictOf), names, STATS, naming.further));
    if (reply.kind !== 'verdicts') throw new Error('no verdicts');
    const [bearer, unproven, other] = reply.verdicts.map(({ facts }) => facts);
    expect(unproven).toBeNull();
    expect(bearer?.subjectName).toEqual(pseudonyms.subject('person'));
    expect(bearer?.former).toEqual({
      credential: former.credential('card'),
      subject: former.subject('person'),
      replay: former.replay('card', 'now'),
    });
    expect(bearer?.sharedNames).toEqual(
      sharedKeys.map((each) => keyedDigest(each.key, each.algorithm)(lengthFirst('card', 'now'))),
    );
    expect(other?.former?.credential).toEqual(former.credential('paper'));
    expect(other?.sharedNames).toBeUndefined();
  });
});

test('a key of another length is refused', () => {
  expect(() => new DigestRequest([new Uint8Array(31)], chooseDigestBatch('HMAC-SM3', null))).toThrow(
    RangeError,
  );
});
