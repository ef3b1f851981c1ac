/** The proof of an SD-JWT: issuer, disclosures, what the credential says of itself, and the holder's key binding. */
import type { Code } from '../../../config/codes.ts';
import { personalText } from '../../claims.ts';
import type { ProofFacts, StatusReference } from '../../contract.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';
import { CREDENTIAL_TYPE } from './anchors.ts';
import { disclosedClaims, publicClaims } from './claims.ts';
import { Disclosing, hashOf } from './disclosures.ts';
import type { SdJwtInput } from './input.ts';
import { type IssuerJwt, readIssuerJwt } from './issuer-jwt.ts';
import { checkIssuerSignature, findIssuerKey, type IssuerKey } from './issuer-key.ts';
import { checkKeyBinding, type KeyBinding } from './key-binding.ts';
import { type SplitCredential, splitCredential } from './split.ts';
import { statusOf } from './status.ts';
import { momentMs } from './times.ts';
import type { SdJwtTrust } from './trust.ts';

/** Leaves out what held. */
class TerseCheckList extends CheckList {
  override require(check: string, code: Code, ok: boolean): boolean {
    return ok || super.require(check, code, ok);
  }
}

/** Cheap checks first; the holder's signature is the last. Never throws for any text. */
export function beginSdJwtProof(
  input: SdJwtInput,
  trust: SdJwtTrust,
  atMs: number,
  detail: boolean,
  disclose: readonly string[],
): PendingProof {
  const list = detail ? new CheckList() : new TerseCheckList();
  const split = splitCredential(input.text);
  if (typeof split === 'string') {
    list.require('credential.form', split, false);
    return list.denied();
  }
  if (!isBindingAsExpected(split, input, list)) return list.denied();
  const jwt = readIssuerJwt(split, list);
  const key = jwt === null ? null : findIssuerKey(split, jwt, trust, atMs, list);
  if (jwt === null || key === null) return list.denied();
  const signed = checkIssuerSignature(split, jwt, key, trust, list);
  if (signed === null) return list.denied();
  const hashName = checkDisclosures(split, jwt, list);
  const said = hashName === null ? null : checkClaims(jwt, atMs, list);
  if (hashName === null || said === null) return list.denied();
  let bound: KeyBinding | null = null;
  if (split.keyBindingJwt !== null) {
    const { payload } = jwt;
    const knownKey = signed.known?.holderKey ?? null;
    const shown = { split, jwt: split.keyBindingJwt, input, payload, hashName, atMs, knownKey };
    bound = checkKeyBinding(shown, trust.setting.engine, list);
    if (bound === null) return list.denied();
  }
  const remember = () => {
    key.remember?.();
    signed.remember?.({ holderKey: bound?.key.type === 'p256' ? bound.key.publicKey : null });
  };
  return list.pending(factsOf({ jwt, key, said, bound, disclose }), remember);
}

/**
 * Whoever asked the holder to sign says what for. A signature for nobody knows whom proves no presence, and where one was
 * asked for, a credential without it is a copy.
 */
function isBindingAsExpected(
  { keyBindingJwt }: SplitCredential,
  { aud, nonce }: SdJwtInput,
  list: CheckList,
) {
  if (keyBindingJwt === null) {
    const isAsked = aud !== null || nonce !== null;
    return list.require('key_binding.present', 'credential.key_binding_missing', !isAsked);
  }
  return list.require('key_binding.expected', 'credential.data_missing', aud !== null && nonce !== null);
}

/** The hash of the digests; null where a check failed. What is disclosed is in its place then. */
function checkDisclosures(
  split: SplitCredential,
  { payload, part }: IssuerJwt,
  list: CheckList,
): string | null {
  const hashName = hashOf(payload);
  list.require('issuer_jwt.hash', 'credential.algorithm_unsupported', hashName !== null);
  if (hashName === null) return null;
  const fault = new Disclosing(split).resolve(part, hashName);
  if (fault === null) list.require('disclosures', 'credential.malformed', true);
  else list.require(fault.check, fault.code, false);
  return fault === null ? hashName : null;
}

/** What the credential says of itself. */
interface Said {
  readonly expiresMs: number | null;
  readonly status: StatusReference | undefined;
}

function checkClaims({ payload, type }: IssuerJwt, atMs: number, list: CheckList): Said | null {
  const { exp, nbf, vct } = payload;
  const expiresMs = exp === undefined ? null : momentMs(exp);
  const fromMs = nbf === undefined ? null : momentMs(nbf);
  const areMoments = (exp === undefined || expiresMs !== null) && (nbf === undefined || fromMs !== null);
  if (!list.require('claims.times', 'credential.malformed', areMoments)) return null;
  if (!list.require('claims.nbf', 'credential.not_yet_valid', fromMs === null || atMs >= fromMs)) return null;
  if (!list.require('claims.exp', 'credential.expired', expiresMs === null || atMs < expiresMs)) return null;
  const hasType = type !== CREDENTIAL_TYPE || (typeof vct === 'string' && vct !== '');
  if (!list.require('claims.vct', 'credential.malformed', hasType)) return null;
  const status = statusOf(payload);
  const fault: Code | null = typeof status === 'string' ? status : null;
  return list.judge('claims.status', fault) && typeof status !== 'string' ? { expiresMs, status } : null;
}

interface Proven {
  readonly jwt: IssuerJwt;
  readonly key: IssuerKey;
  readonly said: Said;
  readonly bound: KeyBinding | null;
  readonly disclose: readonly string[];
}

/** 9999-12-31: of a credential that sets no end. */
const NO_END_MS = 253_402_300_799_999;

function factsOf({ jwt, key, said, bound, disclose }: Proven): ProofFacts {
  const { payload, digest, jti, sub } = jwt;
  const { issuer, region, untilMs } = key;
  // The signature is not part of it: of one ECDSA signature anybody can make another.
  const credentialId = `${issuer}:${jti ?? digest.toString('base64url')}`;
  const disclosed = disclose.length === 0 ? undefined : disclosedClaims(payload, disclose);
  return {
    credentialId: personalText(credentialId),
    issuer,
    region,
    subject: personalText(sub === null ? credentialId : `${issuer}:${sub}`),
    mode: bound === null ? 'unbound' : 'key_binding',
    nonce: bound?.nonce ?? '',
    holderBound: bound !== null,
    replayableUntilMs: bound?.untilMs ?? null,
    validUntilMs: Math.min(said.expiresMs ?? NO_END_MS, untilMs ?? NO_END_MS),
    claims: publicClaims(payload, said.expiresMs),
    ...(disclosed !== undefined && { disclosed }),
    ...(said.status !== undefined && { statusReference: said.status }),
  };
}
