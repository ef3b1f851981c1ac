/** What the caller got wrong throws before anything is written; the addon is asked directly as well. */
import { describe, expect, test } from 'vitest';
import { CURVES, type SignatureJob } from '../../../../workers/engine/job.ts';
import { byName, nativeAddon, nativeEngines } from './back-ends.rig.ts';
import { CURVES_TESTED } from './curves.rig.ts';
import { goodJobs } from './random-jobs.rig.ts';
import { seeded } from './seeded.rig.ts';

const jobs: SignatureJob[] = CURVES_TESTED.flatMap((curve) =>
  goodJobs({ curve, seed: 'misuse', count: 3 }, seeded('misuse')),
);
const [job] = jobs as [SignatureJob];

describe.each(byName())('%s', (_, engine) => {
  test.each(['publicKey', 'digest', 'signature'] as const)('%s of another width or kind', (part) => {
    for (const width of [0, job[part].length - 1, job[part].length + 1, 2 * job[part].length]) {
      expect(() => engine.verify([job, { ...job, [part]: new Uint8Array(width) }])).toThrow(RangeError);
    }
    for (const kind of ['text', null, undefined, [], new ArrayBuffer(64), new Uint16Array(32)]) {
      const wrong = { ...job, [part]: kind as unknown as Uint8Array };
      expect(() => engine.verify([job, wrong])).toThrow(TypeError);
    }
    expect([...engine.verify(jobs)]).toEqual(jobs.map(() => 1));
  });

  test('another curve, another width of key', () => {
    for (const curve of ['toString', 'P256', '', 0, null] as unknown as 'sm2'[]) {
      expect(() => engine.verify([{ ...job, curve }])).toThrow(TypeError);
      expect(() => engine.prepare(curve, job.publicKey)).toThrow(TypeError);
      expect(() => engine.decompress(curve, new Uint8Array(33))).toThrow(TypeError);
      expect(() => engine.isOnCurve(curve, job.publicKey)).toThrow(TypeError);
    }
    expect(() => engine.prepare('sm2', new Uint8Array(65))).toThrow(RangeError);
    expect(() => engine.isOnCurve('sm2', new Uint8Array(33))).toThrow(RangeError);
    expect(() => engine.decompress('sm2', new Uint8Array(64))).toThrow(RangeError);
  });
});

