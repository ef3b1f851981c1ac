/** Suite `x509-limbo`: paths as C2SP/x509-limbo publishes them, in one JSON file. */
import type { Certificate } from '../../workers/certificates/certificate.ts';
import { GENERAL_NAME, KEY_USAGE } from '../../workers/certificates/certificate.ts';
import {
  type CertificateList,
  CertificateLists,
  parseCertificateList,
} from '../../workers/certificates/crl.ts';
import { coversHost } from '../../workers/certificates/dns-name.ts';
import { sameName } from '../../workers/certificates/names.ts';
import { parseCertificate } from '../../workers/certificates/parse.ts';
import { findPath } from '../../workers/certificates/path-building.ts';
import { BASIC, type PathProfile, RFC5280, WEB_PKI } from '../../workers/certificates/path-profile.ts';
import { ANY_PATH, type PathRules } from '../../workers/certificates/path-validation.ts';
import { readPemCertificate } from '../../workers/certificates/pem.ts';
import { holds, signatureCheck, signedBy } from '../../workers/certificates/signature-check.ts';
import { equalBytes } from '../../workers/codecs/hex.ts';
import { chooseEngine } from '../../workers/engine/choose.ts';
import type { SignatureEngine } from '../../workers/engine/job.ts';
import { filesOf, readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

interface LimboFile {
  readonly testcases?: readonly LimboCase[];
}

interface LimboCase {
  readonly id: string;
  readonly validation_kind: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly key_usage: readonly string[] | null;
  readonly extended_key_usage: readonly string[] | null;
  readonly expected_result: string;
  readonly expected_peer_name: PeerName | null;
  /** Of clients: names that the certificate has to have. */
  readonly expected_peer_names?: readonly PeerName[] | null;
  readonly max_chain_depth: number | null;
  /** PEM; files of later dates have them. */
  readonly crls?: readonly string[];
}

interface PeerName {
  readonly kind: string;
  readonly value: string;
}

/** Where a case names none. */
const DEPTH_MAX = 8;
const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

export const x509LimboSuite: Suite = {
  name: 'x509-limbo',
  about: 'certificate paths as in C2SP/x509-limbo, files limbo*.json',
  *run(folder) {
    const { engine } = chooseEngine();
    for (const name of filesOf(folder, '.json')) {
      // The schema of the files may lie beside them.
      for (const each of (readJsonFile(folder, name) as LimboFile).testcases ?? []) {
        yield {
          name: each.id,
          expected: each.expected_result === 'SUCCESS' ? 'accepted' : 'rejected',
          ...judge(each, engine),
        };
      }
    }
  },
};

type Actual = Pick<ConformanceCase, 'actual' | 'code' | 'rule'>;
const rejected = (code: string): Actual => ({ actual: 'rejected', code });

function judge(limbo: LimboCase, engine: SignatureEngine): Actual {
  const leaf = read(limbo.peer_certificate);
  if (typeof leaf === 'string') return rejected(leaf);
  const intermediates = readable(limbo.untrusted_intermediates);
  const anchors = readable(limbo.trusted_certs);
  const lists = listsOf(limbo.crls ?? [], [...anchors, ...intermediates], engine);
  if (lists === null) return rejected('trust.revocation_unknown');
  const rules = { ...rulesOf(limbo), lists };
  const path = findPath({ leaf, intermediates, anchors, rulesFor: () => rules }, (certificate, issuer) =>
    holds(engine, signedBy(certificate, issuer.key)),
  );
  if (typeof path === 'string') return rejected(path);
  const { expected_peer_name: peer, expected_peer_names: peers } = limbo;
  if ([...(peer === null ? [] : [peer]), ...(peers ?? [])].every((each) => names(leaf, each)))
    return { actual: 'accepted', code: 'proof.ok' };
  return { ...rejected(OTHER_PEER), ...(!namesHost(leaf) && { rule: NO_HOST }) };
}

function rulesOf(limbo: LimboCase): PathRules {
  const usages = (limbo.key_usage ?? []).map((name) => KEY_USAGE[name as keyof typeof KEY_USAGE]);
  const ofKind = limbo.validation_kind === 'CLIENT' ? 'clientAuth' : 'serverAuth';
  return {
    ...ANY_PATH,
    profile: profileOf(limbo),
    atMs: limbo.validation_time === null ? Date.now() : Date.parse(limbo.validation_time),
    intermediatesMax: limbo.max_chain_depth ?? DEPTH_MAX,
    keyUsage: usages.reduce((bits, bit) => bits | bit, 0),
    purpose: PURPOSES[limbo.extended_key_usage?.[0] ?? ofKind] ?? null,
  };
}

/** Null: one of them cannot be used, so that nothing is known of revocation. */
function listsOf(
  pems: readonly string[],
  cas: readonly Certificate[],
  engine: SignatureEngine,
): CertificateLists | null {
  const lists: CertificateList[] = [];
  for (const pem of pems) {
    const list = parseCertificateList(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'));
    if (typeof list === 'string' || !list.conforms) return null;
    const { signatureAlgorithm, tbs, signature } = list;
    const isSigned = cas.some(
      ({ subject, key, extensions: { keyUsage } }) =>
        sameName(subject, list.issuer) &&
        (keyUsage === null || (keyUsage & KEY_USAGE.crlSign) !== 0) &&
        holds(engine, signatureCheck(signatureAlgorithm, key, tbs, signature)),
    );
    if (isSigned) lists.push(list);
    else if (cas.some(({ subject }) => sameName(subject, list.issuer))) return null;
  }
  return new CertificateLists(lists);
}

const OTHER_PEER = 'the peer is not named';
/** docs/conformance.md */
const NO_HOST = 'a certificate that names no host is for no host';

function namesHost({ extensions }: Certificate): boolean {
  const hosts: readonly number[] = [GENERAL_NAME.dns, GENERAL_NAME.ip];
  return (extensions.subjectAltNames ?? []).some(({ tag }) => hosts.includes(tag));
}

/**
 * Two groups of cases contradict each other on purpose: one asks what RFC 5280 asks, the other what browsers do. The others are
 * about paths, whatever a certificate lacks by either.
 */
function profileOf({ id }: LimboCase): PathProfile {
  return PROFILES[id.split('::')[0] ?? ''] ?? BASIC;
}

const PROFILES: Readonly<Record<string, PathProfile>> = { rfc5280: RFC5280, webpki: WEB_PKI };

function read(pem: string): Certificate | string {
  const der = readPemCertificate(pem);
  return der === null ? 'credential.malformed' : parseCertificate(der);
}

/** What cannot be read is as if it were not there. */
function readable(pems: readonly string[]): readonly Certificate[] {
  return pems.map(read).filter((certificate) => typeof certificate !== 'string');
}

/** The peer is named among the alternative names (RFC 6125); the common name is no name of a host. */
function names({ extensions }: Certificate, { kind, value: wanted }: PeerName): boolean {
  const shown = extensions.subjectAltNames ?? [];
  if (kind === 'IP') {
    const address = addressBytes(wanted);
    return shown.some(({ tag, value }) => tag === GENERAL_NAME.ip && equalBytes(value, address));
  }
  const tagWanted = kind === 'DNS' ? GENERAL_NAME.dns : GENERAL_NAME.email;
  return shown.some(({ tag, value }) => {
    const text = Buffer.from(value).toString('latin1');
    return tag === tagWanted && (kind === 'DNS' ? coversHost(text, wanted) : text === wanted);
  });
}

/** Of IPv4, and of IPv6 with one run of zeros left out. */
function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
