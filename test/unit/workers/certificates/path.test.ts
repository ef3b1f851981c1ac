/** Paths and revocation lists beyond what x509-limbo tries: policies, names of other kinds, lists, and bounds. */
import { describe, expect, test } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import {
  extension,
  issueRevocationList,
  type ListDraft,
  name,
} from '../../../../platform/authority/certificates.ts';
import { bitString, der, derTrue, identifier, sequence, small } from '../../../../platform/der.ts';
import { CertificateLists, parseCertificateList } from '../../../../workers/certificates/crl.ts';
import { coversHost, dnsLabels } from '../../../../workers/certificates/dns-name.ts';
import { findPath } from '../../../../workers/certificates/path-building.ts';
import { BASIC } from '../../../../workers/certificates/path-profile.ts';
import { ANY_PATH, type PathRules, pathFault } from '../../../../workers/certificates/path-validation.ts';
import { holds, signatureCheck, signedBy } from '../../../../workers/certificates/signature-check.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import {
  caCertificate,
  type DraftEdit,
  type Issued,
  leafCertificate,
  NOW_MS,
  parsed,
  testKey,
  withExtension,
} from '../../../fixtures/certificates.ts';

const RULES: PathRules = { ...ANY_PATH, profile: BASIC, atMs: NOW_MS };
const key = (label: string) => testKey('p256', label);
const named = (oid: string, value: Uint8Array, critical = false) =>
  withExtension(oid, { oid, value, critical });
const both =
  (...edits: readonly DraftEdit[]): DraftEdit =>
  (draft) =>
    edits.reduce((changed, edit) => edit(changed), draft);

const root = caCertificate('root', key('root'), null);
/** root ← ca ← leaf, each changed. */
function fault(ca: DraftEdit, leaf: DraftEdit, rules: Partial<PathRules> = {}): Code | null {
  const issuing = caCertificate('ca', key('ca'), root, ca);
  const holder = leafCertificate('holder', key('holder'), issuing, leaf);
  return pathFault([holder, issuing, root].map(parsed), { ...RULES, ...rules });
}
const same: DraftEdit = (draft) => draft;

describe('policies', () => {
  const [A, B, C, ANY] = ['1.2.3.1', '1.2.3.2', '1.2.3.3', '2.5.29.32.0'];
  const policies = (...all: readonly string[]) => withExtension('2.5.29.32', extension.policies(...all));
  const mapping = (from: string, to: string) =>
    named('2.5.29.33', sequence(sequence(identifier(from), identifier(to))), true);
  const constraints = (explicit: number | null, mappings: number | null) =>
    named(
      '2.5.29.36',
      sequence(
        ...(explicit === null ? [] : [der(0x80, Uint8Array.of(explicit))]),
        ...(mappings === null ? [] : [der(0x81, Uint8Array.of(mappings))]),
      ),
      true,
    );
  const inhibitAny = (skip: number) => named('2.5.29.54', small(skip), true);
  test.each<[string, DraftEdit, DraftEdit, readonly string[] | null, Code | null]>([
    ['none wanted, none there', same, same, null, null],
    ['the one wanted all along', policies(A), policies(A), [A], null],
    ['one of two wanted', policies(A, B), policies(B), [A, B], null],
    ['another', policies(A), policies(A), [B], 'trust.policy'],
    ['missing at the leaf', policies(A), same, [A], 'trust.policy'],
    ['missing at the CA', same, policies(A), [A], 'trust.policy'],
    ['any at the CA', policies(ANY), policies(A), [A], null],
    ['any at the leaf', policies(A), policies(ANY), [A], null],
    ['any all along', policies(ANY), policies(ANY), [A], null],
    ['any at the leaf, of another', policies(B), policies(ANY), [A], 'trust.policy'],
    ['any that is inhibited', both(policies(A), inhibitAny(0)), policies(ANY), [A], 'trust.policy'],
    ['any that is inhibited later', both(policies(A), inhibitAny(1)), policies(ANY), [A], null],
    ['mapped', both(policies(A), mapping(A, B)), policies(B), [A], null],
    ['mapped, and shown as it was', both(policies(A), mapping(A, B)), policies(A), [A], 'trust.policy'],
    ['mapped from what is not there', both(policies(C), mapping(A, B)), policies(B), [A], 'trust.policy'],
    ['mapped to any', both(policies(A), mapping(A, ANY)), policies(A), [A], 'trust.policy'],
    ['mapped under any', both(policies(ANY), mapping(A, B)), policies(B), [A], null],
    ['wanted by a CA', both(policies(A), constraints(0, null)), policies(A), null, null],
    ['wanted by a CA and not there', both(policies(A), constraints(0, null)), same, null, 'trust.policy'],
    // What is left to skip is counted down at the leaf too (6.1.5 (a)).
    ['wanted by a CA from the leaf on', both(policies(A), constraints(1, null)), same, null, 'trust.policy'],
    ['wanted by a CA from below the leaf on', both(policies(A), constraints(2, null)), same, null, null],
  ])('%s', (_, ca, leaf, wanted, code) => {
    expect(fault(ca, leaf, { policies: wanted })).toBe(code);
  });

  test('mapping that the root has inhibited is none', () => {
    const strict = caCertificate('root', key('root'), null, both(policies(A), constraints(null, 0)));
    const ca = caCertificate('ca', key('ca'), strict, both(policies(A), mapping(A, B)));
    const leaf = leafCertificate('holder', key('holder'), ca, policies(B));
    // The anchor is no certificate of the path (6.1.1), so it takes one between to inhibit.
    const middle = caCertificate('middle', key('middle'), root, both(policies(A), constraints(null, 0)));
    const below = caCertificate('ca', key('ca'), middle, both(policies(A), mapping(A, B)));
    const holder = leafCertificate('holder', key('holder'), below, policies(B));
    const rules = { ...RULES, policies: [A] };
    expect(pathFault([leaf, ca, strict].map(parsed), rules)).toBeNull();
    expect(pathFault([holder, below, middle, root].map(parsed), rules)).toBe('trust.policy');
  });
});

