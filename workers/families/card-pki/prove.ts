/** Proves a card's certificate: its form, its chain, and the card's signature over the challenge. */
import type { Code } from '../../../config/codes.ts';
import { type Certificate, KEY_USAGE } from '../../certificates/certificate.ts';
import { nameText } from '../../certificates/names.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { findPath } from '../../certificates/path-building.ts';
import { BASIC } from '../../certificates/path-profile.ts';
import { ANY_PATH, mayHaveIssued, type PathRules, pathFault } from '../../certificates/path-validation.ts';
import { addSignature, signedBy } from '../../certificates/signature-check.ts';
import { derElementBytes } from '../../codecs/der-check.ts';
import { rawSignature } from '../../codecs/der-signature.ts';
import { equalBytes } from '../../codecs/hex.ts';
import { type Job, SIGNATURE_BYTES, sm2Job } from '../../engine/job.ts';
import { sha256 } from '../../engine/sm2-digest.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';
import { factsOf, knownCard } from './facts.ts';
import { type CardPkiInput, CERTIFICATES_MAX, CHALLENGE_BYTES_MAX, CHALLENGE_BYTES_MIN } from './input.ts';
import type { KnownCard } from './remembered.ts';
import { type CaAnchor, type CardPkiTrust, nameKey } from './trust.ts';

/** Files of certificates on third-generation cards: filled up with zeros. */
const FILE_BYTES = 1_020;
const COORDINATE_BYTES = 32;

export function beginCardPkiProof(
  input: CardPkiInput,
  trust: CardPkiTrust,
  atMs: number,
  detail: boolean,
  disclose: readonly string[],
): PendingProof {
  return (
    (detail ? null : beginKnown(input, trust, atMs, disclose)) ?? beginWhole(input, trust, atMs, disclose)
  );
}

/** The proof of a card that is known to hold but for what it signed now; null for any other, or where something else is wrong. */
function beginKnown(
  input: CardPkiInput,
  trust: CardPkiTrust,
  atMs: number,
  disclose: readonly string[],
): PendingProof | null {
  const { certificates, challenge } = input;
  const der = cutFile(certificates[0] as Uint8Array);
  if (typeof der === 'string' || challengeFault(challenge) !== null) return null;
  const card = trust.remembered.card(der);
  if (card === null || atMs < card.notBeforeMs || atMs > card.notAfterMs) return null;
  // Whatever stands beside it must be what was proven with it, or with another card.
  for (let i = 1; i < certificates.length; i++) {
    const other = cutFile(certificates[i] as Uint8Array);
    if (typeof other === 'string' || trust.remembered.ca(other) === null) return null;
  }
  const signature = signatureOf(input.signature);
  if (signature === null) return null;
  trust.setting.counters.chainHits += 1;
  const anchor = trust.numbered[card.anchor] as CaAnchor;
  const job = challengeJob(card, anchor, challenge, signature, true);
  return {
    checks: [{ check: 'challenge.signature', code: 'signature.challenge', job }],
    facts: factsOf(card, anchor.region, challenge, der, disclose),
    remember: null,
  };
}

function beginWhole(
  { certificates, challenge, signature: presented }: CardPkiInput,
  trust: CardPkiTrust,
  atMs: number,
  disclose: readonly string[],
): PendingProof {
  const list = new CheckList();
  if (!list.judge('challenge.length', challengeFault(challenge))) return list.denied();
  const count = certificates.length;
  if (!list.require('certificates.count', 'credential.oversized', count <= CERTIFICATES_MAX))
    return list.denied();
  const leaf = readLeaf(list, certificates);
  if (leaf === null) return list.denied();
  const others = readOthers(list, certificates, trust);
  if (others === null) return list.denied();
  const path = provenPath(leaf, others, trust, atMs) ?? findPath(material(leaf, others, trust, atMs));
  if (!list.judge('certificate.path', typeof path === 'string' ? path : null) || typeof path === 'string')
    return list.denied();
  if (!addChain(list, path, trust)) return list.denied();
  const signature = signatureOf(presented);
  if (
    !list.require('challenge.signature_form', 'signature.encoding', signature !== null) ||
    signature === null
  )
    return list.denied();
  const anchor = trust.anchors.get(path.at(-1) as Certificate) as CaAnchor;
  const card = knownCard(leaf, path[1] as Certificate, anchor.number, spanOf(path, anchor));
  list.verify('challenge.signature', 'signature.challenge', challengeJob(card, anchor, challenge, signature));
  return list.pending(factsOf(card, anchor.region, challenge, leaf.der, disclose), () =>
    trust.remembered.keep(card, path),
  );
}

