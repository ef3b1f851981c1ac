import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signRaw } from '../../../../platform/authority/certificates.ts';
import { signatureValue } from '../../../../platform/der.ts';
import { disclosed } from '../../../../workers/claims.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { hexForm } from '../../../../workers/families/byte-form.ts';
import { cardPki } from '../../../../workers/families/card-pki/family.ts';
import type { CardPkiInput } from '../../../../workers/families/card-pki/input.ts';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import { leafCertificate, NOW_MS, pem } from '../../../fixtures/certificates.ts';
import {
  CARD_CASES,
  CARD_TRUST,
  CHALLENGE,
  file,
  GOOD,
  GOOD_P256,
  HOLDER,
  ISSUING,
  LEAF,
  ROOT,
  shownCard,
} from './card-pki-cases.rig.ts';
import { describeNegatives, type Shown } from './negatives.rig.ts';

describeNegatives('card-pki', CARD_TRUST, CARD_CASES);

const inputOf = ({ credential, context }: Shown): CardPkiInput => cardPki.read(credential, context, hexForm);

function proverOf(document: unknown = CARD_TRUST) {
  const prover = new Prover(createPortableEngine(), 1_000_000);
  const revision = prover.loadTrust(document);
  return {
    prover,
    prove: (input: CardPkiInput, atMs = NOW_MS, detail = false, disclose: readonly string[] = []) => {
      const [verdict] = prover.prove([{ family: 'card-pki', input, atMs, disclose }], revision, detail);
      if (verdict === undefined) throw new TypeError('no verdict');
      return verdict;
    },
  };
}

describe('a card with a certificate', () => {
  it('is proven, and says what anybody may know', () => {
    const { facts, ok } = proverOf().prove(inputOf(GOOD), NOW_MS, true);
    expect(ok).toBe(true);
    expect(facts).toMatchObject({
      region: 'cq',
      mode: 'sm2',
      holderBound: true,
      replayableUntilMs: null,
      nonce: Buffer.from(CHALLENGE).toString('hex'),
      claims: {
        document_type: 'certificate',
        alg: 'sm2',
        expires: '2027-12-25',
        issuing_country: 'CN',
        issuing_authority: 'Test',
      },
    });
    expect(facts).not.toHaveProperty('disclosed');
    expect(JSON.stringify(facts?.claims)).not.toContain('Holder');
    expect(disclosed(facts?.credentialId as never)).toMatch(/^x509:[0-9a-f]{16}:5a0a07$/);
    expect(disclosed(facts?.subject as never)).toMatch(/^x509:[0-9a-f]{16}:[0-9a-f]{64}$/);
  });

  it('says the same when it is known, with one signature', () => {
    const { prover, prove } = proverOf();
    const cold = prove(inputOf(GOOD));
    expect(prover.takeStats()).toMatchObject({ signatures: 3, chainMisses: 2 });
    const warm = prove(inputOf(GOOD));
    expect(prover.takeStats()).toMatchObject({ signatures: 1, chainHits: 1, chainMisses: 0 });
    expect(warm).toEqual(cold);
    expect(prove(inputOf(shownCard({ leaf: file(LEAF) })))).toEqual(cold);
    const files = shownCard({ leaf: file(LEAF), others: [file(ISSUING.der)] });
    expect(prove(inputOf(files))).toEqual(cold);
    expect(prover.takeStats()).toMatchObject({ signatures: 2, chainHits: 2, chainMisses: 0 });
    const other = leafCertificate('Holder Three', HOLDER, ISSUING).der;
    expect(prove(inputOf(shownCard({ leaf: other }))).ok).toBe(true);
    expect(prover.takeStats()).toMatchObject({ signatures: 2, chainMisses: 1 });
  });

  it('tells a name to whoever asks for it, cold and warm', () => {
    const { prove } = proverOf();
    for (const _ of ['cold', 'warm']) {
      const { facts } = prove(inputOf(GOOD), NOW_MS, false, ['full_name', 'national_id', 'portrait']);
      expect(facts?.disclosed).toEqual({ full_name: 'Holder One' });
    }
  });

  it('of P-256, and with DER, is proven too', () => {
    const { prove } = proverOf();
    expect(prove(inputOf(GOOD_P256)).facts).toMatchObject({ region: '', mode: 'p256' });
    const signature = signatureValue(signRaw(HOLDER, CHALLENGE));
    expect(prove(inputOf(shownCard({ leaf: LEAF, signature }))).ok).toBe(true);
  });

  it('is refused the moment its chain has ended, though it is known', () => {
    const { prove } = proverOf();
    expect(prove(inputOf(GOOD)).ok).toBe(true);
    const DAY_MS = 86_400_000;
    expect(prove(inputOf(GOOD), NOW_MS + 401 * DAY_MS).code).toBe('credential.expired');
    expect(prove(inputOf(GOOD), NOW_MS - 41 * DAY_MS).code).toBe('credential.not_yet_valid');
  });

  it('is refused with a byte changed anywhere, cold and warm', () => {
    const { prove } = proverOf();
    const good = inputOf(GOOD);
    expect(prove(good).ok).toBe(true);
    const parts = [...good.certificates, good.signature, good.challenge];
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    fc.assert(
      fc.property(
        fc.nat(bytes - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (place, change, isCold) => {
          let left = place;
          const changed = parts.map((part) => {
            const copy = part.slice();
            if (left >= 0 && left < part.length) copy[left] = (copy[left] ?? 0) ^ change;
            left -= part.length;
            return copy;
          });
          const input: CardPkiInput = {
            certificates: changed.slice(0, 2),
            signature: changed[2] as Uint8Array,
            challenge: changed[3] as Uint8Array,
          };
          const verdict = (isCold ? proverOf().prove : prove)(input);
          expect(verdict.ok).toBe(false);
          expect(verdict.code).not.toBe('proof.internal');
        },
      ),
      { seed: 15, numRuns: 250 },
    );
  });

  it('any bytes get a verdict', () => {
    const { prove } = proverOf();
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(
        fc.array(bytes, { minLength: 1, maxLength: 5 }),
        bytes,
        bytes,
        (certificates, signature, challenge) => {
          const { ok, code } = prove({ certificates, signature, challenge });
          expect(ok || code === 'proof.internal').toBe(false);
        },
      ),
      { seed: 15, numRuns: 500 },
    );
  });
});