describe('name constraints', () => {
  const text = (value: string) => Buffer.from(value, 'latin1');
  const constraint = (list: 0xa0 | 0xa1, base: Uint8Array) =>
    named('2.5.29.30', sequence(der(list, sequence(base))), true);
  const san = (...names: readonly Uint8Array[]) => named('2.5.29.17', sequence(...names));
  const email = (value: string) => der(0x81, text(value));
  const dns = (value: string) => der(0x82, text(value));
  const uri = (value: string) => der(0x86, text(value));
  const other = der(0xa0, identifier('1.2.3'), der(0xa0, small(1)));
  test.each<[string, 0xa0 | 0xa1, Uint8Array, Uint8Array, boolean]>([
    ['a mailbox', 0xa0, email('a@b.example'), email('a@B.example'), true],
    ['another mailbox', 0xa0, email('a@b.example'), email('c@b.example'), false],
    ['a mailbox at a host', 0xa0, email('b.example'), email('c@b.example'), true],
    ['a mailbox at a host below', 0xa0, email('b.example'), email('c@a.b.example'), false],
    ['a mailbox below a domain', 0xa0, email('.b.example'), email('c@a.b.example'), true],
    ['a mailbox that is none', 0xa0, email('b.example'), email('b.example'), false],
    ['a URI at a host', 0xa0, uri('b.example'), uri('https://b.example/x'), true],
    ['a URI below a domain', 0xa0, uri('.b.example'), uri('https://a.b.example/x'), true],
    ['a URI elsewhere', 0xa0, uri('b.example'), uri('https://c.example/b.example'), false],
    ['a URI with an address for a host', 0xa0, uri('b.example'), uri('https://192.0.2.1/'), false],
    ['a URI that is none', 0xa0, uri('b.example'), uri('b.example'), false],
    ['a wildcard below', 0xa0, dns('b.example'), dns('*.b.example'), true],
    ['a wildcard that may stand for what is excluded', 0xa1, dns('a.b.example'), dns('*.b.example'), false],
    ['a wildcard beside what is excluded', 0xa1, dns('a.c.example'), dns('*.b.example'), true],
    ['a base with a leading dot is none of DNS', 0xa0, dns('.b.example'), dns('a.b.example'), false],
    ['an empty base is every name', 0xa1, dns(''), dns('b.example'), false],
    ['a name of a kind that cannot be judged', 0xa0, other, other, false],
    ['names of another kind', 0xa0, other, dns('b.example'), true],
  ])('%s', (_, list, base, shown, isAllowed) => {
    expect(fault(constraint(list, base), san(shown))).toBe(isAllowed ? null : 'trust.name_constraints');
  });

  test('an address in the subject counts where there is no other name', () => {
    const subject = sequence(
      der(0x31, sequence(identifier('1.2.840.113549.1.9.1'), der(0x16, text('a@c.example')))),
    );
    const leaf: DraftEdit = (draft) => ({ ...draft, subject });
    expect(fault(constraint(0xa0, email('b.example')), leaf)).toBe('trust.name_constraints');
    expect(fault(constraint(0xa0, email('c.example')), leaf)).toBeNull();
  });

  test('names times constraints are bounded', () => {
    const bases = sequence(...Array.from({ length: 250 }, (_, i) => sequence(dns(`h${i}.example`))));
    const names = Array.from({ length: 250 }, () => dns('h249.example'));
    const many = named('2.5.29.30', sequence(der(0xa0, bases.subarray(4))), true);
    expect(fault(many, san(...names.slice(0, 3)))).toBeNull();
    expect(fault(many, san(...names))).toBe('trust.name_constraints');
  });
});

