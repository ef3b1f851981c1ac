/**
 * The keys that receipts are signed with, in `receipts/keys.json` of the data folder, for the gateway's user alone. One of
 * each algorithm signs; those before it stay, by their public half, so that old receipts verify. Of one that a token or a cipher
 * machine holds, the public half is all that is there.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { digestOf } from '../../crypto/digest.ts';
import { jwkOf } from '../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
import type { VerifyingKey } from '../../crypto/signature/keys.ts';
import { privateJwkOf } from '../../crypto/signature/private-jwk.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import {
  createPrivateFile,
  makePrivateFolder,
  readIfThere,
  replacePrivateFile,
} from '../storage/private-files.ts';
import { RECEIPT_ALGORITHMS, type ReceiptAlgorithm, SIGNED_IN } from './receipt.ts';
import { ReceiptsError } from './receipts-error.ts';

/** RFC 7517, RFC 7518 clause 6.2.1. */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256' | 'SM2';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: ReceiptAlgorithm;
  readonly use: 'sig';
  /** Certificates of the key, its own first (RFC 7517 clause 4.7); not there where it has none. */
  readonly x5c?: readonly string[];
}

export interface ReceiptKey {
  readonly jwk: PublicJwk;
  /** The private scalar, base64url; null: it is held elsewhere, or was rotated out and signs nothing any more. */
  readonly d: string | null;
  /** Who holds it and under which name, while it signs; null: nobody else. */
  readonly held: string | null;
  readonly madeAtMs: number;
  readonly retiredAtMs: number | null;
}

export const CURVE_OF = { ES256: 'P-256', SM2SM3: 'SM2', SGD_SM3_SM2: 'SM2' } as const satisfies Record<
  ReceiptAlgorithm,
  string
>;
const SIGNATURE_OF = { ES256: 'ES256', SM2SM3: 'SM2', SGD_SM3_SM2: 'SM2' } as const satisfies Record<
  ReceiptAlgorithm,
  SignatureAlgorithm
>;
const NO_CURVE = 'receipts are signed with keys of a curve of two coordinates';
/** More than anybody rotates; verifiers fetch them all. */
const KEYS_MAX = 256;
/** Of a key and those above it. */
export const X5C_MAX = 6;

export const receiptsFolder = (dataDir: string) => join(dataDir, 'receipts');
export const keysFile = (dataDir: string) => join(receiptsFolder(dataDir), 'keys.json');

