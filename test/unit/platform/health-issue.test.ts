/** Health documents of the reference platform: every one is proven, and every fault is refused with a code of its own kind. */
import { describe, expect, it } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { faultsOf, presentationLine } from '../../../platform/issue/presentations.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { Prover } from '../../../workers/prove.ts';

const AT_MS = Date.UTC(2026, 10, 20, 8);
const city = createCity({ seed: 'health', cards: 8, now: AT_MS });
const prover = new Prover(createPortableEngine(), 0);
const revision = prover.loadTrust(city.trustDocument());

const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  hcert: {
    'wrong-signer': 'signature.credential',
    'unknown-signer': 'trust.issuer_unknown',
    'bad-signature': 'signature.credential',
    'der-signature': 'signature.encoding',
    'wrong-algorithm': 'key.algorithm_mismatch',
    expired: 'credential.expired',
    'not-yet-valid': 'credential.not_yet_valid',
    'two-events': 'credential.malformed',
    'duplicate-key': 'credential.duplicate_key',
    'trailing-byte': 'credential.trailing',
    'compression-bomb': 'credential.oversized',
    uncompressed: 'credential.compression',
    'lower-case': 'credential.encoding',
  },
  shc: {
    'wrong-signer': 'signature.credential',
    'unknown-signer': 'trust.issuer_unknown',
    'wrong-issuer': 'trust.issuer_not_accepted',
    'bad-signature': 'signature.credential',
    'algorithm-none': 'credential.algorithm_unsupported',
    mac: 'credential.algorithm_unsupported',
    expired: 'credential.expired',
    'not-yet-valid': 'credential.not_yet_valid',
    'not-deflated': 'credential.compression',
    'compression-bomb': 'credential.oversized',
    'duplicate-key': 'credential.duplicate_key',
    chunked: 'credential.chunked',
    'odd-digits': 'credential.truncated',
  },
};

describe.each(Object.keys(CODES))('%s', (family) => {
  const line = (index: number, fault: string | null = null, chip = 0, atMs = AT_MS) =>
    presentationLine(family, { city, index, atMs, mode: 'dda', chip, nonce: null, fault });
  const prove = ({ credential, at }: ReturnType<typeof line>) => {
    const input = (credential as { readonly text: string }).text;
    const [verdict] = prover.prove([{ family, input, atMs: Date.parse(at) }], revision, false);
    return verdict ?? null;
  };

  it('is proven of every card, and its next', () => {
    for (let index = 0; index < city.size; index += 1) {
      expect(prove(line(index))).toMatchObject({ code: 'proof.ok' });
      expect(prove(line(index, null, 1))).toMatchObject({ code: 'proof.ok' });
    }
  });

  it('is the same on another day, and another after it was replaced', () => {
    expect(line(3, null, 0, AT_MS + 86_400_000).credential).toEqual(line(3).credential);
    expect(prove(line(3, null, 1))?.facts?.credentialId).not.toBe(prove(line(3))?.facts?.credentialId);
    expect(prove(line(3, null, 1))?.facts?.subject).toBe(prove(line(3))?.facts?.subject);
  });

  it('is refused with every fault', () => {
    expect(Object.keys(CODES[family] ?? {})).toEqual(faultsOf(family));
    const codes = faultsOf(family).map((fault) => [fault, prove(line(2, fault))?.code]);
    expect(Object.fromEntries(codes)).toEqual(CODES[family]);
  });
});
