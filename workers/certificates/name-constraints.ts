/** Name constraints along a path (RFC 5280 clause 4.2.1.10; clauses 6.1.3 (b), (c) and 6.1.4 (g)). */
import type { Code } from '../../config/codes.ts';
import { type Certificate, GENERAL_NAME, type GeneralName, type NameConstraints } from './certificate.ts';
import { dnsLabels } from './dns-name.ts';
import { ATTRIBUTE, attributesOf, canonicalName, isEmptyName } from './names.ts';

/** Names times constraints that one path may cost. */
const COMPARISONS_MAX = 16_384;

/** What the CAs above allow, one after another: a name must be within each. */
export class NameLimits {
  readonly #all: NameConstraints[] = [];
  #left = COMPARISONS_MAX;

  add(constraints: NameConstraints): void {
    this.#all.push(constraints);
  }

  /** A code where a name of the certificate is outside, or cannot be judged. */
  fault(certificate: Certificate): Code | null {
    if (this.#all.length === 0) return null;
    const names = namesOf(certificate);
    for (const constraints of this.#all) {
      for (const name of names) if (!this.#isWithin(name, constraints)) return 'trust.name_constraints';
    }
    return null;
  }

  #isWithin(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
    const allowed = permitted.filter(({ tag }) => tag === name.tag);
    const ruledOut = excluded.filter(({ tag }) => tag === name.tag);
    this.#left -= allowed.length + ruledOut.length;
    if (this.#left < 0) return false;
    if (allowed.length === 0 && ruledOut.length === 0) return true;
    const matching = MATCHERS.get(name.tag);
    if (matching === undefined) return false;
    if (ruledOut.some((base) => matching(name.value, base.value, true) !== false)) return false;
    return allowed.length === 0 || allowed.some((base) => matching(name.value, base.value, false) === true);
  }
}

/** All names of a certificate: subject, alternative names, and addresses in the subject where there are no others. */
function namesOf({ subject, extensions: { subjectAltNames } }: Certificate): readonly GeneralName[] {
  const names: GeneralName[] = [...(subjectAltNames ?? [])];
  if (isEmptyName(subject)) return names;
  names.push({ tag: GENERAL_NAME.directory, value: subject });
  if (subjectAltNames !== null) return names;
  for (const { oid, text } of attributesOf(subject)) {
    if (oid === ATTRIBUTE.email)
      names.push({ tag: GENERAL_NAME.email, value: Buffer.from(text ?? '', 'latin1') });
  }
  return names;
}

/** Whether a name is in the subtree of a base; null where one of them is not of its form. */
type Matcher = (name: Uint8Array, base: Uint8Array, excluding: boolean) => boolean | null;

const MATCHERS: ReadonlyMap<number, Matcher> = new Map<number, Matcher>([
  [GENERAL_NAME.dns, (name, base, excluding) => dnsWithin(latin(name), latin(base), excluding)],
  [GENERAL_NAME.ip, ipWithin],
  [GENERAL_NAME.directory, directoryWithin],
  [GENERAL_NAME.email, (name, base) => emailWithin(latin(name), latin(base))],
  [GENERAL_NAME.uri, (name, base) => uriWithin(latin(name), latin(base))],
]);

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** An empty base is every name. A wildcard is ruled out by what it may stand for. */
function dnsWithin(name: string, base: string, excluding: boolean): boolean | null {
  const labels = dnsLabels(name, true);
  if (labels === null) return null;
  if (base === '') return true;
  const tail = dnsLabels(base.startsWith('.') ? base.slice(1) : base, false);
  if (tail === null) return null;
  const subdomainsOnly = base.startsWith('.');
  const isTail = (labelled: readonly string[]) =>
    labelled.length >= tail.length + (subdomainsOnly ? 1 : 0) &&
    tail.every((label, i) => label === labelled[labelled.length - tail.length + i]);
  if (isTail(labels)) return true;
  return excluding && labels[0] === '*' && labels.length === tail.length
    ? labels.slice(1).every((label, i) => label === tail[i + 1])
    : false;
}

/** Address and mask, of four or of 16 bytes each; the mask is one of CIDR (RFC 4632). */
function ipWithin(name: Uint8Array, base: Uint8Array): boolean | null {
  if (name.length !== 4 && name.length !== 16) return null;
  if ((base.length !== 8 && base.length !== 32) || !isMask(base.subarray(base.length / 2))) return null;
  if (base.length !== name.length * 2) return false;
  return name.every((byte, i) => {
    const mask = base[name.length + i] as number;
    return (byte & mask) === ((base[i] as number) & mask);
  });
}

function isMask(mask: Uint8Array): boolean {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits);
}

function directoryWithin(name: Uint8Array, base: Uint8Array): boolean {
  const [names, bases] = [canonicalName(name), canonicalName(base)];
  return bases.length <= names.length && bases.every((part, i) => part === names[i]);
}

/** A mailbox, a host, or with a leading dot the hosts below a domain. */
function emailWithin(name: string, base: string): boolean | null {
  const at = name.lastIndexOf('@');
  const host = name.slice(at + 1).toLowerCase();
  if (at < 1 || dnsLabels(host, false) === null) return null;
  const baseAt = base.lastIndexOf('@');
  if (baseAt >= 0) {
    return name.slice(0, at) === base.slice(0, baseAt) && host === base.slice(baseAt + 1).toLowerCase();
  }
  return hostWithin(host, base);
}

function uriWithin(name: string, base: string): boolean | null {
  const host = URL.canParse(name) ? new URL(name).hostname : '';
  return dnsLabels(host, false) === null ? null : hostWithin(host, base);
}

function hostWithin(host: string, base: string): boolean | null {
  const domain = base.startsWith('.') ? base.slice(1) : base;
  if (dnsLabels(domain, false) === null) return null;
  return base.startsWith('.') ? host.endsWith(base.toLowerCase()) : host === base.toLowerCase();
}
