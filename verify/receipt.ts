/**
 * Verifies a signed receipt of a gateway, offline: signature, what it says of itself, and the proof that the decision's
 * record stands in the gateway's log.
 *
 *     const keys = readReceiptKeys(JSON.parse(readFileSync('onecard-receipts.json', 'utf8')));
 *     const { ok, checks, claims } = verifyReceipt(jws, keys);
 */
import { CryptoError } from '../crypto/crypto-error.ts';
import { verifyingKeyOfJwk } from '../crypto/signature/jose.ts';
import { isSigned } from '../crypto/signature/verify.ts';
import { readCheckpoint, type SignedCheckpoint } from '../gateway/journal/log/checkpoint.ts';
import { isSignedBy } from '../gateway/journal/log/checkpoint-signature.ts';
import { isSame, rootFromInclusion } from '../gateway/journal/log/tree.ts';
import type { ReceiptClaims } from '../gateway/receipts/receipt.ts';
import type { PublicJwk } from '../gateway/receipts/receipt-keys.ts';
import { checkCertificate } from './receipt-certificate.ts';
import type { TrustedKeys } from './receipt-keys.ts';
import { type ReadReceipt, readReceipt } from './receipt-reading.ts';

export const RECEIPT_CHECKS = [
  'shape',
  'signature',
  'certificate',
  'issuer',
  'outcome',
  'log',
  'checkpoint',
] as const;

export interface ReceiptCheck {
  readonly name: (typeof RECEIPT_CHECKS)[number];
  readonly ok: boolean;
  /** A sentence, without an end. */
  readonly detail: string;
}

export interface VerifiedReceipt {
  /** Every check holds. */
  readonly ok: boolean;
  /** In order; where one fails that others rest on, they are not there. */
  readonly checks: readonly ReceiptCheck[];
  /** Null unless signature and issuer hold: nothing else of a receipt may be used. */
  readonly claims: ReceiptClaims | null;
}

export interface ReceiptExpectation {
  /** Takes receipts of identity whose decision was not `allow` as well. */
  readonly anyOutcome?: boolean;
  /** Certification authorities that vouch for keys of receipts, DER; with them a receipt has to carry a certificate below one. */
  readonly authorities?: readonly Uint8Array[];
}

/** Never throws for what a receipt holds. Throws EngineError where no engine works here. */
export function verifyReceipt(
  jws: string,
  keys: TrustedKeys,
  { anyOutcome = false, authorities = [] }: ReceiptExpectation = {},
): VerifiedReceipt {
  const read = readReceipt(jws);
  if (!read.ok) return { ok: false, checks: [failed('shape', read.why)], claims: null };
  const { receipt } = read;
  const { claims } = receipt;
  const believed = [held('shape', `a receipt of ${claims.iss}`), signatureCheck(receipt, keys)];
  if (believed.every(({ ok }) => ok) && (receipt.x5c.length > 0 || authorities.length > 0))
    believed.push(certificateCheck(receipt, keys, authorities));
  if (believed.every(({ ok }) => ok)) believed.push(issuerCheck(claims, keys));
  if (!believed.every(({ ok }) => ok)) return { ok: false, checks: believed, claims: null };
  const checkpoint = readCheckpoint(claims.log.checkpoint);
  const checks = [
    ...believed,
    outcomeCheck(claims, anyOutcome),
    logCheck(claims, checkpoint),
    checkpointCheck(claims, checkpoint, keys),
  ];
  return { ok: checks.every(({ ok }) => ok), checks, claims };
}

function signatureCheck(
  { alg, kid, signingInput, signature }: ReadReceipt,
  { keys }: TrustedKeys,
): ReceiptCheck {
  const key = keys.find((each) => each.kid === kid && each.alg === alg);
  if (!key) return failed('signature', `no ${alg} key ${kid} is among those given: fetch them again`);
  const holds = keyHolds(key, Buffer.from(signingInput, 'ascii'), signature);
  return holds ? held('signature', `${alg} by key ${kid}`) : failed('signature', `not of key ${kid}`);
}

