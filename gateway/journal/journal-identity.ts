/** What says which journal this is, and whose: a gateway, an epoch, and the key that its pseudonyms are made with. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { CRYPTO_PROFILES, type CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';

/** What stands in the data file, beside it, and in signed checkpoints. */
export interface JournalIdentity {
  readonly gatewayId: string;
  /** 16 hex digits, drawn with every new run of positions. */
  readonly epoch: string;
  /** Of the key of the pseudonyms that are made: see `keyFingerprint`. */
  readonly keyFingerprint: string;
}

/** What one place says of the journal that it belongs to. */
export interface FoundIdentity {
  /** The place, for a sentence: `its data file`. */
  readonly where: string;
  /** What it does not say is not compared. */
  readonly says: Partial<JournalIdentity>;
}

/** Name of the note in the data file that holds it. */
export const IDENTITY_NOTE = 'identity';

const KEY_CONTEXT = 'onecard.journal.key.v1';
const FINGERPRINT_HEX_DIGITS = 16;
/** Before the digits, where they are not of SHA-256. */
const SM3_MARK = 'sm3:';
/** As a pattern of a text. */
export const FINGERPRINT = '(?:sm3:)?[0-9a-f]{16}';

const Written = Compile(
  Type.Object({
    gateway_id: Type.String(),
    epoch: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    key_fingerprint: Type.String({ pattern: `^${FINGERPRINT}$` }),
  }),
);

/**
 * First 16 hex digits of SHA-256 over `onecard.journal.key.v1` ‖ key: names the key and tells nothing of it. In the profile
 * `sm` of SM3, with `sm3:` before them.
 */
export function keyFingerprint(key: Uint8Array, profile: CryptoProfile): string {
  const algorithm = algorithmFor('key-fingerprint', profile);
  const digest = digestOf(algorithm, Buffer.concat([Buffer.from(KEY_CONTEXT, 'ascii'), key]));
  const digits = digest.toString('hex').slice(0, FINGERPRINT_HEX_DIGITS);
  return algorithm === 'SM3' ? `${SM3_MARK}${digits}` : digits;
}

/** The profile that names are made in under the key of this fingerprint. */
export function profileOfFingerprint(fingerprint: string): CryptoProfile {
  return fingerprint.startsWith(SM3_MARK) ? 'sm' : 'international';
}

/** As it is written, in JSON. */
export function identityJson({ gatewayId, epoch, keyFingerprint }: JournalIdentity): string {
  return JSON.stringify({ gateway_id: gatewayId, epoch, key_fingerprint: keyFingerprint });
}

/** Null when the bytes do not hold one. */
export function readIdentity(bytes: Uint8Array): JournalIdentity | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (!Written.Check(value)) return null;
    return { gatewayId: value.gateway_id, epoch: value.epoch, keyFingerprint: value.key_fingerprint };
  } catch {
    return null;
  }
}

/**
 * Why what was found does not belong together, or null. `epochs`: those of the data file, oldest first. Any of them may
 * be named elsewhere, since a new one stands in the data file first.
 */
export function identityFault(found: readonly FoundIdentity[], epochs: readonly string[]): string | null {
  const foreign = found.find(({ says }) => says.epoch !== undefined && !epochs.includes(says.epoch));
  return (
    difference(
      found,
      ({ gatewayId }) => gatewayId,
      (id) => `of gateway ${id}`,
    ) ??
    CRYPTO_PROFILES.map((profile) => keyDifference(found, profile)).find((each) => each !== null) ??
    (foreign
      ? `${foreign.where} is of epoch ${foreign.says.epoch}, and its data file of ${epochs.at(-1) ?? 'none'}`
      : null)
  );
}

/** Keys of one profile: of two, both are the journal's, where it was kept in both. */
function keyDifference(found: readonly FoundIdentity[], profile: CryptoProfile): string | null {
  return difference(
    found,
    ({ keyFingerprint: print }) =>
      print !== undefined && profileOfFingerprint(print) === profile ? print : undefined,
    (print) => `of the key ${print}`,
  );
}

function difference(
  found: readonly FoundIdentity[],
  saidBy: (says: Partial<JournalIdentity>) => string | undefined,
  phrase: (value: string) => string,
): string | null {
  const saying = found.flatMap(({ where, says }) => {
    const value = saidBy(says);
    return value === undefined ? [] : [{ where, value }];
  });
  const [first] = saying;
  const other = saying.find(({ value }) => value !== first?.value);
  if (!first || !other) return null;
  return `${first.where} is ${phrase(first.value)}, and ${other.where} is ${phrase(other.value)}`;
}
