/** The proof of a SMART Health Card: the issuer's key by its thumbprint, the issuer's signature, times, revocation. */
import type { Code } from '../../../config/codes.ts';
import { type CompactJws, type JwsRules, readCompactJws } from '../../jose/compact-jws.ts';
import { verificationOf } from '../../jose/verification.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';
import { shownKey } from '../remembered-proofs.ts';
import { type HealthCard, readHealthCard } from './card.ts';
import { healthCardFacts, validityOf } from './facts.ts';
import { readNumeric } from './numeric.ts';
import type { ShcIssuerKey, ShcTrust } from './trust.ts';

/** ES256 only; the header has three members. */
const RULES: JwsRules = {
  algorithms: ['ES256'],
  headerCharactersMax: 1_024,
  headerLimits: { depth: 4, entries: 16 },
};
const COMPRESSION = 'DEF';
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** Never throws for any text. Without `detail`, checks that held need not be listed. */
export function beginHealthCard(
  text: string,
  trust: ShcTrust,
  atMs: number,
  detail: boolean,
  disclose: readonly string[],
): PendingProof {
  const list = new CheckList();
  const jws = readJws(text, list);
  if (jws === null) return list.denied();
  const users = usersOf(jws, trust);
  const [user] = users;
  if (!list.require('issuer.key', 'trust.issuer_unknown', user !== undefined) || !user) {
    return list.denied();
  }
  // All users of one thumbprint have one key.
  const verification = verificationOf(jws.header.alg, user.key, jws.signingInput, jws.signature);
  if (!list.judge('signature.encoding', verification.kind === 'refused' ? verification.code : null)) {
    return list.denied();
  }
  if (verification.kind !== 'job' || verification.job.digest === null) {
    throw new TypeError('ES256 is verified by the engine, over a digest');
  }
  const { job } = verification;
  const shown = shownKey(verification.job.digest, jws.signature);
  const known = detail || disclose.length > 0 ? null : trust.remembered.begin(shown, atMs);
  if (known !== null) return known;

  const card = readHealthCard(jws.payload);
  if (!list.judge('card', typeof card === 'string' ? card : null) || typeof card === 'string') {
    return list.denied();
  }
  const issuer = users.find((each) => each.issuer === card.issuer);
  if (!list.require('issuer', 'trust.issuer_not_accepted', issuer !== undefined) || !issuer) {
    return list.denied();
  }
  if (!isGood(card, issuer, atMs, list)) return list.denied();
  list.verify('signature', 'signature.credential', job);
  const facts = healthCardFacts(card, issuer, job, disclose);
  return list.pending(facts, () => trust.remembered.keep(shown, validityOf(card), facts));
}

function usersOf({ header }: CompactJws, { issuers }: ShcTrust): readonly ShcIssuerKey[] {
  const { kid } = header.members;
  return (typeof kid === 'string' ? issuers.get(kid) : undefined) ?? [];
}

function readJws(text: string, list: CheckList): CompactJws | null {
  const numeric = readNumeric(text);
  if (!list.judge('text', typeof numeric === 'string' ? numeric : null) || typeof numeric === 'string') {
    return null;
  }
  const read = readCompactJws(numeric.jws, RULES);
  if (!list.judge('jws', read.ok ? null : read.code) || !read.ok) return null;
  const { kid, zip } = read.jws.header.members;
  return list.require('header.zip', 'credential.malformed', zip === COMPRESSION) &&
    list.require('header.kid', 'credential.malformed', typeof kid === 'string' && THUMBPRINT.test(kid))
    ? read.jws
    : null;
}

/** Depends on the clock. RFC 7519 clauses 4.1.4 and 4.1.5: good from `nbf` on, and before `exp`. */
function isGood(card: HealthCard, issuer: ShcIssuerKey, atMs: number, list: CheckList): boolean {
  return (
    list.require('card.not_before', 'credential.not_yet_valid', atMs >= card.notBefore_s * 1000) &&
    list.require('card.expiry', 'credential.expired', atMs <= validityOf(card).untilMs) &&
    list.judge('card.revocation', revocationFault(card, issuer))
  );
}

function revocationFault({ revocationId, notBefore_s }: HealthCard, issuer: ShcIssuerKey): Code | null {
  if (revocationId === null) return null;
  const before_s = issuer.revokedBefore_s.get(revocationId);
  return before_s !== undefined && notBefore_s < before_s ? 'credential.revoked' : null;
}
