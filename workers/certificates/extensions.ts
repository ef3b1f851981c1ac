/** The extensions of a certificate (RFC 5280 clause 4.2): each once, those that are known read strictly. */
import { derFault } from '../codecs/der-check.ts';
import { DER_TAG, type DerCursor } from '../codecs/der-cursor.ts';
import { oidText } from '../codecs/der-oid.ts';
import type { Extension, Extensions } from './certificate.ts';
import {
  readAuthorityKeyId,
  readBasicConstraints,
  readDistributionPoints,
  readKeyPurposes,
  readKeyUsage,
  readNameConstraints,
  readNames,
  readOctets,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  readSkipCerts,
  takeAuthorityInformation,
} from './extension-values.ts';

const EXTENSIONS_MAX = 64;

type Writable = { -readonly [Name in keyof Extensions]: Extensions[Name] };
type Known = Exclude<keyof Extensions, 'all' | 'unknownCritical'>;

export const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  policies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInformation: '1.3.6.1.5.5.7.1.1',
} as const;

/** Reads one value into its field; null where it is not of the form. */
type Reader = (into: Writable, cursor: DerCursor, end: number) => unknown;

const into =
  <Field extends Known>(field: Field, read: (cursor: DerCursor, end: number) => Extensions[Field]): Reader =>
  (extensions, cursor, end) => {
    const value = read(cursor, end);
    extensions[field] = value;
    return value;
  };

const READERS: ReadonlyMap<string, Reader> = new Map([
  [EXTENSION.subjectKeyId, into('subjectKeyId', readOctets)],
  [EXTENSION.keyUsage, into('keyUsage', readKeyUsage)],
  [EXTENSION.subjectAltName, into('subjectAltNames', readNames)],
  [EXTENSION.issuerAltName, into('issuerAltNames', readNames)],
  [EXTENSION.basicConstraints, into('basicConstraints', readBasicConstraints)],
  [EXTENSION.nameConstraints, into('nameConstraints', readNameConstraints)],
  [EXTENSION.crlDistributionPoints, into('crlDistributionPoints', readDistributionPoints)],
  [EXTENSION.policies, into('policies', readPolicies)],
  [EXTENSION.policyMappings, into('policyMappings', readPolicyMappings)],
  [EXTENSION.authorityKeyId, into('authorityKeyId', readAuthorityKeyId)],
  [EXTENSION.policyConstraints, into('policyConstraints', readPolicyConstraints)],
  [EXTENSION.extKeyUsage, into('extKeyUsage', readKeyPurposes)],
  [EXTENSION.inhibitAnyPolicy, into('inhibitAnyPolicy', readSkipCerts)],
  [EXTENSION.authorityInformation, (_, cursor, end) => takeAuthorityInformation(cursor, end)],
]);

/** Those that path validation acts on, or that may be critical without asking anything of it. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.subjectKeyId,
  EXTENSION.authorityKeyId,
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.issuerAltName,
  EXTENSION.basicConstraints,
  EXTENSION.nameConstraints,
  EXTENSION.policies,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.extKeyUsage,
  EXTENSION.inhibitAnyPolicy,
]);

export function noExtensions(): Writable {
  return {
    all: [],
    unknownCritical: [],
    basicConstraints: null,
    keyUsage: null,
    extKeyUsage: null,
    subjectKeyId: null,
    authorityKeyId: null,
    subjectAltNames: null,
    issuerAltNames: null,
    nameConstraints: null,
    policies: null,
    policyMappings: null,
    policyConstraints: null,
    inhibitAnyPolicy: null,
    crlDistributionPoints: null,
  };
}

/** The extensions that `cursor` is before; null where they are not of the form, or one is there twice. */
export function readExtensions(cursor: DerCursor, end: number): Extensions | null {
  const all = readExtensionList(cursor, end);
  if (all === null) return null;
  const extensions = noExtensions();
  extensions.all = all;
  const unknownCritical: string[] = [];
  for (const { oid, critical, value } of all) {
    const read = READERS.get(oid);
    if (read !== undefined) {
      // Back in the certificate's bytes: one cursor serves all.
      const start = value.byteOffset - cursor.bytes.byteOffset;
      const stop = start + value.length;
      if (derFault(cursor.bytes, start, stop) !== null) return null;
      cursor.at = start;
      if (read(extensions, cursor, stop) === null || cursor.at !== stop) return null;
    }
    if (critical && !UNDERSTOOD.has(oid)) unknownCritical.push(oid);
  }
  cursor.at = end;
  extensions.unknownCritical = unknownCritical;
  return extensions;
}

/** Extensions (clause 4.1) without looking into their values: at least one, none twice. Lists of revocation have them too. */
export function readExtensionList(cursor: DerCursor, end: number): readonly Extension[] | null {
  if (!cursor.enter(DER_TAG.sequence, end) || cursor.at === end) return null;
  const all: Extension[] = [];
  while (cursor.at < end) {
    if (!cursor.enter(DER_TAG.sequence, end) || all.length === EXTENSIONS_MAX) return null;
    const { stop } = cursor;
    if (!cursor.take(DER_TAG.objectIdentifier, stop)) return null;
    const oid = oidText(cursor.bytes, cursor.start, cursor.stop);
    const critical = cursor.take(DER_TAG.boolean, stop);
    // FALSE is the default, so DER does not write it (X.690 clause 11.5).
    if (critical && cursor.bytes[cursor.start] === 0) return null;
    if (!cursor.take(DER_TAG.octetString, stop) || cursor.at !== stop) return null;
    for (const other of all) if (other.oid === oid) return null;
    all.push({ oid, critical, value: cursor.value() });
  }
  return all;
}
