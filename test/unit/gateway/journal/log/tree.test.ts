/** The tree's hashes, roots and proofs: by the vectors of certificate transparency, and against RFC 9162 as it is written. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  GrowingTree,
  LeafHasher,
  TILE_LEAVES,
  TILE_LEVEL,
} from '../../../../../gateway/journal/log/growing-tree.ts';
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  isConsistent,
  leafHash,
  rangeRoot,
  rootFromInclusion,
  type Subtrees,
} from '../../../../../gateway/journal/log/tree.ts';
import { choosePrefixedDigests } from '../../../../../workers/prefixed-digests.ts';

const SHA = 'SHA-256';
const hex = (bytes: Uint8Array | null | undefined) => bytes && Buffer.from(bytes).toString('hex');

/** RFC 9162 clause 2.1.1 read aloud: slow, and nothing else. */
function naiveRoot(entries: readonly Uint8Array[], hash = 'sha256'): Buffer {
  const sha = (...parts: readonly Uint8Array[]) => createHash(hash).update(Buffer.concat(parts)).digest();
  const [only] = entries;
  if (only === undefined) return sha();
  if (entries.length === 1) return sha(Uint8Array.of(0), only);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha(Uint8Array.of(1), naiveRoot(entries.slice(0, k), hash), naiveRoot(entries.slice(k), hash));
}

const subtreesOf =
  (entries: readonly Uint8Array[]): Subtrees =>
  (level, index) =>
    naiveRoot(entries.slice(index * 2 ** level, (index + 1) * 2 ** level));

/** Input and roots used by certificate transparency's implementations for RFC 6962. */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => Buffer.from(text, 'hex'));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const native = choosePrefixedDigests('SHA-256');
const portable = choosePrefixedDigests('SHA-256', null);

describe('RFC 6962 vectors', () => {
  test('the empty tree', () => {
    expect(hex(emptyRoot(SHA))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test.each(ROOTS.map((root, i) => [i + 1, root] as const))('%i leaves', (size, root) => {
    const entries = ENTRIES.slice(0, size);
    expect(hex(rangeRoot(SHA, subtreesOf(entries), 0, size))).toBe(root);
    for (const digests of [native, portable]) {
      const tree = new GrowingTree(digests);
      tree.add(new LeafHasher(digests).hash(entries));
      expect([tree.size, hex(tree.root())]).toEqual([size, root]);
    }
  });

  test('inclusion of leaf 0 in 8, leaf 5 in 8, leaf 2 in 3, leaf 1 in 5', () => {
    const proofs = [
      [
        0,
        8,
        [
          '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
          '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
          '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
        ],
      ],
      [
        5,
        8,
        [
          'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
          'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
          'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
        ],
      ],
      [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
      [
        1,
        5,
        [
          '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
          '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
          'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        ],
      ],
    ] as const;
    for (const [index, size, proof] of proofs) {
      const entries = ENTRIES.slice(0, size);
      expect(inclusionProof(SHA, subtreesOf(entries), index, size).map(hex)).toEqual(proof);
    }
  });

  test('consistency of 1 with 8, 6 with 8, 2 with 5', () => {
    const proofs = [
      [
        1,
        8,
        [
          '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
          '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
          '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
        ],
      ],
      [
        6,
        8,
        [
          '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
          'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
          'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
        ],
      ],
      [
        2,
        5,
        [
          '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
          'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        ],
      ],
    ] as const;
    for (const [before, size, proof] of proofs) {
      expect(consistencyProof(SHA, subtreesOf(ENTRIES.slice(0, size)), before, size).map(hex)).toEqual(proof);
    }
  });
});

describe('against the RFC as it is written', () => {
  const trees = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 40 });

  test('every leaf has a proof, which leads to the root, and to no other when anything of it is changed', () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.nat(), (entries, at, bit) => {
        const index = at % entries.length;
        const root = hex(naiveRoot(entries));
        const proof = inclusionProof(SHA, subtreesOf(entries), index, entries.length);
        const leaf = leafHash(SHA, entries[index] ?? new Uint8Array());
        expect(hex(rootFromInclusion(SHA, leaf, index, entries.length, proof))).toBe(root);
        expect(hex(rootFromInclusion(SHA, flipped(leaf, bit), index, entries.length, proof))).not.toBe(root);
        expect(hex(rootFromInclusion(SHA, leaf, index, entries.length, [...proof, leaf]))).not.toBe(root);
        const [first, ...others] = proof;
        if (first === undefined) return;
        expect(hex(rootFromInclusion(SHA, leaf, index, entries.length, others))).not.toBe(root);
        const spoilt = [flipped(first, bit), ...others];
        expect(hex(rootFromInclusion(SHA, leaf, index, entries.length, spoilt))).not.toBe(root);
      }),
    );
  });

  test('every tree goes on from every smaller one, and from no other', () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.nat(), (entries, at, bit) => {
        const size = 1 + (at % entries.length);
        const older = { size, root: naiveRoot(entries.slice(0, size)) };
        const newer = { size: entries.length, root: naiveRoot(entries) };
        const proof = consistencyProof(SHA, subtreesOf(entries), size, entries.length);
        expect(isConsistent(SHA, older, newer, proof)).toBe(true);
        expect(isConsistent(SHA, { ...older, root: flipped(older.root, bit) }, newer, proof)).toBe(false);
        expect(isConsistent(SHA, older, { ...newer, root: flipped(newer.root, bit) }, proof)).toBe(false);
        expect(isConsistent(SHA, older, newer, [...proof, older.root])).toBe(false);
      }),
    );
  });

  test('a tree that grew in any steps, by leaves and by whole tiles, has the root that is written', () => {
    const steps = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(steps, fc.nat({ max: 2 }), (counts, known) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        const entries = Array.from({ length: known * TILE_LEAVES + total }, (_, i) => Buffer.of(i, i >> 8));
        const tiles: string[] = [];
        const tree = new GrowingTree(native, (hash) => void tiles.push(Buffer.from(hash).toString('hex')));
        const subtrees = subtreesOf(entries);
        for (let tile = 0; tile < known; tile += 1) tree.addTile(subtrees(TILE_LEVEL, tile));
        let at = known * TILE_LEAVES;
        for (const count of counts) {
          tree.add(new LeafHasher(portable).hash(entries.slice(at, at + count)));
          at += count;
        }
        expect([tree.size, hex(tree.root())]).toEqual([entries.length, hex(naiveRoot(entries))]);
        expect(tiles).toEqual(
          Array.from({ length: Math.floor(total / TILE_LEAVES) }, (_, i) =>
            hex(subtrees(TILE_LEVEL, known + i)),
          ),
        );
      }),
      { numRuns: 20 },
    );
  });
});

