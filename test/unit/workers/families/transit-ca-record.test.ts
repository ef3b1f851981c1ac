/** CA records of ride codes that are wrong in one place each: a trust that holds one must not load. */
import { describe, expect, it } from 'vitest';
import type { Sm2Tamper } from '../../../../platform/authority/sm2-signing.ts';
import { makeTransitCa } from '../../../../platform/authority/transit.ts';
import { createCity } from '../../../../platform/city.ts';
import { seeded } from '../../../../platform/seed.ts';
import { sm2Key } from '../../../../platform/sm2.ts';
import { toHex } from '../../../../workers/codecs/hex.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import { append, cut, flip, set } from './edits.rig.ts';

const city = createCity({ seed: 'negatives', cards: 1, now: Date.UTC(2026, 10, 20) });
const strangerKey = sm2Key(seeded('negatives', 'stranger', 0, 40));

describe('CA record', () => {
  const fields = {
    key: city.transitCa.key,
    service: city.transitCa.service,
    index: 4,
    expires: { year: 2035, month: 12 },
  };
  const load = (tamper: Sm2Tamper) => {
    const caRecordHex = toHex(makeTransitCa({ ...fields, tamper }).record);
    const prover = new Prover(createPortableEngine(), 10_000);
    return () => prover.loadTrust({ anchors: [{ family: 'transit-qr', region: 'cq', caRecordHex }] });
  };

  it('is taken as made', () => expect(load({})).not.toThrow());

  it.each<[string, Sm2Tamper]>([
    ['header', { before: flip(0) }],
    ['application provider', { before: flip(9) }],
    ['expiry that is no month', { before: set(11, 0x13) }],
    ['signature algorithm', { before: flip(13) }],
    ['parameter', { before: flip(14) }],
    ['key length', { before: flip(15) }],
    ['key off the curve', { before: flip(79) }],
    ['service, changed afterwards', { after: flip(4) }],
    ['index, changed afterwards', { after: flip(10) }],
    ['expiry, changed afterwards', { after: set(11, 0x11) }],
    ['signature r', { after: flip(80) }],
    ['signature s', { after: flip(143) }],
    ['signature by a stranger', { signer: strangerKey }],
    ['signature under another ID', { id: Uint8Array.of(1) }],
    ['one byte short', { after: cut() }],
    ['one byte long', { after: append(0) }],
  ])('is refused with a wrong %s', (_name, tamper) => expect(load(tamper)).toThrow(TrustError));
});
