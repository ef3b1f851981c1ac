/**
 * The seal of an answer: by it the platform says, with a key that trust names for this alone, that it gave this very
 * answer to this very question, and when (docs/platform.md, Seals). A compact JWS (RFC 7515) in the header `onecard-seal`, or
 * two of them while gateways change over, under a key of either profile; what it says is two digests, so that the answer itself
 * travels as it always did.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { DigestAlgorithm } from '../../crypto/algorithms.ts';
import { digestOf } from '../../crypto/digest.ts';
import { DIGEST_BESIDE, jsonOf, readCompactJws } from '../../crypto/signature/compact-jws.ts';
import type { Signers } from '../../crypto/signature/signers.ts';

export const SEAL_HEADER = 'onecard-seal';
const SEAL_TYP = 'onecard-seal';
/** The longest has about 420. */
const SEAL_CHARACTERS_MAX = 1_024;
/** One of each profile. */
const SEALS_MAX = 2;
const JSON_LIMITS = { depth: 1, entries: 16 } as const;

const Payload = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      path: Type.String(),
      status: Type.Integer(),
      request: Type.String(),
      answer: Type.String(),
      sealed_at_ms: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    },
    { additionalProperties: false },
  ),
);

/** What was asked and what came. */
export interface Sealed {
  /** The path of the question, without the base address. */
  readonly path: string;
  readonly request: string | Uint8Array;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly answer: Uint8Array;
}

export type ReadSeal =
  /** Milliseconds since 1970 UTC by the platform's clock. */
  | { readonly sealedAtMs: number }
  /**
   * `signature`: the seal is missing, not under one of the keys, or of another question or answer. `other_profile`: there is one,
   * and it is under a key of the profile that is not taken.
   */
  | { readonly refuse: 'signature' | 'other_profile' };

/** Never throws for any text. `keys`: the platform's. */
export function readSeal(seal: string | null | undefined, keys: Signers, sealed: Sealed): ReadSeal {
  const seals = (seal ?? '').split(',', SEALS_MAX + 1);
  if (seals.length > SEALS_MAX) return { refuse: 'signature' };
  const read = seals.map((each) => readOne(each.trim(), keys, sealed));
  return (
    read.find((each) => 'sealedAtMs' in each) ??
    read.find((each) => 'refuse' in each && each.refuse === 'other_profile') ?? { refuse: 'signature' }
  );
}

function readOne(seal: string, keys: Signers, { path, request, status, answer }: Sealed): ReadSeal {
  if (seal.length > SEAL_CHARACTERS_MAX) return { refuse: 'signature' };
  const read = readCompactJws(seal, SEAL_TYP, keys);
  if (!read.ok) return { refuse: read.refuse === 'other_profile' ? 'other_profile' : 'signature' };
  const claims = jsonOf(read.payload, JSON_LIMITS);
  if (!Payload.Check(claims) || claims.path !== path || claims.status !== status) {
    return { refuse: 'signature' };
  }
  const digest = DIGEST_BESIDE[read.algorithm];
  const isBound = claims.request === said(digest, request) && claims.answer === said(digest, answer);
  return isBound ? { sealedAtMs: claims.sealed_at_ms } : { refuse: 'signature' };
}

function said(algorithm: DigestAlgorithm, content: string | Uint8Array): string {
  return digestOf(algorithm, content).toString('base64url');
}
