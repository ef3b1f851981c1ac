/**
 * `vectors/pboc` through `onecard verify`: a chain made with public personalisation test keys, SM2 and RSA. Samples
 * called "own" are signed with the private key of the public test card: by the vectors' makers for SM2, here for RSA.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ChipLine,
  codesOf,
  spoilEverything,
  toJsonl,
  withTags,
  withTerminal,
} from '../fixtures/chip-lines.ts';
import { onecardVerify } from '../fixtures/onecard-verify.ts';
import { readVectors, vectorsPresent } from '../fixtures/vectors.ts';

interface Sample {
  readonly mode: string;
  readonly unpredictableNumber_9F37: string;
  readonly transactionDataHashed: string;
  readonly v9F37: string;
  readonly v9F02: string;
  readonly v5F2A: string;
  readonly v9F69: string;
  readonly sdad_9F4B: string;
}
interface CaVector {
  readonly rid: string;
  readonly index: string;
  readonly publicKeyXY: string;
}
interface Sm2Vectors {
  readonly ca: CaVector;
  readonly otherCa: CaVector;
  readonly issuerCert_90: readonly [string, string];
  readonly staticDataRecords: string;
  readonly iccA: { readonly cert_9F46: string };
  readonly iccB: { readonly cert_9F46: string };
  readonly ssad_93: string;
  readonly SELF_GENERATED_with_public_ICC_A_private_key: readonly [Sample, Sample, Sample];
}
interface RsaVectors {
  readonly rid: string;
  readonly caIndex: string;
  readonly caModulus: string;
  readonly caExponent: string;
  readonly [name: `tag${string}` | `icc${string}`]: string;
}

const AID = 'A000000333010101';
const PAN = '6228000100001117';
const AT = '2020-11-20T08:00:00Z';

const anchorOf = (ca: CaVector, settings = {}) => ({
  family: 'chip-oda',
  region: 'cq',
  rid: ca.rid,
  index: ca.index,
  alg: 'sm2',
  publicKeyHex: ca.publicKeyXY,
  expires: '2035-12-31',
  sm2Fdda: true,
  ...settings,
});

function sm2Lines(vectors: Sm2Vectors): Record<'dda' | 'cda' | 'fdda', ChipLine> {
  const [dda, cda, fdda] = vectors.SELF_GENERATED_with_public_ICC_A_private_key;
  const credential = {
    tags: {
      '84': AID,
      '8F': vectors.ca.index,
      '90': vectors.issuerCert_90[0],
      '9F46': vectors.iccA.cert_9F46,
      '5A': PAN,
    },
    staticData: vectors.staticDataRecords,
  };
  const line = (mode: string, terminal: Record<string, string>): ChipLine => ({
    at: AT,
    credential,
    context: { mode, terminal },
  });
  const cdaLine = line('cda', { '9F37': cda.unpredictableNumber_9F37 });
  return {
    dda: withTags(line('dda', { '9F37': dda.unpredictableNumber_9F37 }), {
      '93': vectors.ssad_93,
      '9F4B': dda.sdad_9F4B,
    }),
    cda: withTags(
      { ...cdaLine, context: { ...cdaLine.context, transactionData: cda.transactionDataHashed } },
      { '9F27': '80', '9F4B': cda.sdad_9F4B },
    ),
    fdda: withTags(line('fdda', { '9F37': fdda.v9F37, '9F02': fdda.v9F02, '5F2A': fdda.v5F2A }), {
      '9F69': fdda.v9F69,
      '9F36': '0010',
      '9F4B': fdda.sdad_9F4B,
    }),
  };
}

function given() {
  const vectors = readVectors<Sm2Vectors>('pboc/pboc_sm2_chain.json');
  return { vectors, lines: sm2Lines(vectors), trust: { anchors: [anchorOf(vectors.ca)] } };
}

describe.skipIf(!vectorsPresent)('PBOC SM2 chain A000000333/57 (public test keys)', () => {
  it('accepts own DDA, CDA and fDDA samples and says whose they are', async () => {
    const { lines, trust } = given();
    const answers = await onecardVerify(trust, toJsonl(lines));
    const facts = {
      credentialId: `a000000333:62280001:000001:${PAN}`,
      issuer: 'a000000333:62280001',
      region: 'cq',
      subject: PAN,
      replayableUntilMs: null,
      holderBound: true,
      validUntilMs: Date.parse('2020-12-31T23:59:59.999Z'),
    };
    const claims = { alg: 'sm2', index: '57' };
    expect(answers.map((answer) => [answer.code, answer.facts])).toEqual([
      ['proof.ok', { ...facts, mode: 'dda', nonce: '63afc60059a2f145f401', claims }],
      [
        'proof.ok',
        {
          ...facts,
          mode: 'cda',
          nonce: '63afc6001122',
          claims: { ...claims, applicationCryptogramType: 'arqc' },
        },
      ],
      ['proof.ok', { ...facts, mode: 'fdda', nonce: '63afc6000010', claims: { ...claims, atc: 16 } }],
    ]);
    const signatures = answers.map(({ checks }) =>
      checks.filter(({ check }) => check.endsWith('.signature')).map(({ check }) => check),
    );
    const chain = ['issuer_certificate.signature', 'card_certificate.signature'];
    expect(signatures).toEqual([
      [...chain, 'static_signature.signature', 'dynamic_signature.signature'],
      [...chain, 'dynamic_signature.signature'],
      [...chain, 'dynamic_signature.signature'],
    ]);
  });

  it('verifies both issuer certificates, both cards and the static signature: 4 of 4 chains', async () => {
    const { vectors, lines, trust } = given();
    // Only card A's private key made samples: card B's chain holds, and A's dynamic signature is not B's.
    const cardB = { '9F46': vectors.iccB.cert_9F46 };
    const issuer2 = { '90': vectors.issuerCert_90[1] };
    const answers = await onecardVerify(
      trust,
      toJsonl({
        a1: lines.dda,
        a2: withTags(lines.dda, issuer2),
        b1: withTags(lines.dda, cardB),
        b2: withTags(lines.dda, { ...issuer2, ...cardB }),
      }),
    );
    expect(answers.map(({ id, code }) => [id, code])).toEqual([
      ['a1', 'proof.ok'],
      ['a2', 'proof.ok'],
      ['b1', 'signature.dynamic_data'],
      ['b2', 'signature.dynamic_data'],
    ]);
    for (const { checks } of answers) {
      const failed = checks.filter(({ ok }) => !ok).map(({ check }) => check);
      expect(failed.filter((check) => check !== 'dynamic_signature.signature')).toEqual([]);
    }
  });

  it('refuses every flipped byte and every wrong length: 1,427 of 1,442', async () => {
    const { lines, trust } = given();
    // The five accepted of each change what stands behind the RID in the AID: no signature covers it.
    expect(await spoilEverything(trust, lines.dda)).toMatchInlineSnapshot(`
      {
        "accepted": 5,
        "codes": {
          "5A flipped": "8 credential.identity_mismatch",
          "5A longer": "1 credential.identity_mismatch",
          "5A shorter": "1 credential.identity_mismatch",
          "84 flipped": "5 trust.ca_unknown, 3 proof.ok",
          "84 longer": "1 proof.ok",
          "84 shorter": "1 proof.ok",
          "8F flipped": "1 trust.ca_unknown",
          "8F longer": "1 credential.trailing",
          "8F shorter": "1 credential.truncated",
          "90 flipped": "3 credential.malformed, 73 signature.issuer_certificate, 2 credential.algorithm_unsupported, 64 key.invalid",
          "90 longer": "1 credential.trailing",
          "90 shorter": "1 credential.truncated",
          "93 flipped": "1 credential.malformed, 66 signature.static_data",
          "93 longer": "1 credential.trailing",
          "93 shorter": "1 credential.truncated",
          "9F46 flipped": "5 credential.malformed, 77 signature.card_certificate, 2 credential.algorithm_unsupported, 64 key.invalid",
          "9F46 longer": "1 credential.trailing",
          "9F46 shorter": "1 credential.truncated",
          "9F4B flipped": "1 credential.malformed, 1 credential.trailing, 71 signature.dynamic_data",
          "9F4B longer": "1 credential.trailing",
          "9F4B shorter": "1 credential.truncated",
          "static data flipped": "10 signature.card_certificate, 9 credential.identity_mismatch, 8 credential.malformed",
          "static data longer": "1 signature.card_certificate",
          "static data shorter": "1 credential.malformed",
          "terminal 9F37 flipped": "4 signature.dynamic_data",
          "terminal 9F37 longer": "1 credential.data_missing",
          "terminal 9F37 shorter": "1 credential.data_missing",
        },
        "refused": 491,
      }
    `);
    expect(await spoilEverything(trust, lines.cda)).toMatchInlineSnapshot(`
      {
        "accepted": 5,
        "codes": {
          "5A flipped": "8 credential.identity_mismatch",
          "5A longer": "1 credential.identity_mismatch",
          "5A shorter": "1 credential.identity_mismatch",
          "84 flipped": "5 trust.ca_unknown, 3 proof.ok",
          "84 longer": "1 proof.ok",
          "84 shorter": "1 proof.ok",
          "8F flipped": "1 trust.ca_unknown",
          "8F longer": "1 credential.trailing",
          "8F shorter": "1 credential.truncated",
          "90 flipped": "3 credential.malformed, 73 signature.issuer_certificate, 2 credential.algorithm_unsupported, 64 key.invalid",
          "90 longer": "1 credential.trailing",
          "90 shorter": "1 credential.truncated",
          "9F27 flipped": "1 credential.malformed",
          "9F27 longer": "1 credential.malformed",
          "9F27 shorter": "1 credential.malformed",
          "9F46 flipped": "5 credential.malformed, 77 signature.card_certificate, 2 credential.algorithm_unsupported, 64 key.invalid",
          "9F46 longer": "1 credential.trailing",
          "9F46 shorter": "1 credential.truncated",
          "9F4B flipped": "1 credential.malformed, 1 credential.truncated, 108 signature.dynamic_data",
          "9F4B longer": "1 credential.trailing",
          "9F4B shorter": "1 credential.truncated",
          "static data flipped": "10 signature.card_certificate, 9 credential.identity_mismatch, 8 credential.malformed",
          "static data longer": "1 signature.card_certificate",
          "static data shorter": "1 credential.malformed",
          "terminal 9F37 flipped": "4 signature.dynamic_data",
          "terminal 9F37 longer": "1 credential.data_missing",
          "terminal 9F37 shorter": "1 credential.data_missing",
          "transaction data flipped": "28 signature.transaction_hash",
          "transaction data longer": "1 signature.transaction_hash",
          "transaction data shorter": "1 signature.transaction_hash",
        },
        "refused": 492,
      }
    `);
    expect(await spoilEverything(trust, lines.fdda)).toMatchInlineSnapshot(`
      {
        "accepted": 5,
        "codes": {
          "5A flipped": "8 credential.identity_mismatch",
          "5A longer": "1 credential.identity_mismatch",
          "5A shorter": "1 credential.identity_mismatch",
          "84 flipped": "5 trust.ca_unknown, 3 proof.ok",
          "84 longer": "1 proof.ok",
          "84 shorter": "1 proof.ok",
          "8F flipped": "1 trust.ca_unknown",
          "8F longer": "1 credential.trailing",
          "8F shorter": "1 credential.truncated",
          "90 flipped": "3 credential.malformed, 73 signature.issuer_certificate, 2 credential.algorithm_unsupported, 64 key.invalid",
          "90 longer": "1 credential.trailing",
          "90 shorter": "1 credential.truncated",
          "9F36 flipped": "2 credential.malformed",
          "9F36 longer": "1 credential.malformed",
          "9F36 shorter": "1 credential.malformed",
          "9F46 flipped": "5 credential.malformed, 77 signature.card_certificate, 2 credential.algorithm_unsupported, 64 key.invalid",
          "9F46 longer": "1 credential.trailing",
          "9F46 shorter": "1 credential.truncated",
          "9F4B flipped": "1 credential.malformed, 1 credential.trailing, 67 signature.dynamic_data",
          "9F4B longer": "1 credential.trailing",
          "9F4B shorter": "1 credential.truncated",
          "9F69 flipped": "1 credential.version_unsupported, 7 signature.dynamic_data",
          "9F69 longer": "1 signature.dynamic_data",
          "9F69 shorter": "1 signature.dynamic_data",
          "static data flipped": "10 signature.card_certificate, 9 credential.identity_mismatch, 8 credential.malformed",
          "static data longer": "1 signature.card_certificate",
          "static data shorter": "1 credential.malformed",
          "terminal 5F2A flipped": "2 signature.dynamic_data",
          "terminal 5F2A longer": "1 credential.trailing",
          "terminal 5F2A shorter": "1 credential.truncated",
          "terminal 9F02 flipped": "6 signature.dynamic_data",
          "terminal 9F02 longer": "1 credential.trailing",
          "terminal 9F02 shorter": "1 credential.truncated",
          "terminal 9F37 flipped": "4 signature.dynamic_data",
          "terminal 9F37 longer": "1 credential.data_missing",
          "terminal 9F37 shorter": "1 credential.data_missing",
        },
        "refused": 444,
      }
    `);
  });

  it('refuses an unknown CA, another CA key under the same index, and an expired CA key', async () => {
    const { vectors, lines } = given();
    const { ca, otherCa } = vectors;
    const codes = async (anchors: unknown[], line = lines.dda) =>
      (await codesOf({ anchors }, { line }))['line'];
    expect(await codes([anchorOf(otherCa)])).toBe('trust.ca_unknown');
    expect(await codes([anchorOf({ ...otherCa, index: ca.index })])).toBe('signature.issuer_certificate');
    expect(await codes([anchorOf(ca), anchorOf(otherCa)], withTags(lines.dda, { '8F': '58' }))).toBe(
      'signature.issuer_certificate',
    );
    expect(await codes([anchorOf(ca, { rid: 'A000000632' })])).toBe('trust.ca_unknown');
    expect(await codes([anchorOf(ca, { expires: '2020-11-20' })])).toBe('proof.ok');
    expect(await codes([anchorOf(ca, { expires: '2020-11-19' })])).toBe('trust.ca_expired');
  });

  it('knows the first and the last millisecond', async () => {
    const { vectors, lines } = given();
    const trust = { anchors: [anchorOf(vectors.ca, { expires: '2020-12-30' })] };
    const later = { anchors: [anchorOf(vectors.ca)] };
    const at = (instant: string) => ({ ...lines.dda, at: instant });
    expect(
      await codesOf(trust, {
        'last of the CA key': at('2020-12-30T23:59:59.999Z'),
        'first after': at('2020-12-31T00:00:00.000Z'),
        'before the application': at('1995-06-30T23:59:59.999Z'),
        'first of the application': at('1995-07-01T00:00:00.000Z'),
      }),
    ).toEqual({
      'last of the CA key': 'proof.ok',
      'first after': 'trust.ca_expired',
      'before the application': 'credential.not_yet_valid',
      'first of the application': 'proof.ok',
    });
    expect(
      await codesOf(later, {
        'last of the certificates': at('2020-12-31T23:59:59.999Z'),
        'first after': at('2021-01-01T00:00:00.000Z'),
      }),
    ).toEqual({ 'last of the certificates': 'proof.ok', 'first after': 'trust.certificate_expired' });
  });

  it('refuses a revoked issuer certificate, and no other', async () => {
    const { lines, trust } = given();
    const revoke = (change: object) => ({
      ...trust,
      revocations: [{ family: 'chip-oda', rid: 'a000000333', index: '57', serial: '000001', ...change }],
    });
    const code = async (change: object) => (await codesOf(revoke(change), { line: lines.dda }))['line'];
    expect(await code({})).toBe('trust.certificate_revoked');
    expect(await code({ serial: '000002' })).toBe('proof.ok');
    expect(await code({ index: '58' })).toBe('proof.ok');
    expect(await code({ rid: 'A000000632' })).toBe('proof.ok');
  });

  it('takes SM2 fDDA only where the anchor enables it', async () => {
    const { vectors, lines } = given();
    const off = { anchors: [anchorOf(vectors.ca, { sm2Fdda: false })] };
    const { sm2Fdda: _, ...unsaid } = anchorOf(vectors.ca);
    const refused = { dda: 'proof.ok', cda: 'proof.ok', fdda: 'credential.mode_disabled' };
    expect(await codesOf(off, lines)).toEqual(refused);
    expect(await codesOf({ anchors: [unsaid] }, lines)).toEqual(refused);
  });

  it('refuses what is missing, unlike, or shown in another way than it was signed', async () => {
    const { vectors, lines, trust } = given();
    const { dda, cda, fdda } = lines;
    const inMode = (line: ChipLine, mode: string) => ({ ...line, context: { ...line.context, mode } });
    const withoutStatic = (line: ChipLine) => ({
      ...line,
      credential: { ...line.credential, staticData: '' },
    });
    const { transactionData: _, ...noTransactionData } = cda.context;
    const cases: Record<string, [ChipLine, string]> = {
      'no AID': [withTags(dda, { '84': undefined }), 'credential.data_missing'],
      'AID as 4F': [withTags(dda, { '84': undefined, '4F': AID }), 'proof.ok'],
      'AID too short': [withTags(dda, { '84': 'A0000003' }), 'credential.malformed'],
      'no CA index': [withTags(dda, { '8F': undefined }), 'credential.data_missing'],
      'no issuer certificate': [withTags(dda, { '90': undefined }), 'credential.data_missing'],
      'no card certificate': [withTags(dda, { '9F46': undefined }), 'credential.data_missing'],
      'no dynamic signature': [withTags(dda, { '9F4B': undefined }), 'credential.data_missing'],
      'no unpredictable number': [withTerminal(dda, { '9F37': undefined }), 'credential.data_missing'],
      'unpredictable number from the card': [
        withTags(withTerminal(dda, { '9F37': undefined }), { '9F37': '63afc600' }),
        'credential.data_missing',
      ],
      'another unpredictable number': [withTerminal(dda, { '9F37': '63afc601' }), 'signature.dynamic_data'],
      'no static data': [withoutStatic(dda), 'signature.card_certificate'],
      'no card number': [withTags(withoutStatic(dda), { '5A': undefined }), 'credential.data_missing'],
      'card number in the static data only': [withTags(dda, { '5A': undefined }), 'proof.ok'],
      'card number in track 2': [withTags(dda, { '5A': undefined, '57': `${PAN}D20121` }), 'proof.ok'],
      'another card number in track 2': [
        withTags(dda, { '57': '6228000100001118D2012F' }),
        'credential.identity_mismatch',
      ],
      'track 2 without a separator': [withTags(dda, { '57': PAN }), 'credential.malformed'],
      'card number with padding': [withTags(dda, { '5A': `${PAN}FFFF` }), 'proof.ok'],
      'card number of another issuer, unsigned': [
        withTags(withoutStatic(dda), { '5A': '6229000100001117' }),
        'credential.identity_mismatch',
      ],
      'dynamic signature as static one': [
        withTags(dda, { '93': `13dac1${dda.credential.tags['9F4B']?.slice(-128)}` }),
        'signature.static_data',
      ],
      'same tag in both cases': [withTags(dda, { '9f46': vectors.iccA.cert_9F46 }), 'credential.malformed'],
      'lower-case tags': [withTags(dda, { '9F46': undefined, '9f46': vectors.iccA.cert_9F46 }), 'proof.ok'],
      'unknown tags': [withTags(dda, { '9F10': '00', DF7F: '', '50': 'ff' }), 'proof.ok'],
      'DDA shown as CDA': [{ ...inMode(dda, 'cda'), context: { ...cda.context } }, 'credential.malformed'],
      'DDA shown as fDDA': [
        withTags({ ...dda, context: fdda.context }, { '9F69': '0100000000300000' }),
        'signature.dynamic_data',
      ],
      'fDDA shown as DDA': [inMode(fdda, 'dda'), 'signature.dynamic_data'],
      'fDDA shown as CDA': [{ ...fdda, context: cda.context }, 'signature.dynamic_data'],
      'CDA without transaction data': [{ ...cda, context: noTransactionData }, 'credential.data_missing'],
      'CDA with other clear cryptogram information': [
        withTags(cda, { '9F27': '40' }),
        'credential.malformed',
      ],
      'fDDA without amount': [withTerminal(fdda, { '9F02': undefined }), 'credential.data_missing'],
      'fDDA without currency': [withTerminal(fdda, { '5F2A': undefined }), 'credential.data_missing'],
      'fDDA without card data': [withTags(fdda, { '9F69': undefined }), 'credential.data_missing'],
      'fDDA with card data from the terminal': [
        withTerminal(withTags(fdda, { '9F69': undefined }), { '9F69': '0100000000300000' }),
        'proof.ok',
      ],
      'fDDA with unlike card data': [
        withTerminal(fdda, { '9F69': '0100000000300001' }),
        'credential.malformed',
      ],
      'fDDA version 00': [withTags(fdda, { '9F69': '0000000000300000' }), 'credential.version_unsupported'],
      'fDDA with another counter': [withTags(fdda, { '9F36': '0011' }), 'credential.malformed'],
    };
    const lineOf = Object.fromEntries(Object.entries(cases).map(([name, [line]]) => [name, line]));
    const codeOf = Object.fromEntries(Object.entries(cases).map(([name, [, code]]) => [name, code]));
    expect(await codesOf(trust, lineOf)).toEqual(codeOf);
    expect(Object.values(codeOf).filter((code) => code === 'proof.ok')).toHaveLength(7);
    expect(Object.values(codeOf)).toHaveLength(35);
  });
});

describe.skipIf(!vectorsPresent)('PBOC RSA chain A000000333/80 (public test keys)', () => {
  const UN = '63afc600';
  const TRANSACTION_DATA = '4344412d5452414e53414354494f4e2d444154412d4558414d504c45';
  const CARD_DATA = '0100000000300000';
  const FDDA_TERMINAL = { '9F37': UN, '9F02': '000000000100', '5F2A': '0156' };

  function givenRsa() {
    const vectors = readVectors<RsaVectors>('pboc/pboc_rsa_chain.json');
    const sign = signer(vectors);
    const anchor = {
      family: 'chip-oda',
      region: 'cq',
      rid: vectors.rid,
      index: vectors.caIndex,
      alg: 'rsa',
      modulusHex: vectors.caModulus,
      exponentHex: vectors.caExponent,
      expires: '2035-12-31',
    };
    const tags: Record<string, string> = { '84': AID, '8F': vectors.caIndex, '5A': PAN };
    for (const tag of ['90', '92', '9F32', '9F46', '9F47', '9F48']) tags[tag] = vectors[`tag${tag}`] ?? '';
    const line = (mode: string, terminal: Record<string, string>, signature: string): ChipLine => ({
      at: AT,
      credential: { tags: { ...tags, '9F4B': signature }, staticData: '' },
      context: { mode, terminal, ...(mode === 'cda' && { transactionData: TRANSACTION_DATA }) },
    });
    return { trust: { anchors: [anchor] }, sign, line };
  }
  const cdaData = (information: string) => `021122${information}abcdefabcdefabcd${sha1(TRANSACTION_DATA)}`;

  it('accepts own DDA, CDA and fDDA samples: 5 of 5', async () => {
    const { trust, sign, line } = givenRsa();
    const ddol = withTags(
      line('dda', { '9F37': UN, '9F02': '0100' }, sign('0659a2f145f401', `00000000010063afc6000000`)),
      { '9F49': '9F02069F37069A00' },
    );
    const answers = await onecardVerify(
      trust,
      toJsonl({
        dda: line('dda', { '9F37': UN }, sign('0659a2f145f401', UN)),
        'dda with a data object list': ddol,
        'cda with ARQC': line('cda', { '9F37': UN }, sign(cdaData('80'), UN)),
        'cda with TC': line('cda', { '9F37': UN }, sign(cdaData('40'), UN)),
        fdda: withTags(line('fdda', FDDA_TERMINAL, sign('020010', `${UN}0000000001000156${CARD_DATA}`)), {
          '9F69': CARD_DATA,
        }),
      }),
    );
    const base = { alg: 'rsa', index: '80' };
    expect(answers.map(({ id, code, facts }) => [id, code, facts?.['nonce'], facts?.['claims']])).toEqual([
      ['dda', 'proof.ok', `${UN}59a2f145f401`, base],
      ['dda with a data object list', 'proof.ok', `${UN}59a2f145f401`, base],
      ['cda with ARQC', 'proof.ok', `${UN}1122`, { ...base, applicationCryptogramType: 'arqc' }],
      ['cda with TC', 'proof.ok', `${UN}1122`, { ...base, applicationCryptogramType: 'tc' }],
      ['fdda', 'proof.ok', `${UN}0010`, { ...base, atc: 16 }],
    ]);
    for (const { facts } of answers) {
      expect(facts).toMatchObject({
        credentialId: `a000000333:622800:000001:${PAN}`,
        validUntilMs: Date.parse('2030-12-31T23:59:59.999Z'),
      });
    }
  });

  it('refuses what was signed, but not as it must be: 15 of 15', async () => {
    const { trust, sign, line } = givenRsa();
    const dda = (data: string, shape = {}) => line('dda', { '9F37': UN }, sign(data, UN, shape));
    const cda = (data: string) => line('cda', { '9F37': UN }, sign(data, UN));
    const good = '0659a2f145f401';
    expect(
      await codesOf(trust, {
        'wrong header': dda(good, { header: '6b' }),
        'wrong trailer': dda(good, { trailer: 'cc' }),
        'format of a static signature': dda(good, { format: '03' }),
        'unknown hash': dda(good, { hashAlgorithm: '02' }),
        'length of the data too long': dda(good, { length: '68' }),
        'length of the data too short': dda(good, { length: '06' }),
        'other padding': dda(good, { padding: 'bc' }),
        'dynamic number of 1 byte': dda('0159'),
        'dynamic number of 9 bytes': dda('09010203040506070809'),
        'dynamic number cut off': dda('0859a2'),
        'no dynamic data': dda(''),
        'AAC in CDA': cda(cdaData('00')),
        'reserved cryptogram in CDA': cda(cdaData('c0')),
        'short CDA data': cda(cdaData('80').slice(0, -2)),
        'other hash in CDA': cda(cdaData('80').replace(/..$/, '00')),
      }),
    ).toEqual({
      'wrong header': 'signature.dynamic_data',
      'wrong trailer': 'signature.dynamic_data',
      'format of a static signature': 'credential.malformed',
      'unknown hash': 'credential.algorithm_unsupported',
      'length of the data too long': 'credential.malformed',
      'length of the data too short': 'credential.malformed',
      'other padding': 'credential.malformed',
      'dynamic number of 1 byte': 'credential.malformed',
      'dynamic number of 9 bytes': 'credential.malformed',
      'dynamic number cut off': 'credential.malformed',
      'no dynamic data': 'credential.malformed',
      'AAC in CDA': 'credential.malformed',
      'reserved cryptogram in CDA': 'credential.malformed',
      'short CDA data': 'credential.malformed',
      'other hash in CDA': 'signature.transaction_hash',
    });
  });

  it('refuses data object lists that do not bind the unpredictable number', async () => {
    const { trust, sign, line } = givenRsa();
    const withList = (list: string, signed: string) =>
      withTags(line('dda', { '9F37': UN }, sign('0659a2f145f401', signed)), { '9F49': list });
    expect(
      await codesOf(trust, {
        whole: withList('9F3704', UN),
        'cut to 2 bytes': withList('9F3702', UN.slice(0, 4)),
        'cut to nothing': withList('9F3700', ''),
        'not asked for': withList('9F0206', '000000000000'),
        empty: withList('', ''),
        'cut off': withList('9F37', UN),
        'longer than a command': withList('9F37049AFF', UN + '00'.repeat(255)),
      }),
    ).toEqual({
      whole: 'proof.ok',
      'cut to 2 bytes': 'credential.malformed',
      'cut to nothing': 'credential.malformed',
      'not asked for': 'credential.malformed',
      empty: 'credential.malformed',
      'cut off': 'credential.malformed',
      'longer than a command': 'credential.malformed',
    });
  });

  it('refuses every flipped byte and every wrong length of an own DDA sample: 505 of 510', async () => {
    const { trust, sign, line } = givenRsa();
    const own = line('dda', { '9F37': UN }, sign('0659a2f145f401', UN));
    expect(await spoilEverything(trust, own)).toMatchInlineSnapshot(`
      {
        "accepted": 5,
        "codes": {
          "5A flipped": "8 credential.identity_mismatch",
          "5A longer": "1 credential.identity_mismatch",
          "5A shorter": "1 credential.identity_mismatch",
          "84 flipped": "5 trust.ca_unknown, 3 proof.ok",
          "84 longer": "1 proof.ok",
          "84 shorter": "1 proof.ok",
          "8F flipped": "1 trust.ca_unknown",
          "8F longer": "1 credential.trailing",
          "8F shorter": "1 credential.truncated",
          "90 flipped": "128 signature.issuer_certificate",
          "90 longer": "1 credential.trailing",
          "90 shorter": "1 credential.truncated",
          "92 flipped": "36 signature.issuer_certificate",
          "92 longer": "1 signature.issuer_certificate",
          "92 shorter": "1 signature.issuer_certificate",
          "9F32 flipped": "1 key.invalid",
          "9F32 longer": "1 key.invalid",
          "9F32 shorter": "1 key.invalid",
          "9F46 flipped": "128 signature.card_certificate",
          "9F46 longer": "1 credential.trailing",
          "9F46 shorter": "1 credential.truncated",
          "9F47 flipped": "3 key.invalid",
          "9F47 longer": "1 key.invalid",
          "9F47 shorter": "1 key.invalid",
          "9F48 flipped": "42 signature.card_certificate",
          "9F48 longer": "1 signature.card_certificate",
          "9F48 shorter": "1 signature.card_certificate",
          "9F4B flipped": "128 signature.dynamic_data",
          "9F4B longer": "1 credential.trailing",
          "9F4B shorter": "1 credential.truncated",
          "static data longer": "1 signature.card_certificate",
          "terminal 9F37 flipped": "4 signature.dynamic_data",
          "terminal 9F37 longer": "1 credential.data_missing",
          "terminal 9F37 shorter": "1 credential.data_missing",
        },
        "refused": 505,
      }
    `);
  });
});

function sha1(hex: string): string {
  return createHash('sha1').update(Buffer.from(hex, 'hex')).digest('hex');
}

interface Shape {
  readonly header?: string;
  readonly format?: string;
  readonly hashAlgorithm?: string;
  readonly length?: string;
  readonly padding?: string;
  readonly trailer?: string;
}

/** Signs dynamic data with the card's primes (EMV Book 2, clause 6.5.1 and annex A2.1.2). */
function signer(vectors: RsaVectors) {
  const [p, q] = [BigInt(`0x${vectors['iccP']}`), BigInt(`0x${vectors['iccQ']}`)];
  const n = p * q;
  const bytes = n.toString(16).length / 2;
  const d = inverse(BigInt(`0x${vectors['tag9F47']}`), (p - 1n) * (q - 1n));
  return (data: string, terminalData: string, shape: Shape = {}): string => {
    const { header = '6a', format = '05', hashAlgorithm = '01', padding = 'bb', trailer = 'bc' } = shape;
    const length = shape.length ?? (data.length / 2).toString(16).padStart(2, '0');
    const body = (format + hashAlgorithm + length + data).padEnd((bytes - 22) * 2, padding);
    const block = BigInt(`0x${header}${body}${sha1(body + terminalData)}${trailer}`);
    return power(block, d, n)
      .toString(16)
      .padStart(bytes * 2, '0');
  };
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, s0, s1] = [m, a % m, 0n, 1n];
  while (r1 > 0n) {
    const quotient = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - quotient * r1, s1, s0 - quotient * s1];
  }
  return ((s0 % m) + m) % m;
}