test('digests of the addon and of JavaScript are the same, and both refuse bounds outside of the bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (parts) => {
      const bytes = Buffer.concat([Buffer.of(9), ...parts]);
      const starts = parts.map((_, i) => 1 + Buffer.concat(parts.slice(0, i)).length);
      const bounds = Uint32Array.from(starts.flatMap((start, i) => [start, start + (parts[i]?.length ?? 0)]));
      const made = [native, portable].map((digests) => {
        const out = new Uint8Array(parts.length * 32);
        digests(7, bytes, bounds, out);
        return out;
      });
      expect(made[0]).toEqual(made[1]);
    }),
  );
  for (const digests of [native, portable]) {
    expect(() => digests(0, new Uint8Array(3), Uint32Array.of(1, 4), new Uint8Array(32))).toThrow();
    expect(() => digests(0, new Uint8Array(3), Uint32Array.of(2, 1), new Uint8Array(32))).toThrow();
    expect(() => digests(0, new Uint8Array(3), Uint32Array.of(0, 1), new Uint8Array(31))).toThrow();
  }
});

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

describe('a tree of SM3', () => {
  test.each([choosePrefixedDigests('SM3'), choosePrefixedDigests('SM3', null)])(
    'has the root that is written, and its proofs lead there',
    (digests) => {
      const entries = Array.from({ length: 2 * TILE_LEAVES + 77 }, (_, i) => Buffer.of(i, i >> 8));
      const tree = new GrowingTree(digests);
      tree.add(new LeafHasher(digests).hash(entries));
      const root = naiveRoot(entries, 'sm3');
      expect(hex(tree.root())).toBe(hex(root));
      const subtrees: Subtrees = (level, index) =>
        naiveRoot(entries.slice(index * 2 ** level, (index + 1) * 2 ** level), 'sm3');
      for (const index of [0, 255, 256, entries.length - 1]) {
        const proof = inclusionProof('SM3', subtrees, index, entries.length);
        const leaf = leafHash('SM3', entries[index] ?? new Uint8Array());
        expect(hex(rootFromInclusion('SM3', leaf, index, entries.length, proof))).toBe(hex(root));
        expect(hex(rootFromInclusion(SHA, leaf, index, entries.length, proof))).not.toBe(hex(root));
      }
    },
  );
});
