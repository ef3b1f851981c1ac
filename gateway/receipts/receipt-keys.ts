/**
 * The keys that receipts are signed with, in `receipts/keys.json` of the data folder, for the gateway's user alone. One of
 * each algorithm signs; those before it stay, by their public half, so that old receipts verify.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { SignatureAlgorithm } from '../../crypto/algorithms.ts';
import { digestOf } from '../../crypto/digest.ts';
import { makeSigningKey } from '../../crypto/signature/key-files.ts';
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
  /** The private scalar, base64url; null: it was rotated out, and signs nothing any more. */
  readonly d: string | null;
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
  return value.keys.map(({ alg, x, y, d, made_at_ms, retired_at_ms, x5c }) => ({
    jwk: { ...publicJwk(alg, x, y), ...(x5c && { x5c }) },
    d,
    madeAtMs: made_at_ms,
    retiredAtMs: retired_at_ms,
  }));
}

/**
 * The keys, made where one of the profile is missing; those of the other profile sign no more. Throws ReceiptsError, and what
 * the system says.
 */
export function keysMade(file: string, profile: CryptoProfile, nowMs: number): readonly ReceiptKey[] {
  const kept = readKeys(file);
  const missing = SIGNED_IN[profile].filter(
    (alg) => !kept?.some(({ jwk, d }) => jwk.alg === alg && d !== null),
  );
  if (kept !== null) return missing.length === 0 ? kept : changedOver(file, kept, missing, profile, nowMs);
  const made = missing.map((alg) => freshKey(alg, nowMs));
  makePrivateFolder(dirname(file));
  try {
    createPrivateFile(file, encoded(made));
  } catch (error) {
    // Somebody was faster: a command beside the gateway.
    const others = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readKeys(file) : null;
    if (others === null) throw error;
    return others;
  }
  return made;
}

function changedOver(
  file: string,
  kept: readonly ReceiptKey[],
  missing: readonly ReceiptAlgorithm[],
  profile: CryptoProfile,
  nowMs: number,
): readonly ReceiptKey[] {
  const keys = [
    ...kept.map((key) =>
      key.d === null || SIGNED_IN[profile].includes(key.jwk.alg)
        ? key
        : { ...key, d: null, retiredAtMs: nowMs },
    ),
    ...missing.map((alg) => freshKey(alg, nowMs)),
  ];
  replacePrivateFile(file, encoded(keys));
  return keys;
}

/** New keys sign from now on; those before them only verify, and their private half is gone. Returns all. Throws as above. */
export function rotateKeys(
  file: string,
  algorithms: readonly ReceiptAlgorithm[],
  nowMs: number,
): readonly ReceiptKey[] {
  const retired = (readKeys(file) ?? []).map((key) =>
    key.d !== null && algorithms.includes(key.jwk.alg) ? { ...key, d: null, retiredAtMs: nowMs } : key,
  );
  const keys = [...retired, ...algorithms.map((alg) => freshKey(alg, nowMs))];
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
  const left = keys.filter((key) => key !== withdrawn);
  const all = withdrawn.d === null ? left : [...left, freshKey(withdrawn.jwk.alg, nowMs)];
  replacePrivateFile(file, encoded(all));
  return all;
}

/** Keeps the certificates of a key that signs, its own first, for receipts from now on. Throws ReceiptsError where there is none. */
export function keepCertificates(file: string, kid: string, x5c: readonly string[]): void {
  const keys = readKeys(file) ?? [];
  if (!keys.some(({ jwk, d }) => jwk.kid === kid && d !== null))
    throw new ReceiptsError('unusable', `${file} holds no key ${kid} that signs`);
  replacePrivateFile(
    file,
    encoded(keys.map((key) => (key.jwk.kid === kid ? { ...key, jwk: { ...key.jwk, x5c } } : key))),
  );
}

/** The key of an algorithm that signs now. Throws ReceiptsError where none does. */
export function signingKey(keys: readonly ReceiptKey[], alg: ReceiptAlgorithm): ReceiptKey & { d: string } {
  const key = keys.findLast(({ jwk, d }) => jwk.alg === alg && d !== null);
  if (!key || key.d === null) throw new ReceiptsError('unusable', `no key of receipts signs ${alg}`);
  return { ...key, d: key.d };
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
  if (fresh.kty !== 'EC') throw new TypeError('receipts are signed with keys of a curve of two coordinates');
  return { jwk: publicJwk(alg, fresh.x, fresh.y), d: fresh.d, madeAtMs: nowMs, retiredAtMs: null };
}

function encoded(keys: readonly ReceiptKey[]): string {
  const document = {
    format: 'onecard-receipt-keys.v1',
    keys: keys.map(({ jwk: { alg, x, y, x5c }, d, madeAtMs, retiredAtMs }) => ({
      ...{ alg, x, y, d },
      ...(x5c && { x5c }),
      made_at_ms: madeAtMs,
      retired_at_ms: retiredAtMs,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
