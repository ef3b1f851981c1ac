/** Name constraints along a path (RFC 5280 clause 4.2.1.10; clauses 6.1.3 (b), (c) and 6.1.4 (g)). */
import type { Code } from '../../config/codes.ts';
import { type Certificate, GENERAL_NAME, type GeneralName, type NameConstraints } from './certificate.ts';
import { dnsLabels } from './dns-name.ts';
import { ATTRIBUTE, attributesOf, canonicalName, isEmptyName, perView } from './names.ts';

/** Names times constraints that one path may cost. */
const COMPARISONS_MAX = 4_096;

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
  [GENERAL_NAME.dns, dnsWithin],
  [GENERAL_NAME.ip, ipWithin],
  [GENERAL_NAME.directory, directoryWithin],
  [GENERAL_NAME.email, emailWithin],
  [GENERAL_NAME.uri, uriWithin],
]);

// Names and bases meet each other many times, so each is taken apart once.
const latin = perView((bytes) => Buffer.from(bytes).toString('latin1'));
const presentedLabels = perView((bytes) => dnsLabels(latin(bytes), true));
const relativeNames = perView(canonicalName);
const mailHost = perView((bytes) => hostOrNull(latin(bytes).slice(latin(bytes).lastIndexOf('@') + 1)));
const uriHost = perView((bytes) => {
  const text = latin(bytes);
  return hostOrNull(URL.canParse(text) ? new URL(text).hostname : '');
});
/** Of DNS, mail or a URI: a host, or with a leading dot a domain without itself. */
const baseOf = perView((bytes) => {
  const text = latin(bytes).toLowerCase();
  const below = text.startsWith('.');
  const labels = dnsLabels(below ? text.slice(1) : text, false);
  return labels === null ? null : { text, below, labels };
});

function hostOrNull(text: string): string | null {
  return dnsLabels(text, false) === null ? null : text.toLowerCase();
}

/** An empty base is every name. A wildcard is ruled out by what it may stand for. */
function dnsWithin(name: Uint8Array, base: Uint8Array, excluding: boolean): boolean | null {
  const labels = presentedLabels(name);
  if (labels === null) return null;
  if (base.length === 0) return true;
  const tail = baseOf(base);
  // A leading dot is of hosts in URIs and mail, not of DNS names.
  if (tail === null || tail.below) return null;
  const { labels: wanted } = tail;
  const from = labels.length - wanted.length;
  if (from >= 0 && wanted.every((label, i) => label === labels[from + i])) return true;
  return excluding && labels[0] === '*' && from === 0
    ? labels.slice(1).every((label, i) => label === wanted[i + 1])
    : false;
}

/** Address and mask, of four or of 16 bytes each; the mask is one of CIDR (RFC 4632). */
function ipWithin(name: Uint8Array, base: Uint8Array): boolean | null {
  if (name.length !== 4 && name.length !== 16) return null;
  if ((base.length !== 8 && base.length !== 32) || !hasMask(base)) return null;
  if (base.length !== name.length * 2) return false;
  return name.every((byte, i) => {
    const mask = base[name.length + i] as number;
    return (byte & mask) === ((base[i] as number) & mask);
  });
}

/** Whether the second half is a mask. */
const hasMask = perView((base) => isMask(base.subarray(base.length / 2)));

function isMask(mask: Uint8Array): boolean {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits);
}

function directoryWithin(name: Uint8Array, base: Uint8Array): boolean {
  const [names, bases] = [relativeNames(name), relativeNames(base)];
  return bases.length <= names.length && bases.every((part, i) => part === names[i]);
}

/** A mailbox, a host, or with a leading dot the hosts below a domain. */
function emailWithin(name: Uint8Array, base: Uint8Array): boolean | null {
  const host = mailHost(name);
  const at = latin(name).lastIndexOf('@');
  if (at < 1 || host === null) return null;
  const wanted = latin(base);
  const baseAt = wanted.lastIndexOf('@');
  if (baseAt < 0) return hostWithin(host, base);
  return latin(name).slice(0, at) === wanted.slice(0, baseAt) && host === mailHost(base);
}

function uriWithin(name: Uint8Array, base: Uint8Array): boolean | null {
  const host = uriHost(name);
  return host === null ? null : hostWithin(host, base);
}

function hostWithin(host: string, base: Uint8Array): boolean | null {
  const wanted = baseOf(base);
  if (wanted === null) return null;
  return wanted.below ? host.endsWith(wanted.text) : host === wanted.text;
}
