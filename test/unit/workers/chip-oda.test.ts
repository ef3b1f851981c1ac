/** `chip-oda` below the command line: caches, both written forms, data object lists, hostile input. */
import fc from 'fast-check';
import { pack, unpack } from 'msgpackr';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { presentationAsHex } from '../../../platform/issue/chip-presentation.ts';
import { SlabCache } from '../../../workers/cache/slab-cache.ts';
import { fromHex, toHex } from '../../../workers/codecs/hex.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { binForm, hexForm } from '../../../workers/families/byte-form.ts';
import { buildDolData } from '../../../workers/families/chip-oda/data-object-list.ts';
import { type ChipOdaInput, chipOda } from '../../../workers/families/chip-oda/family.ts';
import { CHIP_MODES, type ChipMode, type DataObjects } from '../../../workers/families/chip-oda/input.ts';
import type { ByteForm, PendingProof } from '../../../workers/families/family.ts';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { finish } from '../../../workers/trust/loading.ts';

const NOW = Date.UTC(2026, 10, 20, 8);
const city = createCity({ seed: 'chip-oda', cards: 100, now: NOW });
const engine = createPortableEngine();
const TERMINAL = {
  '9F37': Uint8Array.of(0x63, 0xaf, 0xc6, 0x00),
  '9F02': Uint8Array.of(0, 0, 0, 0, 1, 0),
  '5F2A': Uint8Array.of(0x01, 0x56),
};
/** Cards take turns between the algorithms. */
const CARDS = { sm2: 0, rsa: 1 } as const;

function load(document: TrustDocument = city.trustDocument(), rememberedBytes = 1_000_000) {
  const counters = { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 };
  const cache = new SlabCache(rememberedBytes);
  const setting = { engine, cache, openSpace: (part: string) => cache.open(part), counters };
  return { counters, cache, trust: finish(chipOda.loadTrust(document, setting)) };
}

function tapOf(card: number, mode: ChipMode, terminal: Record<string, Uint8Array> = TERMINAL) {
  return city.card(card).chip.tap({ mode, terminal });
}

function inputOf(card: number, mode: ChipMode, terminal?: Record<string, Uint8Array>): ChipOdaInput {
  const { credential, context } = tapOf(card, mode, terminal);
  return chipOda.read(credential, context, binForm);
}

/** The code of the first check that fails, and whether signatures were left to the engine. */
function settle(proof: PendingProof): string {
  for (const check of proof.checks) {
    if ('slow' in check) throw new TypeError('a chip has no slow checks');
    if ('job' in check ? engine.verify([check.job])[0] !== 1 : !check.ok) return check.code;
  }
  proof.remember?.();
  return proof.facts === null ? 'no facts' : 'proof.ok';
}
const jobs = (proof: PendingProof) => proof.checks.filter((check) => 'job' in check).length;

