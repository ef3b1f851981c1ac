import { describe, expect, test } from 'vitest';
import { makeTransitCa } from '../../../platform/authority/transit.ts';
import { sm2KeyOf } from '../../../platform/sm2.ts';
import { SlabCache } from '../../../workers/cache/slab-cache.ts';
import { toHex } from '../../../workers/codecs/hex.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { loadTrust, trustRevision } from '../../../workers/trust/bundle.ts';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { TrustError } from '../../../workers/trust/error.ts';
import { transitAnchor } from '../../fixtures/ride-codes.ts';

const load = (value: unknown) =>
  loadTrust(value, {
    engine: createPortableEngine(),
    cache: new SlabCache(0),
    counters: { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 },
  });

function faultOf(value: unknown): string {
  try {
    load(value);
  } catch (error) {
    expect(error).toBeInstanceOf(TrustError);
    return (error as Error).message;
  }
  throw new Error('the trust was taken');
}

describe('shape', () => {
  test('every fault has a line with its place, and an anchor is told the faults of its own kind', () => {
    const message = faultOf({
      anchors: [
        { family: 'transit-qr', region: 'CQ', caRecordHex: '21' },
        {
          family: 'chip-oda',
          alg: 'sm2',
          region: 'cq',
          rid: 'A000000333',
          index: '57',
          expires: '2035-12-31',
        },
        { family: 'chip-oda', alg: 'dsa' },
        { family: 'mdoc' },
        7,
      ],
      revocations: [{ family: 'chip-oda', rid: 'A0', index: '57', serial: '000001' }],
      note: '',
    });
    for (const expected of [
      /^ {2}note: is not a known property$/m,
      /^ {2}revocations\/0\/rid: /m,
      /^ {2}anchors\/0\/region: /m,
      /^ {2}anchors\/0\/caRecordHex: /m,
      /^ {2}anchors\/1: .*publicKeyHex/m,
      /^ {2}anchors\/2: its family and alg name no kind/m,
      /^ {2}anchors\/3: its family and alg name no kind/m,
      /^ {2}anchors\/4: its family and alg name no kind/m,
    ]) {
      expect(message).toMatch(expected);
    }
    expect(message).not.toMatch(/anchors\/0.*modulusHex/);
  });

  test.each(['null', '[]', '"text"', '7', '{}', '{"anchors":{}}'])('%s is no trust document', (text) => {
    expect(faultOf(JSON.parse(text))).toMatch(/the trust document is not usable:\n {2}\S/);
  });
});

test('more anchors than allowed', () => {
  expect(faultOf({ anchors: Array(4097).fill(transitAnchor) })).toMatch(/ {2}anchors: .*4096/);
});

describe('anchors of ride codes', () => {
  test('a second CA key under the same service and index is refused', () => {
    const twin = makeTransitCa({
      key: sm2KeyOf(0xca02n),
      service: Uint8Array.of(1, 1, 0, 0),
      index: 1,
      expires: { year: 2041, month: 1 },
    });
    const second = { ...transitAnchor, caRecordHex: toHex(twin.record) };
    expect(faultOf({ anchors: [transitAnchor, second] })).toBe(
      'anchors/1/caRecordHex: a second CA key for service 01010000, index 1',
    );
  });

  test('an issuer that is named twice is refused, whatever the case of its hex', () => {
    const issuers = [{ issuerId: '0366453A' }, { issuerId: '0366453a', localProfile81: true }];
    expect(faultOf({ anchors: [{ ...transitAnchor, issuers }] })).toMatch(/anchors\/0\/issuers\/1/);
  });
});

describe('revision', () => {
  const document: TrustDocument = {
    anchors: [{ ...transitAnchor, onlyNamedIssuers: true }],
    revocations: [],
  };

  test('is the one the document names', () => {
    expect(load({ ...document, revision: '2026-11-20' }).revision).toBe('2026-11-20');
  });

  test('or follows from the content, not from the order of names', () => {
    const { region, ...rest } = transitAnchor;
    const reordered = { revocations: [], anchors: [{ onlyNamedIssuers: true, ...rest, region }] };
    expect(load(document).revision).toMatch(/^[0-9a-f]{32}$/);
    expect(trustRevision(reordered)).toBe(trustRevision(document));
    expect(trustRevision({ anchors: [transitAnchor], revocations: [] })).not.toBe(trustRevision(document));
  });
});

test('only families of the table have trust', () => {
  expect(() => load({ anchors: [] }).of('no-such')).toThrow(RangeError);
});