const base64url = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const time = Type.Integer({ minimum: 0 });
const Keys = Compile(
  Type.Object(
    {
      format: Type.Literal('onecard-receipt-keys.v1'),
      keys: Type.Array(
        Type.Object(
          {
            alg: Type.Enum([...RECEIPT_ALGORITHMS]),
            x: base64url,
            y: base64url,
            d: Type.Union([base64url, Type.Null()]),
            held: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
            made_at_ms: time,
            retired_at_ms: Type.Union([time, Type.Null()]),
            x5c: Type.Optional(
              Type.Array(Type.String({ maxLength: 32_768 }), { minItems: 1, maxItems: X5C_MAX }),
            ),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, maxItems: KEYS_MAX },
      ),
    },
    { additionalProperties: false },
  ),
);

/** The keys, the oldest first; null where none were made yet. Throws ReceiptsError `unusable`. */
export function readKeys(file: string): readonly ReceiptKey[] | null {
  const content = readIfThere(file);
  if (content === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw new ReceiptsError('unusable', `${file} is no JSON`, { cause });
  }
  if (!Keys.Check(value)) throw new ReceiptsError('unusable', `${file} does not hold keys of receipts`);
  return value.keys.map(({ alg, x, y, d, held = null, made_at_ms, retired_at_ms, x5c }) => ({
    jwk: { ...publicJwk(alg, x, y), ...(x5c && { x5c }) },
    ...{ d, held },
    madeAtMs: made_at_ms,
    retiredAtMs: retired_at_ms,
  }));
}

/** A key of an algorithm that is held elsewhere. */
export interface HeldPublicKey {
  readonly alg: ReceiptAlgorithm;
  readonly place: string;
  readonly key: { readonly publicKey: VerifyingKey };
}

/** Whether it signs what is given now. */
export const signs = ({ d, held }: Pick<ReceiptKey, 'd' | 'held'>): boolean => d !== null || held !== null;

/**
 * The keys, made where one of the profile is missing; those of the other profile, and of another place than `held` says, sign no
 * more. Throws ReceiptsError, and what the system says.
 */
export function keysMade(
  file: string,
  profile: CryptoProfile,
  nowMs: number,
  held: HeldPublicKey | null = null,
): readonly ReceiptKey[] {
  const kept = readKeys(file);
  const wanted = SIGNED_IN[profile].map((alg) =>
    held?.alg === alg ? heldKey(held, kept ?? [], nowMs) : alg,
  );
  const missing = wanted.filter((each) => !kept?.some((key) => isIt(key, each)));
  if (kept !== null) {
    if (missing.length === 0) return kept;
    const stay = kept.filter((key) => !missing.some((each) => isOfKey(each, key)));
    const keys = [
      ...stay.map((key) =>
        !signs(key) || wanted.some((each) => isIt(key, each)) ? key : retired(key, nowMs),
      ),
      ...missing.map((each) => made(each, nowMs)),
    ];
    replacePrivateFile(file, encoded(keys));
    return keys;
  }
  const first = missing.map((each) => made(each, nowMs));
  makePrivateFolder(dirname(file));
  try {
    createPrivateFile(file, encoded(first));
  } catch (error) {
    // Somebody was faster: a command beside the gateway.
    const others = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readKeys(file) : null;
    if (others === null) throw error;
    return others;
  }
  return first;
}

/** A key that is held elsewhere, or the algorithm of one that is made here. */
type Wanted = ReceiptKey | ReceiptAlgorithm;

function isIt(key: ReceiptKey, wanted: Wanted): boolean {
  if (typeof wanted === 'string') return key.jwk.alg === wanted && key.d !== null;
  return isOfKey(wanted, key) && key.held === wanted.held;
}

function isOfKey(wanted: Wanted, { jwk }: ReceiptKey): boolean {
  return typeof wanted !== 'string' && wanted.jwk.kid === jwk.kid;
}

function made(wanted: Wanted, nowMs: number): ReceiptKey {
  return typeof wanted === 'string' ? freshKey(wanted, nowMs) : wanted;
}

/** With its certificates, where it was seen before. */
function heldKey({ alg, place, key }: HeldPublicKey, kept: readonly ReceiptKey[], nowMs: number): ReceiptKey {
  const jwk = jwkOf(key.publicKey);
  if (jwk.kty !== 'EC') throw new TypeError(NO_CURVE);
  const named = publicJwk(alg, jwk.x, jwk.y);
  const known = kept.find((each) => each.jwk.kid === named.kid);
  return {
    jwk: known?.jwk ?? named,
    d: null,
    held: place,
    madeAtMs: known?.madeAtMs ?? nowMs,
    retiredAtMs: null,
  };
}

function retired(key: ReceiptKey, nowMs: number): ReceiptKey {
  return { ...key, d: null, held: null, retiredAtMs: nowMs };
}

/** Throws ReceiptsError: what holds it has another made, and settings name it. */
function refuseHeld({ jwk, held }: ReceiptKey): void {
  if (held === null) return;
  throw new ReceiptsError(
    'unusable',
    `the key ${jwk.kid} is held elsewhere (${held}): have another made there, name it in crypto.keys.receipt.label, and start the ` +
      'gateway anew',
  );
}

/** New keys sign from now on; those before them only verify, and their private half is gone. Returns all. Throws as above. */
export function rotateKeys(
  file: string,
  algorithms: readonly ReceiptAlgorithm[],
  nowMs: number,
): readonly ReceiptKey[] {
  const before = (readKeys(file) ?? []).map((key) => {
    if (!signs(key) || !algorithms.includes(key.jwk.alg)) return key;
    refuseHeld(key);
    return retired(key, nowMs);
  });
  const keys = [...before, ...algorithms.map((alg) => freshKey(alg, nowMs))];
  if (keys.length > KEYS_MAX) {
    throw new ReceiptsError('unusable', `${file} holds ${KEYS_MAX} keys: withdraw old ones first`);
  }
  replacePrivateFile(file, encoded(keys));
  return keys;
}

/**
 * Takes a key away for good, as when its private half became known: receipts under it no longer verify. One that signs
 * is replaced by a new one. Throws ReceiptsError where there is no such key.
 */
export function withdrawKey(file: string, kid: string, nowMs: number): readonly ReceiptKey[] {
  const keys = readKeys(file) ?? [];
  const withdrawn = keys.find(({ jwk }) => jwk.kid === kid);
  if (!withdrawn) throw new ReceiptsError('unusable', `${file} holds no key ${kid}`);
  refuseHeld(withdrawn);
  const left = keys.filter((key) => key !== withdrawn);
  const all = withdrawn.d === null ? left : [...left, freshKey(withdrawn.jwk.alg, nowMs)];
  replacePrivateFile(file, encoded(all));
  return all;
}

/** Keeps the certificates of a key that signs, its own first, for receipts from now on. Throws ReceiptsError where there is none. */
export function keepCertificates(file: string, kid: string, x5c: readonly string[]): void {
  const keys = readKeys(file) ?? [];
  if (!keys.some((key) => key.jwk.kid === kid && signs(key)))
    throw new ReceiptsError('unusable', `${file} holds no key ${kid} that signs`);
  replacePrivateFile(
    file,
    encoded(keys.map((key) => (key.jwk.kid === kid ? { ...key, jwk: { ...key.jwk, x5c } } : key))),
  );
}

/** The key of an algorithm that signs now. Throws ReceiptsError where none does. */
export function signingKey(keys: readonly ReceiptKey[], alg: ReceiptAlgorithm): ReceiptKey {
  const key = keys.findLast((each) => each.jwk.alg === alg && signs(each));
  if (!key) throw new ReceiptsError('unusable', `no key of receipts signs ${alg}`);
  return key;
}

/**
 * RFC 7638 clause 3: over the required members in the order of their names; for crv SM2 the same members. SHA-256, and SM3 for
 * what signs in the profile `sm`.
 */
export function thumbprint({
  alg,
  crv,
  kty,
  x,
  y,
}: Pick<PublicJwk, 'alg' | 'crv' | 'kty' | 'x' | 'y'>): string {
  const profile = SIGNED_IN.sm.includes(alg) ? 'sm' : 'international';
  const bytes = Buffer.from(JSON.stringify({ crv, kty, x, y }), 'utf8');
  return digestOf(algorithmFor('receipt-key-id', profile), bytes).toString('base64url');
}

/** Reads a file again only when it is another. */
export class WatchedKeys {
  readonly #file: string;
  #seen = '';
  #keys: readonly ReceiptKey[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws ReceiptsError `unusable`, and what the system says where there is no file. */
  read(): readonly ReceiptKey[] {
    const { mtimeMs, ino, size } = statSync(this.#file);
    const state = `${mtimeMs} ${ino} ${size}`;
    if (state !== this.#seen) {
      this.#keys = readKeys(this.#file) ?? [];
      this.#seen = state;
    }
    return this.#keys;
  }
}

function publicJwk(alg: ReceiptAlgorithm, x: string, y: string): PublicJwk {
  const point = { kty: 'EC', crv: CURVE_OF[alg], x, y } as const;
  return { ...point, kid: thumbprint({ ...point, alg }), alg, use: 'sig' };
}

function freshKey(alg: ReceiptAlgorithm, nowMs: number): ReceiptKey {
  const fresh = privateJwkOf(makeSigningKey(SIGNATURE_OF[alg]));
  if (fresh.kty !== 'EC') throw new TypeError(NO_CURVE);
  return {
    jwk: publicJwk(alg, fresh.x, fresh.y),
    d: fresh.d,
    held: null,
    madeAtMs: nowMs,
    retiredAtMs: null,
  };
}

function encoded(keys: readonly ReceiptKey[]): string {
  const document = {
    format: 'onecard-receipt-keys.v1',
    keys: keys.map(({ jwk: { alg, x, y, x5c }, d, held, madeAtMs, retiredAtMs }) => ({
      ...{ alg, x, y, d },
      ...(held !== null && { held }),
      ...(x5c && { x5c }),
      made_at_ms: madeAtMs,
      retired_at_ms: retiredAtMs,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