/** The key decides the algorithm. */
function keyHolds({ kty, crv, x, y }: PublicJwk, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return isSigned(verifyingKeyOfJwk({ kty, crv, x, y }), message, signature);
  } catch (cause) {
    // x and y are no point of the curve.
    if (cause instanceof CryptoError) return false;
    throw cause;
  }
}

function certificateCheck(
  { x5c, kid, alg, claims }: ReadReceipt,
  { keys }: TrustedKeys,
  authorities: readonly Uint8Array[],
): ReceiptCheck {
  const key = keys.find((each) => each.kid === kid && each.alg === alg);
  const coordinates = [key?.x ?? '', key?.y ?? ''].map((each) => Buffer.from(each, 'base64url'));
  const point = Buffer.concat(coordinates);
  const { ok, detail } = checkCertificate({ x5c, point, authorities, atMs: claims.iat * 1_000 });
  return ok ? held('certificate', detail) : failed('certificate', detail);
}

function issuerCheck({ iss, decision }: ReceiptClaims, { issuer }: TrustedKeys): ReceiptCheck {
  if (issuer !== null && issuer !== iss)
    return failed('issuer', `it is of ${iss}, and the keys are of ${issuer}`);
  if (!decision.id.startsWith(`${iss}:`))
    return failed('issuer', `the decision ${decision.id} is not of ${iss}`);
  return held('issuer', issuer === null ? `${iss}; the keys do not say whose they are` : iss);
}

function outcomeCheck({ purpose, decision }: ReceiptClaims, anyOutcome: boolean): ReceiptCheck {
  const { outcome, code, decided_at_ms } = decision;
  const said = `${code}, ${new Date(decided_at_ms).toISOString()}`;
  const passes = outcome === 'allow' || (purpose === 'identity' && anyOutcome);
  return passes ? held('outcome', said) : failed('outcome', `it was not allowed: ${said}`);
}

/** RFC 9162 clause 2.1.3.2. */
function logCheck({ decision, log, iss }: ReceiptClaims, checkpoint: SignedCheckpoint | null): ReceiptCheck {
  const { leaf_index: index, tree_size: size, path, leaf_hash } = log;
  if (checkpoint === null) return failed('log', 'what it names as checkpoint is none');
  if (checkpoint.gatewayId !== iss) return failed('log', `the checkpoint is of ${checkpoint.gatewayId}`);
  if (checkpoint.size !== size)
    return failed('log', `the checkpoint is of ${checkpoint.size} records, not ${size}`);
  if (index + 1 < checkpoint.begins)
    return failed('log', `the checkpoint's tree has no record before ${checkpoint.begins}`);
  if (!decision.id.endsWith(`:${index + 1}`))
    return failed('log', `${decision.id} is not record ${index + 1}`);
  const hashes = path.map((each) => Buffer.from(each, 'base64'));
  const root = rootFromInclusion(checkpoint.tree, Buffer.from(leaf_hash, 'base64'), index, size, hashes);
  if (root === null || !isSame(root, checkpoint.root)) {
    return failed('log', 'the path does not lead from the record to the root of the checkpoint');
  }
  return held('log', `record ${index + 1} of ${size}`);
}

function checkpointCheck(
  { decision }: ReceiptClaims,
  checkpoint: SignedCheckpoint | null,
  { logKeys }: TrustedKeys,
): ReceiptCheck {
  if (checkpoint === null) return failed('checkpoint', 'there is none');
  if (logKeys.length === 0) return failed('checkpoint', 'no key of the log was given to check it with');
  if (!logKeys.some((key) => isSignedBy(checkpoint, key))) {
    return failed('checkpoint', 'it is not signed with the key of the log');
  }
  const at = new Date(checkpoint.atMs).toISOString();
  return held('checkpoint', `signed ${at}, of journal ${checkpoint.epoch}; decision ${decision.id}`);
}

function held(name: ReceiptCheck['name'], detail: string): ReceiptCheck {
  return { name, ok: true, detail };
}

function failed(name: ReceiptCheck['name'], detail: string): ReceiptCheck {
  return { name, ok: false, detail };
}