describe('its trust', () => {
  const anchor = CARD_TRUST.anchors[0];
  const withAnchor = (change: object) => ({ anchors: [{ ...anchor, ...change }] });
  it.each([
    ['no PEM', { certificatePem: 'x' }, /anchors\/0\/certificatePem: is no certificate in PEM/],
    ['a holder as the CA', { certificatePem: pem(LEAF) }, /not one of a CA/],
    ['bytes that are none', { certificatePem: pem(Uint8Array.of(0x30, 0)) }, /cannot be read/],
    ['another message', { message: 'digest' }, /anchors\/0: its family and alg name no kind of anchor/],
    [
      'a list of nobody',
      { intermediatesBase64: [] },
      /crlsBase64\/0: no CA of this anchor has signed the list/,
    ],
    ['a list that is no base64', { crlsBase64: ['MAB='] }, /crlsBase64\/0: is no base64/],
    ['a list that is none', { crlsBase64: ['MAA='] }, /crlsBase64\/0: the revocation list cannot be read/],
    [
      'a CA of another',
      { intermediatesBase64: [Buffer.from(LEAF).toString('base64')], crlsBase64: [] },
      /intermediatesBase64\/0: the certificate is not one of a CA/,
    ],
  ])('with %s is not taken, and says where', (_, change, message) => {
    expect(() => proverOf(withAnchor(change))).toThrow(TrustError);
    expect(() => proverOf(withAnchor(change))).toThrow(message);
  });

  it('names no CA twice, and tells the key of each', () => {
    expect(() => proverOf({ anchors: [anchor, anchor] })).toThrow(
      /anchors\/1\/certificatePem: the CA is there twice/,
    );
    expect(cardPki.anchorKeys(anchor)).toEqual([Buffer.from(ROOT.key.key.publicKey).toString('hex')]);
  });
});