describe('caches', () => {
  it.each([
    ['sm2', 3, 1],
    ['rsa', 0, 0],
  ] as const)('%s: certificates are proven once, the dynamic signature each time', (alg, cold, warm) => {
    const { trust, counters } = load();
    const first = chipOda.begin(inputOf(CARDS[alg], 'dda'), trust, NOW);
    expect(jobs(first)).toBe(cold);
    expect(settle(first)).toBe('proof.ok');
    expect(counters).toMatchObject({ chainHits: 0, chainMisses: 2 });
    const second = chipOda.begin(inputOf(CARDS[alg], 'cda'), trust, NOW);
    expect(jobs(second)).toBe(warm);
    expect(settle(second)).toBe('proof.ok');
    expect(counters).toMatchObject({ chainHits: 2, chainMisses: 2 });
    const names = (proof: PendingProof) => proof.checks.map(({ check }) => check);
    const third = chipOda.begin(inputOf(CARDS[alg], 'dda'), trust, NOW);
    expect(names(third)).toEqual(names(first));
  });

  it('remembers nothing of a proof that did not hold', () => {
    const { trust, counters } = load();
    const input = inputOf(CARDS.sm2, 'dda');
    const forged = { ...input, tags: { ...input.tags, '9F4B': withLastByte(input.tags['9F4B'], 0x55) } };
    expect(settle(chipOda.begin(forged, trust, NOW))).toBe('signature.dynamic_data');
    expect(settle(chipOda.begin(input, trust, NOW))).toBe('proof.ok');
    expect(counters).toMatchObject({ chainHits: 0, chainMisses: 4 });
  });

  it.each(['sm2', 'rsa'] as const)(
    '%s: a remembered chain still expires and must still fit the card number',
    (alg) => {
      const { trust } = load();
      const input = inputOf(CARDS[alg], 'dda');
      const proof = chipOda.begin(input, trust, NOW);
      expect(settle(proof)).toBe('proof.ok');
      const endMs = proof.facts?.validUntilMs ?? 0;
      expect(settle(chipOda.begin(input, trust, endMs))).toBe('proof.ok');
      expect(settle(chipOda.begin(input, trust, endMs + 1))).toMatch(/expired$/);
      // Another card number under a remembered certificate.
      const other = { ...input, tags: { ...input.tags, '5A': fromHex('6299990000000000') } };
      expect(settle(chipOda.begin(other, trust, NOW))).toBe('credential.identity_mismatch');
    },
  );

  it.each(['sm2', 'rsa'] as const)('%s: an empty value is not taken for one that is not there', (alg) => {
    const { trust } = load();
    const input = inputOf(CARDS[alg], 'dda');
    expect(settle(chipOda.begin(input, trust, NOW))).toBe('proof.ok');
    const empty = { ...input, tags: { ...input.tags, '93': new Uint8Array() } };
    expect(settle(chipOda.begin(empty, trust, NOW))).toBe('credential.truncated');
  });

  it('holds no more than its limit, and works with the smallest', () => {
    for (const bytes of [0, 255, 256, 1_000, 10_000]) {
      const { trust, cache } = load(city.trustDocument(), bytes);
      for (let card = 0; card < 25; card++) {
        expect(settle(chipOda.begin(inputOf(card, 'dda'), trust, NOW))).toBe('proof.ok');
      }
      const used = [...cache.usage().values()].reduce((sum, each) => sum + each, 0);
      expect(cache.capacityBytes).toBeLessThanOrEqual(bytes);
      expect(used).toBeLessThanOrEqual(cache.capacityBytes);
      if (bytes === 10_000) expect(used).toBeGreaterThan(5_000);
    }
  });
});

