/** `vectors/emv` through `onecard verify`: a UnionPay DDA trace with its static signature, from an MIT-licensed project. */
import { describe, expect, it } from 'vitest';
import { type ChipLine, codesOf, spoilEverything, toJsonl, withTags } from '../fixtures/chip-lines.ts';
import { onecardVerify } from '../fixtures/onecard-verify.ts';
import { readVectors, vectorsPresent } from '../fixtures/vectors.ts';

interface Trace {
  readonly rid: string;
  readonly caIndex: string;
  readonly caModulus: string;
  readonly caExponent: string;
  readonly AIP_82: string;
  readonly pan5A: string;
  readonly staticDataToBeAuthenticated: string;
  readonly terminalDynamicData: string;
  readonly tag90: string;
  readonly tag92: string;
  readonly tag9F32: string;
  readonly tag9F46: string;
  readonly tag9F47: string;
  readonly tag9F48: string;
  readonly tag93: string;
  readonly tag9F4B: string;
}

const AT = '2020-11-20T08:00:00Z';

function given() {
  const traces = readVectors<Record<string, Trace>>('emv/rsa_oda_dda.json');
  expect(Object.keys(traces)).toEqual(['contact-upi-in']);
  const trace = traces['contact-upi-in'];
  if (trace === undefined) throw new Error('the trace is there');
  const anchor = {
    family: 'chip-oda',
    region: 'cq',
    rid: trace.rid,
    index: trace.caIndex,
    alg: 'rsa',
    modulusHex: trace.caModulus,
    exponentHex: trace.caExponent,
    expires: '2035-12-31',
  };
  const line: ChipLine = {
    at: AT,
    credential: {
      tags: {
        '84': 'A000000333010101',
        '8F': trace.caIndex,
        '90': trace.tag90,
        '92': trace.tag92,
        '9F32': trace.tag9F32,
        '9F46': trace.tag9F46,
        '9F47': trace.tag9F47,
        '9F48': trace.tag9F48,
        '93': trace.tag93,
        '82': trace.AIP_82,
        '5A': trace.pan5A,
        '9F4B': trace.tag9F4B,
      },
      staticData: trace.staticDataToBeAuthenticated,
    },
    context: { mode: 'dda', terminal: { '9F37': trace.terminalDynamicData } },
  };
  return { trace, anchor, trust: { anchors: [anchor] }, line };
}