describe('hosts', () => {
  test.each([
    ['a.example', 'A.EXAMPLE', true],
    ['*.b.example', 'a.b.example', true],
    ['*.example', 'a.example', false],
    ['*', 'example', false],
    ['a.*.example', 'a.b.example', false],
    ['a.example.', 'a.example', false],
    ['a..example', 'a..example', false],
    ['192.0.2.1', '192.0.2.1', false],
    ['-a.example', '-a.example', false],
  ])('%s covers %s: %s', (presented, host, covers) => {
    expect(coversHost(presented, host)).toBe(covers);
  });

  test('names longer than DNS has are none', () => {
    expect(dnsLabels(`${'a'.repeat(64)}.example`, false)).toBeNull();
    expect(dnsLabels(Array(130).fill('a').join('.'), false)).toBeNull();
  });
});

describe('revocation lists', () => {
  const SERIAL = Uint8Array.of(0x77);
  const holder = leafCertificate('holder', key('holder'), root, (draft) => ({ ...draft, serial: SERIAL }));
  const certificate = parsed(holder);
  const issuer = parsed(root);
  const draft = (change: Partial<ListDraft> = {}): ListDraft => ({
    issuer: root.subject,
    thisUpdateMs: NOW_MS - 1_000,
    nextUpdateMs: NOW_MS + 1_000,
    revoked: [],
    ...change,
  });
  const list = (change: Partial<ListDraft> = {}) => issueRevocationList(draft(change), root.key);
  const judged = (...lists: readonly Uint8Array[]) => {
    const read = lists.map(parseCertificateList).filter((each) => typeof each !== 'string');
    expect(read).toHaveLength(lists.length);
    return new CertificateLists(read).fault(certificate, issuer, NOW_MS);
  };
  const entry = (serial: Uint8Array, reason?: number) => ({
    serial,
    atMs: NOW_MS,
    ...(reason !== undefined && { reason }),
  });
  const point = (...parts: readonly Uint8Array[]) => [
    { oid: '2.5.29.28', critical: true, value: sequence(...parts) },
  ];

  test('say what is revoked, whatever the reason, and are asked while they are current', () => {
    expect(judged(list())).toBeNull();
    expect(judged(list({ revoked: [entry(SERIAL)] }))).toBe('trust.certificate_revoked');
    expect(judged(list({ revoked: [entry(SERIAL, 6)] }))).toBe('trust.certificate_revoked');
    expect(judged(list({ revoked: [entry(Uint8Array.of(0x78), 1)] }))).toBeNull();
    expect(judged(list({ nextUpdateMs: NOW_MS - 1_000 }))).toBe('trust.revocation_unknown');
    expect(judged(list({ thisUpdateMs: NOW_MS + 1_000 }))).toBe('trust.revocation_unknown');
    expect(judged(list({ nextUpdateMs: NOW_MS - 1_000 }), list())).toBeNull();
    expect(
      judged(
        list(),
        list({ thisUpdateMs: NOW_MS - 5_000, nextUpdateMs: NOW_MS - 1_000, revoked: [entry(SERIAL)] }),
      ),
    ).toBe('trust.certificate_revoked');
    expect(judged(list({ issuer: name({ CN: 'another' }), revoked: [entry(SERIAL)] }))).toBeNull();
  });

  test('for CAs alone say nothing of holders, and those of a point are for whoever names it', () => {
    const revoked = [entry(SERIAL)];
    expect(judged(list({ revoked, extensions: point(der(0x82, Uint8Array.of(0xff))) }))).toBeNull();
    expect(judged(list({ revoked, extensions: point(der(0x81, Uint8Array.of(0xff))) }))).toBe(
      'trust.certificate_revoked',
    );
    const at = point(der(0xa0, der(0xa0, der(0x86, Buffer.from('http://crl.example/1')))));
    expect(judged(list({ extensions: at }))).toBe('trust.revocation_unknown');
  });

  test('are signed by whoever issues them', () => {
    const engine = createPortableEngine();
    const read = parseCertificateList(list());
    if (typeof read === 'string') throw new TypeError(read);
    const check = signatureCheck(read.signatureAlgorithm, issuer.key, read.tbs, read.signature);
    expect(holds(engine, check)).toBe(true);
    expect(
      holds(engine, signatureCheck(read.signatureAlgorithm, certificate.key, read.tbs, read.signature)),
    ).toBe(false);
  });

  test.each<[string, Partial<ListDraft>]>([
    ['a reason that there is not', { revoked: [entry(SERIAL, 11)] }],
    ['a reason of deltas', { revoked: [entry(SERIAL, 8)] }],
    ['a delta', { extensions: [{ oid: '2.5.29.27', critical: true, value: small(1) }] }],
    ['an unknown critical extension', { extensions: [{ oid: '1.2.3', critical: true, value: small(1) }] }],
    ['an indirect list', { extensions: point(der(0x84, Uint8Array.of(0xff))) }],
    [
      'a list of some reasons',
      { extensions: point(der(0x83, bitString(Uint8Array.of(0x80), 7).subarray(2))) },
    ],
    ['a list of attribute certificates', { extensions: point(der(0x85, Uint8Array.of(0xff))) }],
    [
      'a list of holders and of CAs alone',
      { extensions: point(der(0x81, Uint8Array.of(0xff)), der(0x82, Uint8Array.of(0xff))) },
    ],
    ['a next list before this one', { nextUpdateMs: NOW_MS - 5_000 }],
  ])('%s is not read', (_, change) => {
    expect(parseCertificateList(list(change))).toBe('credential.malformed');
  });

  test('nor is what is no list', () => {
    expect(parseCertificateList(derTrue)).toBe('credential.malformed');
    expect(parseCertificateList(holder.der)).toBe('credential.malformed');
    expect(parseCertificateList(Uint8Array.of(...list(), 0))).toBe('credential.trailing');
    expect(parseCertificateList(list().subarray(0, 50))).toBe('credential.truncated');
  });
});