function challengeFault({ length }: Uint8Array): Code | null {
  return length < CHALLENGE_BYTES_MIN || length > CHALLENGE_BYTES_MAX ? 'credential.malformed' : null;
}

/** The certificate of a file, without the zeros that fill the file up; or the code of what is wrong. */
export function cutFile(file: Uint8Array): Uint8Array | Code {
  if (file.length !== FILE_BYTES) return file;
  const size = derElementBytes(file);
  if (size < 0 || size > FILE_BYTES) return file;
  for (let at = size; at < FILE_BYTES; at++) if (file[at] !== 0) return 'credential.trailing';
  return size === FILE_BYTES ? file : file.subarray(0, size);
}

/** The leaf: of a key that the engine verifies, and for signing. */
function readLeaf(list: CheckList, certificates: readonly Uint8Array[]): Certificate | null {
  const der = certificates[0];
  if (!list.require('certificate.present', 'credential.data_missing', der !== undefined)) return null;
  const cut = cutFile(der as Uint8Array);
  const leaf = typeof cut === 'string' ? cut : parseCertificate(cut);
  if (!list.judge('certificate.form', typeof leaf === 'string' ? leaf : null) || typeof leaf === 'string')
    return null;
  const { algorithm, point } = leaf.key;
  const isOurs = algorithm === 'sm2' || algorithm === 'p256';
  const { keyUsage, basicConstraints } = leaf.extensions;
  const signs = keyUsage !== null && (keyUsage & KEY_USAGE.digitalSignature) !== 0;
  const held =
    list.require('certificate.algorithm', 'credential.algorithm_unsupported', isOurs) &&
    list.require('certificate.key', 'key.invalid', point !== null) &&
    list.require('certificate.key_usage', 'trust.key_usage', keyUsage !== null) &&
    list.require('certificate.for_signing', 'credential.encryption_certificate', signs) &&
    list.require('certificate.no_ca', 'trust.certificate_profile', basicConstraints?.ca !== true);
  return held ? leaf : null;
}

/** The certificates beside the leaf; those of CAs that are known are not read again. */
function readOthers(
  list: CheckList,
  certificates: readonly Uint8Array[],
  { remembered }: CardPkiTrust,
): readonly Certificate[] | null {
  const others: Certificate[] = [];
  for (let i = 1; i < certificates.length; i++) {
    const cut = cutFile(certificates[i] as Uint8Array);
    const read = typeof cut === 'string' ? cut : (remembered.ca(cut) ?? parseCertificate(cut));
    if (!list.judge('issuer_certificate.form', typeof read === 'string' ? read : null)) return null;
    if (typeof read !== 'string') others.push(read);
  }
  return others;
}

/** The path of a card whose one CA is known, where nothing is wrong with it; null: it is to be looked for. */
function provenPath(
  leaf: Certificate,
  others: readonly Certificate[],
  trust: CardPkiTrust,
  atMs: number,
): readonly Certificate[] | null {
  const ca = others.length === 1 ? others[0] : undefined;
  if (ca === undefined || !mayHaveIssued(ca, leaf, equalBytes)) return null;
  const above = trust.remembered.pathFrom(ca);
  const anchor = above?.at(-1);
  if (above === null || anchor === undefined || !trust.anchors.has(anchor)) return null;
  const path = [leaf, ...above];
  return pathFault(path, rulesOf(trust, anchor, atMs)) === null ? path : null;
}

