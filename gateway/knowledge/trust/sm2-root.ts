/**
 * The root of trust of profile `sm`: which SM2 keys may sign content and links, named by root keys of SM2 of which so many must sign
 * (docs/platform.md, Roots of SM2). A gateway is given one out of band; each next one is signed by as many keys of the one before as
 * by its own, as TUF has it for its roots (specification 1.0, clause 5.3).
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { jsonOf, readCompactJws } from '../../../crypto/signature/compact-jws.ts';
import { verifyingKeyOfJwk } from '../../../crypto/signature/jose.ts';
import type { VerifyingKey } from '../../../crypto/signature/keys.ts';
import { type Signers, signersOf } from '../../../crypto/signature/signers.ts';
import { TrustUpdateError } from './trust-update-error.ts';

const TYP = 'onecard-sm2-root';
const KEYS_MAX = 8;
const ROOTS_MAX = 64;
const JSON_LIMITS = { depth: 8, entries: 256 } as const;

const coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const Key = Type.Object(
  {
    kid: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
    keyJwk: Type.Object(
      {
        kty: Type.Literal('EC'),
        crv: Type.Literal('SM2'),
        x: coordinate,
        y: coordinate,
        use: Type.Optional(Type.Literal('sig')),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
const keys = Type.Array(Key, { minItems: 1, maxItems: KEYS_MAX });
const Payload = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      version: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
      threshold: Type.Integer({ minimum: 1, maximum: KEYS_MAX }),
      roots: keys,
      content: keys,
      lists: keys,
    },
    { additionalProperties: false },
  ),
);
/** JWS in its general JSON form (RFC 7515, 7.2.1), with protected headers alone. */
const Signed = Type.Object(
  {
    payload: Type.String({ minLength: 1 }),
    signatures: Type.Array(
      Type.Object({ protected: Type.String(), signature: Type.String() }, { additionalProperties: false }),
      { minItems: 1, maxItems: 2 * KEYS_MAX },
    ),
  },
  { additionalProperties: false },
);
const SignedRoot = Compile(Signed);
const SignedRoots = Compile(Type.Array(Signed, { maxItems: ROOTS_MAX }));

export interface Sm2Root {
  readonly version: number;
  /** How many root keys must sign the next one. */
  readonly threshold: number;
  readonly roots: Signers;
  /** Sign trust and city documents. */
  readonly content: Signers;
  /** Sign lists, and links of the card list. */
  readonly lists: Signers;
}

/** The root a gateway is given out of band. Throws TrustUpdateError `malformed` or `signature`. */
export function parseSm2Root(bytes: Buffer): Sm2Root {
  const value = jsonOf(bytes, JSON_LIMITS);
  if (!SignedRoot.Check(value)) throw malformed();
  const root = rootOf(value.payload);
  requireSignedBy(root, value);
  return root;
}

/** The newest of those after the pinned one; `bytes` null: there is none. Throws TrustUpdateError `malformed`, `signature`. */
export function newestSm2Root(pinned: Sm2Root, bytes: Buffer | null): Sm2Root {
  const value = bytes === null ? [] : jsonOf(bytes, JSON_LIMITS);
  if (!SignedRoots.Check(value)) throw malformed();
  let newest = pinned;
  for (const signed of value) {
    const next = rootOf(signed.payload);
    if (next.version <= newest.version) continue;
    if (next.version !== newest.version + 1) throw malformed();
    requireSignedBy(newest, signed);
    requireSignedBy(next, signed);
    newest = next;
  }
  return newest;
}

/** X ‖ Y in hex of every key. */
export function keysOfSm2Root({ roots, content, lists }: Sm2Root): string[] {
  return [roots, content, lists].flatMap((signers) =>
    [...signers.values()].map(({ publicKey }) => publicKey.bytes.toString('hex')),
  );
}

function rootOf(payload: string): Sm2Root {
  const value = jsonOf(Buffer.from(payload, 'base64url'), JSON_LIMITS);
  if (!Payload.Check(value)) throw malformed();
  const { version, threshold } = value;
  const of = (named: typeof value.roots): Signers => {
    const read = named.map(({ kid, keyJwk }): readonly [string, VerifyingKey] => [kid, keyOf(keyJwk)]);
    // What of it is taken was decided with the profile.
    return signersOf('published-content', read, { profile: 'sm', changing_over: false });
  };
  const root = {
    version,
    threshold,
    roots: of(value.roots),
    content: of(value.content),
    lists: of(value.lists),
  };
  const all = [...value.roots, ...value.content, ...value.lists];
  const names = new Set(all.map(({ kid }) => kid));
  if (names.size < all.length || new Set(keysOfSm2Root(root)).size < all.length) {
    throw new TrustUpdateError('malformed', 'a key or a name is in a root of SM2 twice');
  }
  if (root.roots.size < threshold) throw malformed();
  return root;
}

function keyOf(jwk: unknown): VerifyingKey {
  try {
    return verifyingKeyOfJwk(jwk);
  } catch (cause) {
    throw new TrustUpdateError('malformed', 'a key of a root of SM2 is none', { cause });
  }
}

/** Each key counts once, however often it signed. */
function requireSignedBy(
  { roots, threshold }: Sm2Root,
  { payload, signatures }: { readonly payload: string; readonly signatures: readonly RootSignature[] },
): void {
  const good = new Set<string>();
  for (const [kid, signer] of roots) {
    const alone = new Map([[kid, signer]]);
    const isGood = signatures.some(
      (each) => readCompactJws(`${each.protected}.${payload}.${each.signature}`, TYP, alone).ok,
    );
    if (isGood) good.add(kid);
  }
  if (good.size < threshold) {
    throw new TrustUpdateError('signature', 'a root of SM2 is not signed by as many of its keys as it takes');
  }
}

interface RootSignature {
  readonly protected: string;
  readonly signature: string;
}

function malformed(): TrustUpdateError {
  return new TrustUpdateError('malformed', 'this is no root of SM2');
}