describe('building', () => {
  const rulesFor = () => RULES;
  const engine = createPortableEngine();

  test('CAs that sign each other cost no more than is allowed', () => {
    const keys = Array.from({ length: 14 }, (_, i) => key(`mesh ${i}`));
    const seeds: Issued[] = keys.map((each, i) => caCertificate(`mesh ${i}`, each, null));
    const mesh = seeds.flatMap((issuer, i) =>
      keys.flatMap((each, j) => (i === j ? [] : [caCertificate(`mesh ${j}`, each, issuer)])),
    );
    const leaf = parsed(leafCertificate('holder', key('holder'), seeds[0] as Issued));
    let asked = 0;
    const found = findPath(
      { leaf, intermediates: mesh.map(parsed), anchors: [parsed(root)], rulesFor },
      () => {
        asked += 1;
        return false;
      },
    );
    expect(found).toBe('trust.ca_unknown');
    expect(asked).toBe(0);
  });

  test('of two CAs of one name the one that signed is taken, where signatures are asked', () => {
    const bare = withExtension('2.5.29.35', null);
    const real = caCertificate('twin', key('twin'), root);
    const twin = caCertificate('twin', key('other twin'), root);
    const leaf = parsed(leafCertificate('holder', key('holder'), real, bare));
    const intermediates = [twin, real].map(parsed);
    const verified = (certificate: ReturnType<typeof parsed>, issuer: ReturnType<typeof parsed>) =>
      holds(engine, signedBy(certificate, issuer.key));
    const path = findPath({ leaf, intermediates, anchors: [parsed(root)], rulesFor }, verified);
    expect(typeof path === 'string' ? path : path[1]?.der).toEqual(real.der);
    const none = findPath(
      { leaf, intermediates: intermediates.slice(0, 1), anchors: [parsed(root)], rulesFor },
      verified,
    );
    expect(none).toBe('signature.issuer_certificate');
  });

  test('a name that differs in case and text type is found', () => {
    const shouted = name({ C: 'CN', O: 'TEST', CN: 'ROOT ' });
    const leaf = parsed(leafCertificate('holder', key('holder'), { ...root, subject: shouted }));
    const path = findPath({ leaf, intermediates: [], anchors: [parsed(root)], rulesFor });
    expect(typeof path === 'string' ? path : path.length).toBe(2);
  });
});