function material(leaf: Certificate, others: readonly Certificate[], trust: CardPkiTrust, atMs: number) {
  const intermediates = [...others, ...trust.intermediates.keys()];
  // Anchors are many, and a path can end with few: those that a certificate at hand names as its issuer.
  const issuers = [leaf, ...intermediates].map(({ issuer }) => issuer);
  const byBytes = issuers.flatMap((issuer) => trust.bySubject.get(nameKey(issuer)) ?? []);
  const found =
    byBytes.length > 0 ? byBytes : issuers.flatMap((issuer) => trust.byText.get(nameText(issuer)) ?? []);
  const anchors = [...new Set(found)];
  return { leaf, intermediates, anchors, rulesFor: (anchor: Certificate) => rulesOf(trust, anchor, atMs) };
}

function rulesOf({ anchors }: CardPkiTrust, certificate: Certificate, atMs: number): PathRules {
  const { lists, policies, purpose } = anchors.get(certificate) as CaAnchor;
  return {
    ...ANY_PATH,
    profile: BASIC,
    atMs,
    keyUsage: KEY_USAGE.digitalSignature,
    purpose,
    purposeSaid: purpose !== null,
    policies,
    lists,
  };
}

/** Signatures along the path, from the top; those of CAs that are known, or that trust holds, were verified before. */
function addChain(list: CheckList, path: readonly Certificate[], trust: CardPkiTrust): boolean {
  const { counters } = trust.setting;
  for (let at = path.length - 2; at >= 0; at--) {
    const certificate = path[at] as Certificate;
    const issuer = path[at + 1] as Certificate;
    const isKnown =
      at > 0 &&
      (trust.intermediates.get(certificate) === issuer || trust.remembered.isSignedBy(certificate, issuer));
    if (isKnown) {
      list.require('issuer_certificate.signature', 'signature.issuer_certificate', true);
      counters.chainHits += 1;
      continue;
    }
    counters.chainMisses += 1;
    const signature = signedBy(certificate, issuer.key);
    const held =
      at > 0
        ? addSignature(list, 'issuer_certificate.signature', 'signature.issuer_certificate', signature)
        : addSignature(list, 'certificate.signature', 'signature.card_certificate', signature);
    if (!held) return false;
  }
  return true;
}

/** r ‖ s of a signature in either form; null: it is neither. */
function signatureOf(signature: Uint8Array): Uint8Array | null {
  return signature.length === SIGNATURE_BYTES ? signature : rawSignature(signature, COORDINATE_BYTES);
}

function challengeJob(
  { algorithm, publicKey }: KnownCard,
  { id }: CaAnchor,
  challenge: Uint8Array,
  signature: Uint8Array,
  keyRepeats: boolean = false,
): Job {
  if (algorithm === 'sm2') return sm2Job(publicKey, id, challenge, signature, undefined, keyRepeats);
  return { curve: 'p256', publicKey, digest: sha256(challenge), signature, keyRepeats };
}

/** While everything that was looked at holds: validities, and lists until the next is due. */
function spanOf(path: readonly Certificate[], { lists }: CaAnchor) {
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let notAfterMs = Number.POSITIVE_INFINITY;
  for (const [at, certificate] of path.entries()) {
    notBeforeMs = Math.max(notBeforeMs, certificate.notBeforeMs);
    notAfterMs = Math.min(notAfterMs, certificate.notAfterMs);
    const issuer = path[at + 1];
    if (issuer !== undefined) notAfterMs = Math.min(notAfterMs, lists.nextUpdateMs(certificate, issuer));
  }
  return { notBeforeMs, notAfterMs };
}