describe.skipIf(!vectorsPresent)('EMV RSA trace A000000333/09 (UnionPay DDA)', () => {
  it('accepts 1 of 1 traces, static signature included, and says whose it is', async () => {
    const { trust, line } = given();
    const [answer] = await onecardVerify(trust, toJsonl({ trace: line }));
    expect(answer?.code).toBe('proof.ok');
    expect(answer?.facts).toEqual({
      credentialId: 'a000000333:621094:000001:6210948000000011',
      issuer: 'a000000333:621094',
      region: 'cq',
      subject: '6210948000000011',
      mode: 'dda',
      nonce: '7863afc6000659a2f145f4',
      replayableUntilMs: null,
      holderBound: true,
      validUntilMs: Date.parse('2030-10-31T23:59:59.999Z'),
      claims: { alg: 'rsa', index: '09' },
    });
    expect(answer?.checks.map(({ check }) => check).filter((check) => check.endsWith('.signature'))).toEqual([
      'issuer_certificate.signature',
      'card_certificate.signature',
      'static_signature.signature',
      'dynamic_signature.signature',
    ]);
  });

  it('answers the same when the chain comes from the cache', async () => {
    const { trust, line } = given();
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`${i}`, line]));
    const answers = await onecardVerify(trust, toJsonl(many));
    expect(answers).toHaveLength(70);
    const [first, ...others] = answers.map(({ id: _, ...answer }) => answer);
    for (const other of others) expect(other).toEqual(first);
  });

  it('takes the AIP where it stands, adds it where the tag list asks, and nowhere else', async () => {
    const { trust, line } = given();
    const { staticData } = line.credential;
    const withStatic = (hex: string, tags: Record<string, string | undefined> = {}) =>
      withTags({ ...line, credential: { ...line.credential, staticData: hex } }, tags);
    const records = staticData.slice(0, -'7c00'.length);
    const tagList = '9f4a0182';
    expect(records.endsWith(tagList)).toBe(true);
    const unlisted = records.slice(0, -tagList.length);
    expect(
      await codesOf(trust, {
        'AIP in the static data, and beside it': line,
        'AIP in the static data only': withStatic(staticData, { '82': undefined }),
        'AIP beside the records': withStatic(records),
        'AIP nowhere': withStatic(records, { '82': undefined }),
        'another AIP beside': withTags(line, { '82': '7d00' }),
        'AIP, not listed': withStatic(unlisted),
        'tag list beside the records': withStatic(records, { '9F4A': '82' }),
        'another tag list beside': withStatic(records, { '9F4A': '84' }),
        'tag list with two tags': withStatic(unlisted, { '9F4A': '8284' }),
        'empty tag list': withStatic(unlisted, { '9F4A': '' }),
        'records in a template': withStatic(`7081${(records.length / 2).toString(16)}${records}`),
        'an object twice': withStatic(`5a086210948000000011${staticData}`),
      }),
    ).toEqual({
      'AIP in the static data, and beside it': 'proof.ok',
      'AIP in the static data only': 'proof.ok',
      'AIP beside the records': 'proof.ok',
      'AIP nowhere': 'credential.data_missing',
      'another AIP beside': 'signature.card_certificate',
      'AIP, not listed': 'signature.card_certificate',
      'tag list beside the records': 'proof.ok',
      'another tag list beside': 'credential.malformed',
      'tag list with two tags': 'credential.malformed',
      'empty tag list': 'credential.malformed',
      'records in a template': 'signature.card_certificate',
      'an object twice': 'credential.malformed',
    });
  });

  it('refuses every flipped byte and every wrong length: 970 of 975', async () => {
    const { trust, line } = given();
    // The five accepted change what stands behind the RID in the AID: no signature covers it.
    expect(await spoilEverything(trust, line)).toMatchInlineSnapshot(`
      {
        "accepted": 5,
        "codes": {
          "5A flipped": "8 credential.identity_mismatch",
          "5A longer": "1 credential.identity_mismatch",
          "5A shorter": "1 credential.identity_mismatch",
          "82 flipped": "2 signature.card_certificate",
          "82 longer": "1 credential.trailing",
          "82 shorter": "1 credential.truncated",
          "84 flipped": "5 trust.ca_unknown, 3 proof.ok",
          "84 longer": "1 proof.ok",
          "84 shorter": "1 proof.ok",
          "8F flipped": "1 trust.ca_unknown",
          "8F longer": "1 credential.trailing",
          "8F shorter": "1 credential.truncated",
          "90 flipped": "176 signature.issuer_certificate",
          "90 longer": "1 credential.trailing",
          "90 shorter": "1 credential.truncated",
          "92 flipped": "36 signature.issuer_certificate",
          "92 longer": "1 signature.issuer_certificate",
          "92 shorter": "1 signature.issuer_certificate",
          "93 flipped": "176 signature.static_data",
          "93 longer": "1 credential.trailing",
          "93 shorter": "1 credential.truncated",
          "9F32 flipped": "1 key.invalid",
          "9F32 longer": "1 key.invalid",
          "9F32 shorter": "1 key.invalid",
          "9F46 flipped": "176 signature.card_certificate",
          "9F46 longer": "1 credential.trailing",
          "9F46 shorter": "1 credential.truncated",
          "9F47 flipped": "3 key.invalid",
          "9F47 longer": "1 key.invalid",
          "9F47 shorter": "1 key.invalid",
          "9F48 flipped": "42 signature.card_certificate",
          "9F48 longer": "1 signature.card_certificate",
          "9F48 shorter": "1 signature.card_certificate",
          "9F4B flipped": "176 signature.dynamic_data",
          "9F4B longer": "1 credential.trailing",
          "9F4B shorter": "1 credential.truncated",
          "static data flipped": "16 credential.malformed, 113 signature.card_certificate, 9 credential.identity_mismatch",
          "static data longer": "1 signature.card_certificate",
          "static data shorter": "1 credential.malformed",
          "terminal 9F37 flipped": "4 signature.dynamic_data",
          "terminal 9F37 longer": "1 credential.data_missing",
          "terminal 9F37 shorter": "1 credential.data_missing",
        },
        "refused": 970,
      }
    `);
  });

  it('refuses other CA keys, missing parts, revoked certificates and other modes', async () => {
    const { trace, trust, anchor, line } = given();
    const code = async (trusted: unknown) => (await codesOf(trusted, { line }))['line'];
    const other = trace.caModulus.replace(/^EB37/, 'EB39');
    expect(await code({ anchors: [{ ...anchor, modulusHex: other }] })).toBe('signature.issuer_certificate');
    expect(await code({ anchors: [{ ...anchor, exponentHex: '010001' }] })).toBe(
      'signature.issuer_certificate',
    );
    const short = { ...anchor, modulusHex: trace.caModulus.slice(2) };
    await expect(code({ anchors: [short] })).rejects.toThrow('not a usable RSA key');
    await expect(code({ anchors: [anchor, anchor] })).rejects.toThrow('there twice');
    await expect(code({ anchors: [{ ...anchor, expires: '2035-02-30' }] })).rejects.toThrow('is no day');
    const revoked = { family: 'chip-oda', rid: trace.rid, index: trace.caIndex, serial: '001156' };
    expect(await code({ ...trust, revocations: [revoked] })).toBe('trust.certificate_revoked');
    expect(await code({ ...trust, revocations: [{ ...revoked, serial: '001157' }] })).toBe('proof.ok');
    const without = (tag: string) => withTags(line, { [tag]: undefined });
    const inMode = (mode: string, more = {}) => ({
      ...line,
      context: { ...line.context, mode, ...more },
    });
    expect(
      await codesOf(trust, {
        'no 92': without('92'),
        'no 9F32': without('9F32'),
        'no 9F47': without('9F47'),
        'no 9F48': without('9F48'),
        'no 93': without('93'),
        'as CDA': inMode('cda', { transactionData: '' }),
        'as fDDA': withTags(
          inMode('fdda', {
            terminal: { '9F37': trace.terminalDynamicData, '9F02': '000000000000', '5F2A': '0156' },
          }),
          { '9F69': '0100000000' },
        ),
      }),
    ).toEqual({
      // Without its remainder the hash over the key does not come out.
      'no 92': 'signature.issuer_certificate',
      'no 9F32': 'credential.data_missing',
      'no 9F47': 'credential.data_missing',
      'no 9F48': 'signature.card_certificate',
      'no 93': 'proof.ok',
      'as CDA': 'credential.malformed',
      'as fDDA': 'signature.dynamic_data',
    });
  });

  it('knows the last day of the application', async () => {
    const { trust, line } = given();
    expect(
      await codesOf(trust, {
        last: { ...line, at: '2030-10-31T23:59:59.999Z' },
        first: { ...line, at: '2030-11-01T00:00:00.000Z' },
      }),
    ).toEqual({ last: 'proof.ok', first: 'credential.expired' });
  });
});