describe('forms of input', () => {
  it.each(CHIP_MODES)('%s: JSON and MessagePack say the same, also after crossing to a thread', (mode) => {
    for (const card of [CARDS.sm2, CARDS.rsa]) {
      const tap = tapOf(card, mode);
      const fromBin = chipOda.read(tap.credential, tap.context, binForm);
      const { credential, context } = presentationAsHex(tap);
      const hexOf = (objects: DataObjects) =>
        Object.entries(objects).map(([tag, value]) => [tag, toHex(value)]);
      const plain = (input: ChipOdaInput) => [
        input.mode,
        hexOf(input.tags),
        hexOf(input.terminal),
        toHex(input.staticData),
        input.transactionData && toHex(input.transactionData),
        input.ambiguous,
      ];
      expect(plain(chipOda.read(credential, context, hexForm))).toEqual(plain(fromBin));
      const crossed = unpack(pack(fromBin)) as ChipOdaInput;
      expect(plain(crossed)).toEqual(plain(fromBin));
      expect(settle(chipOda.begin(crossed, load().trust, NOW))).toBe('proof.ok');
    }
  });

  const shapes = (form: ByteForm) => ({
    credential: Compile(chipOda.credentialSchema(form)),
    context: Compile(chipOda.contextSchema(form)),
  });

  it.each([
    ['hex', hexForm, (bytes: number): unknown => '00'.repeat(bytes)],
    ['bin', binForm, (bytes: number): unknown => new Uint8Array(bytes)],
  ] as const)('%s: names, sizes and counts are bounded', (_, form, value) => {
    const { credential, context } = shapes(form);
    const tags = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`DF${(i + 1).toString(16).padStart(2, '0')}`, value(1)]),
      );
    expect(credential.Check({ tags: {} })).toBe(true);
    expect(credential.Check({ tags: { '9F37': value(512), '5a': value(0) }, staticData: value(4096) })).toBe(
      true,
    );
    expect(credential.Check({ tags: tags(64) })).toBe(true);
    expect(credential.Check({ tags: tags(65) })).toBe(false);
    expect(credential.Check({ tags: { '9F37': value(513) } })).toBe(false);
    expect(credential.Check({ tags: { '9F': value(1) } })).toBe(false);
    expect(credential.Check({ tags: { mode: value(1) } })).toBe(false);
    expect(credential.Check({ tags: {}, staticData: value(4097) })).toBe(false);
    expect(credential.Check({ tags: {}, more: value(1) })).toBe(false);
    expect(credential.Check({})).toBe(false);
    expect(context.Check({ mode: 'dda' })).toBe(true);
    expect(context.Check({ mode: 'cda', terminal: { '9F37': value(4) }, transactionData: value(4096) })).toBe(
      true,
    );
    expect(context.Check({ mode: 'sda' })).toBe(false);
    expect(context.Check({ mode: 'DDA' })).toBe(false);
    expect(context.Check({})).toBe(false);
    expect(context.Check({ mode: 'cda', transactionData: value(4097) })).toBe(false);
  });

  it('transaction data stand in either place, and not unlike in both', () => {
    const { trust } = load();
    const { credential, context } = tapOf(CARDS.rsa, 'cda');
    const { transactionData = new Uint8Array(), ...bare } = context;
    const code = (a: object, b: object) => settle(chipOda.begin(chipOda.read(a, b, binForm), trust, NOW));
    expect(code({ ...credential, transactionData }, bare)).toBe('proof.ok');
    expect(code({ ...credential, transactionData }, context)).toBe('proof.ok');
    expect(code({ ...credential, transactionData: transactionData.slice(1) }, context)).toBe(
      'credential.malformed',
    );
    expect(code(credential, bare)).toBe('credential.data_missing');
  });
});

describe('buildDolData', () => {
  it('fills up and shortens by format (EMV Book 3 clause 5.4)', () => {
    const terminal = { '9F02': fromHex('000000000100'), '9F33': fromHex('e0f8c8'), '9A': fromHex('261120') };
    const build = (tag: string, length: number, constructed = false) =>
      toHex(buildDolData([{ tag, length, constructed }], terminal));
    expect(build('9F02', 6)).toBe('000000000100');
    expect(build('9F02', 2)).toBe('0100');
    expect(build('9F02', 8)).toBe('0000000000000100');
    expect(build('9F33', 2)).toBe('e0f8');
    expect(build('9F33', 5)).toBe('e0f8c80000');
    expect(build('9F33', 3, true)).toBe('000000');
    expect(build('9F1A', 2)).toBe('0000');
    expect(build('9A', 0)).toBe('');
    const entry = (tag: string, length: number) => ({ tag, length, constructed: false });
    const together = [entry('9A', 4), entry('9F33', 1), entry('9F02', 1)];
    expect(toHex(buildDolData(together, terminal))).toBe('00261120e000');
  });
});

