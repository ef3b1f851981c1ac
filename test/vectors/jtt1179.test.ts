/** JT/T 1179: the public samples and the three synthetic chains, through `onecard verify`. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sm2KeyOf, sm2Sign } from '../../platform/sm2.ts';
import { fromHex, toHex } from '../../workers/codecs/hex.ts';
import { createPortableEngine } from '../../workers/engine/portable.ts';
import { Prover } from '../../workers/prove.ts';
import { TrustError } from '../../workers/trust/error.ts';
import { onecardVerify, type VerifyAnswer } from '../fixtures/onecard-verify.ts';
import { readVectors, vectorsPresent } from '../fixtures/vectors.ts';

interface SyntheticCode {
  readonly version: string;
  readonly totalBytes: number;
  readonly customLen: number;
  readonly genTime: number;
  readonly authExpiry: number;
  readonly validitySeconds: number;
  readonly hex: string;
}

interface Synthetic {
  readonly caRecord144: string;
  readonly codes: readonly SyntheticCode[];
  readonly keys: Readonly<Record<'rootCA' | 'issuer' | 'user', { readonly d: string }>>;
}

interface Samples {
  readonly caRecord144: string;
  readonly sampleIssuerCert117: string;
}

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const line = (code: Uint8Array, seconds: number, id = '') => ({
  id,
  family: 'transit-qr',
  at: at(seconds),
  credential: { hex: toHex(code) },
  context: {},
});

/** How many answers carry each code. */
function tally(answers: readonly VerifyAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of answers) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function changed(bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.set(values, offset);
  return copy;
}