describe.skipIf(nativeEngines.length === 0)('the addon', () => {
  const addon = nativeAddon as NonNullable<typeof nativeAddon>;
  const n = jobs.length;
  const flat = (part: 'publicKey' | 'digest' | 'signature') => Buffer.concat(jobs.map((each) => each[part]));
  const WRITTEN_NOTHING = 0xaa;

  type Batch = Parameters<typeof addon.verifyBatch>;
  const batch = (): Batch => [
    Uint8Array.from(jobs, ({ curve }) => CURVES[curve]),
    flat('publicKey'),
    flat('digest'),
    flat('signature'),
    new Uint32Array(n),
    new Uint8Array(n).fill(WRITTEN_NOTHING),
  ];
  const NAMES = ['curves', 'keys', 'digests', 'signatures', 'prepared', 'verdicts'] as const;

  test.each(byName(nativeEngines))('%s verifies what is right', (name) => {
    addon.selectBackend(name);
    const right = batch();
    addon.verifyBatch(...right);
    expect([...right[5]]).toEqual(jobs.map(() => 1));
  });

  test.each(NAMES.map((name, i) => [name, i] as const))('%s of another length', (_, i) => {
    const right = batch();
    const Kind = i === 4 ? Uint32Array : Uint8Array;
    for (const length of [0, 1, (right[i]?.length ?? 0) - 1, (right[i]?.length ?? 0) + 1, 1 << 20]) {
      if (length === right[i]?.length) continue;
      const wrong = batch();
      const verdicts = wrong[5];
      (wrong as unknown[])[i] = new Kind(length).fill(WRITTEN_NOTHING);
      expect(() => addon.verifyBatch(...wrong)).toThrow(/has length|there is no curve/);
      expect([...verdicts]).toEqual(jobs.map(() => WRITTEN_NOTHING));
      if (i === 5) expect([...wrong[5]].every((byte) => byte === WRITTEN_NOTHING)).toBe(true);
    }
  });

  test.each(NAMES.map((name, i) => [name, i] as const))('%s of another kind', (_, i) => {
    const right = batch();
    const wrongs = [
      undefined,
      null,
      5,
      'text',
      [...(right[i] ?? [])],
      new ArrayBuffer(right[i]?.length ?? 0),
    ];
    const otherKind = i === 4 ? new Uint8Array(n) : new Uint16Array(right[i]?.length ?? 0);
    for (const kind of [...wrongs, otherKind, new Float64Array(right[i]?.length ?? 0)]) {
      const wrong = batch();
      const verdicts = wrong[5];
      (wrong as unknown[])[i] = kind;
      expect(() => addon.verifyBatch(...wrong)).toThrow();
      expect([...verdicts]).toEqual(jobs.map(() => WRITTEN_NOTHING));
    }
  });

  test('a curve there is not, in any place', () => {
    for (const [place, curve] of [
      [0, 2],
      [n - 1, 2],
      [3, 255],
    ] as const) {
      const wrong = batch();
      wrong[0][place] = curve;
      expect(() => addon.verifyBatch(...wrong)).toThrow(`there is no curve ${curve}`);
      expect([...wrong[5]]).toEqual(jobs.map(() => WRITTEN_NOTHING));
    }
    for (const curve of [2, -1, 256, 2 ** 32 + 2, Number.NaN]) {
      const verdict = () => addon.isOnCurve(curve, job.publicKey);
      // Numbers are read as Node-API reads them, modulo 2^32; NaN is 0.
      if (Number.isNaN(curve)) expect(verdict()).toBe(true);
      else expect(verdict).toThrow(/there is no curve/);
    }
  });

  test('keys of other widths', () => {
    for (const width of [0, 1, 32, 63, 65, 128]) {
      expect(() => addon.prepareKey(0, new Uint8Array(width))).toThrow(/has length/);
      expect(() => addon.isOnCurve(0, new Uint8Array(width))).toThrow(/has length/);
      expect(() => addon.decompress(0, new Uint8Array(width), new Uint8Array(64))).toThrow(/has length/);
      expect(() => addon.decompress(0, new Uint8Array(33), new Uint8Array(width))).toThrow(/has length/);
    }
  });

  test('RSA: exponents, and blocks unlike the modulus', () => {
    const of = (length: number) => new Uint8Array(length).fill(0xff);
    expect(addon.rsaRecover(of(64), 3, new Uint8Array(64), of(64))).toBe(true);
    for (const exponent of [0, 1, 2, 5, 65_536, 2 ** 32]) {
      expect(() => addon.rsaRecover(of(64), exponent, of(64), of(64))).toThrow(/exponent/);
    }
    for (const length of [0, 63, 65]) {
      expect(() => addon.rsaRecover(of(64), 3, of(64), of(length))).toThrow(/has length/);
    }
    expect(addon.rsaRecover(of(0), 3, of(0), of(0))).toBe(false);
    expect(addon.rsaRecover(of(100_001), 3, of(100_001), of(100_001))).toBe(false);
  });

  test('no jobs; and arrays that are parts of larger ones: nothing beside them is touched', () => {
    const empty = new Uint8Array();
    expect(() => addon.verifyBatch(empty, empty, empty, empty, new Uint32Array(), empty)).not.toThrow();
    const [curves, keys, digests, signatures, prepared] = batch();
    const within = (bytes: Uint8Array, at: number) => {
      const large = new Uint8Array(bytes.length + 2 * at).fill(0x55);
      large.set(bytes, at);
      return large.subarray(at, at + bytes.length);
    };
    const room = new Uint8Array(n + 14).fill(WRITTEN_NOTHING);
    addon.verifyBatch(
      within(curves, 3),
      within(keys, 5),
      within(digests, 7),
      within(signatures, 1),
      prepared,
      room.subarray(7, 7 + n),
    );
    const around = Array(7).fill(WRITTEN_NOTHING);
    expect([...room]).toEqual([...around, ...jobs.map(() => 1), ...around]);
  });

  test('verdicts may be written over the curves', () => {
    const [curves, keys, digests, signatures, prepared] = batch();
    addon.verifyBatch(curves, keys, digests, signatures, prepared, curves);
    expect([...curves]).toEqual(jobs.map(() => 1));
  });

  test('a back-end there is not', () => {
    expect(() => addon.selectBackend('ifma9')).toThrow('there is no back-end named "ifma9"');
    expect(() => addon.selfTest('')).toThrow('there is no back-end named ""');
  });
});