describe('hostile input', () => {
  const { trust } = load();
  const genuine = CHIP_MODES.flatMap((mode) => [CARDS.sm2, CARDS.rsa].map((card) => inputOf(card, mode)));
  const NAMES = [
    '84',
    '4F',
    '8F',
    '90',
    '92',
    '9F32',
    '9F46',
    '9F47',
    '9F48',
    '9F49',
    '9F4A',
    '9F4B',
    '5A',
    '57',
    '82',
    '93',
    '9F69',
    '9F27',
    '5F24',
    '5F25',
  ];
  const name = fc.constantFrom(...NAMES, '9F37', '9F02', '5F2A');
  const bytes = fc.uint8Array({ maxLength: 300 });

  /** A byte changed, bytes cut off or put on, or all of it replaced. */
  const mutation = fc.oneof(
    fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(
      ([at, byte]) =>
        (value: Uint8Array) =>
          value.length === 0 ? value : value.with(at % value.length, byte),
    ),
    fc
      .nat({ max: 40 })
      .map((count) => (value: Uint8Array) => value.slice(0, Math.max(0, value.length - count))),
    bytes.map((tail) => (value: Uint8Array) => Uint8Array.from([...value, ...tail])),
    bytes.map((other) => () => other),
  );

  it('random objects never make begin throw, and are never accepted', () => {
    const objects = fc.dictionary(name, bytes, { maxKeys: 20 });
    const input = fc.record({
      mode: fc.constantFrom(...CHIP_MODES),
      tags: objects,
      terminal: objects,
      staticData: bytes,
      transactionData: fc.option(bytes),
      ambiguous: fc.boolean(),
    });
    fc.assert(
      fc.property(input, (each) => {
        expect(chipOda.begin(each, trust, NOW).facts).toBeNull();
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it('changed genuine presentations never make begin throw; what is accepted has nothing signed changed', () => {
    const codes = new Map<string, number>();
    const none = new Uint8Array();
    fc.assert(
      fc.property(
        fc.constantFrom(...genuine),
        fc.option(mutation),
        fc.tuple(name, mutation),
        (input, onStatic, [tag, change]) => {
          const field = input.terminal[tag] === undefined ? 'tags' : 'terminal';
          const edited: ChipOdaInput = {
            ...input,
            staticData: onStatic === null ? input.staticData : onStatic(input.staticData),
            [field]: { ...input[field], [tag]: change(input[field][tag] ?? none) },
          };
          const code = settle(chipOda.begin(edited, trust, NOW));
          codes.set(code, (codes.get(code) ?? 0) + 1);
          if (code !== 'proof.ok') return;
          const signed = ({ tags, terminal, staticData, transactionData }: ChipOdaInput) => [
            ...['8F', '90', '9F46', '9F4B'].map((name) => toHex(tags[name] ?? none)),
            toHex(terminal['9F37'] ?? none),
            toHex(staticData),
            toHex(transactionData ?? none),
          ];
          expect(signed(edited)).toEqual(signed(input));
        },
      ),
      { seed: 3, numRuns: 1_000 },
    );
    expect(codes.get('proof.ok')).toBeGreaterThan(10);
    expect(codes.size).toBeGreaterThan(10);
  });
});

describe('trust', () => {
  it('refuses anchors that cannot be used, and anchors of other families are not its own', () => {
    const document = city.trustDocument();
    const chip = document.anchors.filter(({ family }) => family === 'chip-oda');
    const [sm2] = chip.filter((anchor) => anchor['alg'] === 'sm2');
    expect(load(document).trust.anchors.size).toBe(chip.length);
    if (sm2 === undefined) throw new Error('the city has an SM2 anchor');
    expect(() => load({ anchors: [sm2, sm2] })).toThrow('there twice');
    const off = { ...sm2, publicKeyHex: `${'00'.repeat(63)}01` } as typeof sm2;
    expect(() => load({ anchors: [off] })).toThrow('not a point of the SM2 curve');
    expect(load({ anchors: [] }).trust.anchors.size).toBe(0);
  });
});

function withLastByte(bytes: Uint8Array | undefined, byte: number): Uint8Array {
  return (bytes ?? new Uint8Array(1)).with(-1, byte);
}