describe.skipIf(!vectorsPresent)('jtt1179', () => {
  let synthetic: Synthetic;
  let samples: Samples;
  let codes: Uint8Array[];
  let generated_s: number;

  beforeAll(() => {
    synthetic = readVectors('jtt1179/synthetic_chains.json');
    samples = readVectors('jtt1179/public_samples.json');
    codes = synthetic.codes.map(({ hex }) => fromHex(hex));
    generated_s = synthetic.codes[0]?.genTime ?? 0;
  });

  const anchor = (caRecordHex: string, more = {}) => ({
    family: 'transit-qr',
    region: 'cq',
    caRecordHex,
    ...more,
  });
  const local81 = { issuers: [{ issuerId: '03664530', localProfile81: true }] };
  const trust = (more = {}) => ({
    anchors: [anchor(synthetic.caRecord144, more), anchor(samples.caRecord144)],
  });
  const base = () => codes[0] ?? new Uint8Array();

  test('all three synthetic codes are proven at their generation time, 0x81 only where it is enabled', async () => {
    const lines = codes.map((code, i) => line(code, generated_s, String(i)));
    const enabled = await onecardVerify(trust(local81), lines);
    expect(tally(enabled)).toEqual({ 'proof.ok': 3 });
    expect(enabled.map(({ facts }) => facts?.['mode'])).toEqual([
      'interoperable',
      'interoperable',
      'local-81',
    ]);
    expect(enabled[0]?.facts).toEqual({
      credentialId: '03664530:3104770011223344556',
      issuer: '03664530',
      region: 'cq',
      subject: '3104770011223344556',
      mode: 'interoperable',
      nonce: '1735700000',
      replayableUntilMs: 1_735_700_060_000,
      holderBound: true,
      validUntilMs: 1_798_761_600_000,
      claims: { accountType: 'normal', limitFen: 500_000, platform: '03664530', certificateSerial: '000001' },
    });
    expect(enabled.map(({ checks }) => checks.every(({ ok }) => ok) && checks.length)).toEqual([28, 28, 28]);

    const disabled = await onecardVerify(trust(), lines);
    expect(tally(disabled)).toEqual({ 'proof.ok': 2, 'credential.version_unsupported': 1 });
    expect(disabled[2]?.checks.at(-1)).toEqual({ check: 'code.profile', ok: false });
    const otherIssuer = { issuers: [{ issuerId: '03664531', localProfile81: true }] };
    expect(tally(await onecardVerify(trust(otherIssuer), lines))).toEqual(tally(disabled));
  });

  test('the public CA record is an anchor, and with any byte changed it is none', async () => {
    const alone = { anchors: [anchor(samples.caRecord144)] };
    expect(tally(await onecardVerify(alone, [line(base(), generated_s)]))).toEqual({ 'trust.ca_unknown': 1 });
    const prover = new Prover(createPortableEngine(), 2_000);
    const record = fromHex(samples.caRecord144);
    for (const [offset, byte] of record.entries()) {
      const forged = toHex(changed(record, offset, byte ^ 0x01));
      expect(() => prover.loadTrust({ anchors: [anchor(forged)] }), `byte ${offset}`).toThrow(TrustError);
    }
    const forged = { anchors: [anchor(toHex(changed(record, 143, 0)))] };
    await expect(onecardVerify(forged, [])).rejects.toThrow(
      'anchors/0/caRecordHex: the CA record has a self-signature that does not verify',
    );
  });

  test('the public issuer certificate reads, and belongs to a CA that is not known', async () => {
    const certificate = fromHex(samples.sampleIssuerCert117);
    const code = changed(changed(base(), 3, ...certificate), 146, ...certificate.subarray(7, 11));
    const [answer] = await onecardVerify(trust(), [line(code, generated_s)]);
    expect(answer?.code).toBe('trust.ca_unknown');
    const held = answer?.checks.filter(({ ok }) => ok).map(({ check }) => check);
    expect(held).toContain('certificate.key_length');
    expect(answer?.checks.at(-1)).toEqual({ check: 'ca.known', ok: false });
  });

  test('no code survives one flipped bit in any of its bytes', async () => {
    const all: VerifyAnswer[][] = [];
    for (const code of codes) {
      const lines = Array.from(code, (byte, i) =>
        line(changed(code, i, byte ^ (1 << (i % 8))), generated_s, String(i)),
      );
      all.push(await onecardVerify(trust(local81), lines));
    }
    expect(all.flat().filter(({ ok }) => ok)).toEqual([]);
    expect(all.map((answers) => answers.length)).toEqual([332, 349, 334]);
    const alike = {
      'credential.algorithm_unsupported': 2,
      'credential.identity_mismatch': 8,
      'credential.malformed': 12,
      'credential.oversized': 1,
      'credential.truncated': 1,
      'key.invalid': 38,
      'signature.issuer_certificate': 82,
      'signature.user': 65,
      'trust.ca_unknown': 5,
    };
    // The fields after the custom field move with it, so other bits of the generation time are flipped.
    expect(all.map(tally)).toEqual([
      { ...alike, 'signature.authorisation': 115, 'code.from_future': 2, 'code.stale': 1 },
      { ...alike, 'signature.authorisation': 132, 'code.from_future': 1, 'code.stale': 2 },
      { ...alike, 'signature.authorisation': 117, 'code.stale': 3 },
    ]);
  });

  test('each field changed is refused with the code of that field', async () => {
    const cases: [string, Uint8Array, string, string][] = [
      ['version below 80', changed(base(), 0, 0x7f), 'credential.malformed', 'code.version'],
      ['version 82', changed(base(), 0, 0x82), 'credential.version_unsupported', 'code.version'],
      ['version ff', changed(base(), 0, 0xff), 'credential.version_unsupported', 'code.version'],
      [
        'version 81 on a code of 80',
        changed(base(), 0, 0x81),
        'signature.issuer_certificate',
        'certificate.signature',
      ],
      ['length below 329', changed(base(), 1, 0x01, 0x48), 'credential.malformed', 'code.length'],
      ['length above 361', changed(base(), 1, 0x01, 0x6a), 'credential.oversized', 'code.length'],
      ['length one more', changed(base(), 1, 0x01, 0x4a), 'credential.truncated', 'code.end'],
      ['custom field length', changed(base(), 197, 1), 'credential.malformed', 'custom_field.length'],
      ['certificate header', changed(base(), 3, 0x25), 'credential.malformed', 'certificate.header'],
      ['service id', changed(base(), 4, 0x02), 'trust.ca_unknown', 'ca.known'],
      ['CA index', changed(base(), 8, 0x03), 'trust.ca_unknown', 'ca.known'],
      // The public CA's key has index 02: known, but it did not sign this.
      [
        'CA index of another CA',
        changed(base(), 8, 0x02),
        'signature.issuer_certificate',
        'certificate.signature',
      ],
      ['certificate format', changed(base(), 9, 0x11), 'credential.malformed', 'certificate.format'],
      ['certificate issuer', changed(base(), 10, 0x04), 'credential.identity_mismatch', 'certificate.issuer'],
      ['certificate month 13', changed(base(), 14, 0x13), 'credential.malformed', 'certificate.expiry'],
      [
        'certificate expired',
        changed(base(), 14, 0x12, 0x24),
        'trust.certificate_expired',
        'certificate.expiry',
      ],
      [
        'certificate prolonged',
        changed(base(), 15, 0x31),
        'signature.issuer_certificate',
        'certificate.signature',
      ],
      [
        'certificate serial',
        changed(base(), 18, 0x02),
        'signature.issuer_certificate',
        'certificate.signature',
      ],
      [
        'signature algorithm',
        changed(base(), 19, 0x01),
        'credential.algorithm_unsupported',
        'certificate.signature_algorithm',
      ],
      [
        'encryption algorithm',
        changed(base(), 20, 0x01),
        'credential.algorithm_unsupported',
        'certificate.encryption_algorithm',
      ],
      ['parameter', changed(base(), 21, 0x20), 'signature.issuer_certificate', 'certificate.signature'],
      ['key length', changed(base(), 22, 0x40), 'credential.malformed', 'certificate.key_length'],
      ['issuer key prefix', changed(base(), 23, 0x04), 'key.invalid', 'certificate.key'],
      [
        'issuer key negated',
        changed(base(), 23, 0x03),
        'signature.issuer_certificate',
        'certificate.signature',
      ],
      ['payment account not text', changed(base(), 120, 0x80), 'credential.malformed', 'payment_account'],
      ['payment account', changed(base(), 120, 0x39), 'signature.authorisation', 'authorisation.signature'],
      ['user account', changed(base(), 137, 0x05), 'signature.authorisation', 'authorisation.signature'],
      [
        'user account all padding',
        changed(base(), 136, ...Array(10).fill(0xff)),
        'credential.malformed',
        'user_account',
      ],
      ['issuer code', changed(base(), 149, 0x31), 'credential.identity_mismatch', 'certificate.issuer'],
      ['platform', changed(base(), 153, 0x31), 'signature.authorisation', 'authorisation.signature'],
      ['account type', changed(base(), 154, 0x03), 'signature.authorisation', 'authorisation.signature'],
      ['limit', changed(base(), 155, 0xff), 'signature.authorisation', 'authorisation.signature'],
      ['user key prefix', changed(base(), 158, 0x00), 'key.invalid', 'user.key'],
      ['user key negated', changed(base(), 158, 0x03), 'signature.authorisation', 'authorisation.signature'],
      [
        'authorisation prolonged',
        changed(base(), 191, 0x7f),
        'signature.authorisation',
        'authorisation.signature',
      ],
      ['authorisation expired', changed(base(), 191, 0x60), 'credential.expired', 'authorisation.expiry'],
      ['no validity', changed(base(), 195, 0, 0), 'credential.malformed', 'code.validity'],
      [
        'validity prolonged',
        changed(base(), 195, 0xff, 0xff),
        'signature.authorisation',
        'authorisation.signature',
      ],
      [
        'authorisation signature mark',
        changed(base(), 198, 0x14),
        'credential.malformed',
        'authorisation.signature_mark',
      ],
      ['authorisation r', changed(base(), 199, 0x00), 'signature.authorisation', 'authorisation.signature'],
      ['authorisation s', changed(base(), 262, 0x00), 'signature.authorisation', 'authorisation.signature'],
      ['generation time', changed(base(), 266, 0x00), 'signature.user', 'user.signature'],
      ['user signature mark', changed(base(), 267, 0x00), 'credential.malformed', 'user.signature_mark'],
      ['user r', changed(base(), 268, 0x00), 'signature.user', 'user.signature'],
      ['user s', changed(base(), 331, 0x00), 'signature.user', 'user.signature'],
    ];
    const answers = await onecardVerify(
      trust(local81),
      cases.map(([name, code]) => line(code, generated_s, name)),
    );
    const seen = answers.map(({ id, code, checks }) => [id, code, checks.find(({ ok }) => !ok)?.check]);
    expect(seen).toEqual(cases.map(([name, , code, check]) => [name, code, check]));
  });

  test('each length off by one, and far off, has its code', async () => {
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(), 'credential.truncated'],
      [base().subarray(0, 1), 'credential.truncated'],
      [base().subarray(0, 2), 'credential.truncated'],
      [base().subarray(0, 3), 'credential.truncated'],
      [base().subarray(0, 198), 'credential.truncated'],
      [base().subarray(0, 331), 'credential.truncated'],
      [Buffer.concat([base(), Buffer.alloc(1)]), 'credential.trailing'],
      [Buffer.concat([base(), Buffer.alloc(32)]), 'credential.trailing'],
      [Buffer.concat([base(), Buffer.alloc(33)]), 'credential.oversized'],
      [Buffer.concat([base(), base()]), 'credential.oversized'],
      [new Uint8Array(4096).fill(0x80), 'credential.oversized'],
      [new Uint8Array(4097).fill(0x80), 'request.malformed'],
    ];
    const answers = await onecardVerify(
      trust(),
      cases.map(([code]) => line(code, generated_s)),
    );
    expect(answers.map(({ code }) => code)).toEqual(cases.map(([, code]) => code));
  });

  test('time bounds are inclusive on both sides', async () => {
    const cases: [number, string][] = [
      [generated_s - 61, 'code.from_future'],
      [generated_s - 60.001, 'code.from_future'],
      [generated_s - 60, 'proof.ok'],
      [generated_s, 'proof.ok'],
      [generated_s + 60, 'proof.ok'],
      [generated_s + 60.001, 'code.stale'],
      [generated_s + 61, 'code.stale'],
      // The 8 hours one terminal tolerates (formats.md 1.7) are not tolerated.
      [generated_s + 8 * 3600, 'code.stale'],
      [generated_s - 8 * 3600, 'code.from_future'],
    ];
    const answers = await onecardVerify(
      trust(),
      cases.map(([seconds]) => line(base(), seconds)),
    );
    expect(answers.map(({ code }) => code)).toEqual(cases.map(([, code]) => code));
  });

  describe('signed anew with the published keys', () => {
    const key = (name: 'rootCA' | 'issuer' | 'user') => sm2KeyOf(BigInt(`0x${synthetic.keys[name].d}`));

    /** Signs what changed: certificate, authorisation and code, each by whom it should or by another. */
    function resigned(
      code: Uint8Array,
      signers = { ca: key('rootCA'), issuer: key('issuer'), user: key('user') },
    ) {
      const copy = new Uint8Array(code);
      copy.set(sm2Sign(signers.ca, copy.subarray(9, 56)), 56);
      copy.set(sm2Sign(signers.issuer, copy.subarray(3, 198)), 199);
      copy.set(sm2Sign(signers.user, copy.subarray(0, 267)), 268);
      return copy;
    }

    test('who signs what', async () => {
      const [ca, issuer, user] = [key('rootCA'), key('issuer'), key('user')];
      const cases: [string, Uint8Array, string][] = [
        ['right', resigned(base()), 'proof.ok'],
        [
          'certificate by the issuer',
          resigned(base(), { ca: issuer, issuer, user }),
          'signature.issuer_certificate',
        ],
        [
          'authorisation by the user',
          resigned(base(), { ca, issuer: user, user }),
          'signature.authorisation',
        ],
        ['authorisation by the CA', resigned(base(), { ca, issuer: ca, user }), 'signature.authorisation'],
        ['code by the issuer', resigned(base(), { ca, issuer, user: issuer }), 'signature.user'],
        ['default IDs under version 81', resigned(changed(base(), 0, 0x81)), 'signature.issuer_certificate'],
      ];
      const answers = await onecardVerify(
        trust(local81),
        cases.map(([id, code]) => line(code, generated_s, id)),
      );
      expect(answers.map(({ id, code }) => [id, code])).toEqual(cases.map(([id, , code]) => [id, code]));
    });

    test('what the issuer may say, and what the signatures cannot make good', async () => {
      const cases: [string, Uint8Array, string][] = [
        ['another account', resigned(changed(base(), 136, 0x12, 0x34)), 'proof.ok'],
        ['another account type', resigned(changed(base(), 154, 0x7a)), 'proof.ok'],
        ['padded payment account', resigned(changed(base(), 132, 0, 0, 0, 0)), 'proof.ok'],
        ['text after padding', resigned(changed(base(), 131, 0)), 'credential.malformed'],
        ['no validity', resigned(changed(base(), 195, 0, 0)), 'credential.malformed'],
        ['issuer mismatch', resigned(changed(base(), 146, 0x77)), 'credential.identity_mismatch'],
        ['certificate of last month', resigned(changed(base(), 14, 0x12, 0x24)), 'trust.certificate_expired'],
        ['certificate of this month', resigned(changed(base(), 14, 0x01, 0x25)), 'proof.ok'],
        ['authorisation of this second', resigned(changed(base(), 191, 0x67, 0x74, 0xae, 0x20)), 'proof.ok'],
        [
          'authorisation of last second',
          resigned(changed(base(), 191, 0x67, 0x74, 0xae, 0x1f)),
          'credential.expired',
        ],
      ];
      const answers = await onecardVerify(
        trust(),
        cases.map(([id, code]) => line(code, generated_s, id)),
      );
      expect(answers.map(({ id, code }) => [id, code])).toEqual(cases.map(([id, , code]) => [id, code]));
      expect(answers[0]?.facts?.['subject']).toBe('1234770011223344556');
      expect(answers[1]?.facts?.['claims']).toMatchObject({ accountType: 'type-122' });
    });

    test('an expired CA, and an issuer the trust does not name', async () => {
      const record = fromHex(synthetic.caRecord144);
      const old = changed(record, 11, 0x12, 0x24);
      old.set(sm2Sign(key('rootCA'), old.subarray(0, 80)), 80);
      const expired = { anchors: [anchor(toHex(old))] };
      expect(tally(await onecardVerify(expired, [line(base(), generated_s)]))).toEqual({
        'trust.ca_expired': 1,
      });
      const others = { onlyNamedIssuers: true, issuers: [{ issuerId: '03664531' }] };
      const named = { onlyNamedIssuers: true, issuers: [{ issuerId: '03664530' }] };
      expect(tally(await onecardVerify(trust(others), [line(base(), generated_s)]))).toEqual({
        'trust.issuer_not_accepted': 1,
      });
      expect(tally(await onecardVerify(trust(named), [line(base(), generated_s)]))).toEqual({
        'proof.ok': 1,
      });
    });
  });
});
