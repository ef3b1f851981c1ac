/**
 * Issues JT/T 1179 ride codes (formats.md 1.2). The issuer signs an authorisation once; the phone signs each code
 * that is made from it.
 */
import { toHex } from '../../workers/codecs/hex.ts';
import { type Sm2Tamper, signLayout } from '../authority/sm2-signing.ts';
import type { TransitIssuer } from '../authority/transit.ts';
import { joined, numberToBytes } from '../bytes.ts';
import { DEFAULT_ID, type Sm2Key } from '../sm2.ts';

/** What a ride code is made for. */
export interface TransitAccount {
  readonly issuer: TransitIssuer;
  /** 16 ASCII characters. */
  readonly paymentAccount: string;
  /** 10 bytes. */
  readonly userAccount: Uint8Array;
  readonly accountType: number;
  /** The phone's key. */
  readonly key: Sm2Key;
}

export interface RideCodeOptions {
  readonly account: TransitAccount;
  /** Time on the phone's clock, milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** Default: the issuer's. Decides the distinguishing IDs (formats.md 1.5). */
  readonly version?: number;
  /** At most 32 bytes; default none. */
  readonly custom?: Uint8Array;
  /** How long the code is good, default 60. */
  readonly validity_s?: number;
  /** Until when the authorisation is good, seconds since 1970; default: the end of tomorrow, UTC. */
  readonly authorisedUntil_s?: number;
  /** Most that one ride may cost, default 20,000. */
  readonly limit_fen?: number;
  readonly tamper?: {
    /** In place of the issuer's certificate. */
    readonly certificate?: Uint8Array;
    /** What the issuer signs: fields 3 to 14. */
    readonly authorisation?: Sm2Tamper;
    /** What the phone signs: the whole code up to the generation time. */
    readonly code?: Sm2Tamper;
  };
}

/** Marks an SM2 signature in a ride code. */
const SIGNATURE_MARK = Uint8Array.of(0x15);

const SECONDS_PER_DAY = 86_400;

/** 332 to 364 bytes, as they stand in the symbol. */
export function rideCode(options: RideCodeOptions): Uint8Array {
  const { account, nowMs, tamper } = options;
  const version = options.version ?? account.issuer.version;
  const now_s = Math.floor(nowMs / 1000);
  const authorisation = authorisationOf(options, version, now_s);
  const layout = joined(
    Uint8Array.of(version),
    // Length of fields 3 to 17: the authorisation, the generation time and the user signature.
    numberToBytes(authorisation.length + 4 + SIGNATURE_MARK.length + 64, 2),
    authorisation,
    numberToBytes(now_s, 4),
  );
  return signLayout(layout, {
    key: account.key,
    id: version === 0x81 ? account.userAccount : DEFAULT_ID,
    prefix: SIGNATURE_MARK,
    tamper: tamper?.code,
  });
}

/** The last authorisation of each account: one serves every code of a day. */
const authorisations = new WeakMap<TransitAccount, { readonly for: string; readonly bytes: Uint8Array }>();

/** Fields 3 to 15. */
function authorisationOf(options: RideCodeOptions, version: number, now_s: number): Uint8Array {
  const { account, custom = new Uint8Array(), validity_s = 60, limit_fen = 20_000, tamper } = options;
  const until_s = options.authorisedUntil_s ?? (Math.floor(now_s / SECONDS_PER_DAY) + 2) * SECONDS_PER_DAY;
  if (tamper?.certificate || tamper?.authorisation) {
    return authorise(options, { version, custom, validity_s, limit_fen, until_s });
  }
  const wanted = [version, toHex(custom), validity_s, limit_fen, until_s].join();
  const kept = authorisations.get(account);
  if (kept?.for === wanted) return kept.bytes;
  const bytes = authorise(options, { version, custom, validity_s, limit_fen, until_s });
  authorisations.set(account, { for: wanted, bytes });
  return bytes;
}

interface AuthorisationFields {
  readonly version: number;
  readonly custom: Uint8Array;
  readonly validity_s: number;
  readonly limit_fen: number;
  readonly until_s: number;
}

function authorise({ account, tamper }: RideCodeOptions, fields: AuthorisationFields): Uint8Array {
  const { issuer } = account;
  const { version, custom, validity_s, limit_fen, until_s } = fields;
  if (account.paymentAccount.length !== 16) throw new RangeError('a payment account has 16 characters');
  const layout = joined(
    tamper?.certificate ?? issuer.certificate,
    new TextEncoder().encode(account.paymentAccount),
    account.userAccount,
    issuer.issuerId,
    issuer.codePlatform,
    Uint8Array.of(account.accountType),
    numberToBytes(limit_fen, 3),
    account.key.compressed,
    numberToBytes(until_s, 4),
    numberToBytes(validity_s, 2),
    Uint8Array.of(custom.length),
    custom,
  );
  return signLayout(layout, {
    key: issuer.key,
    id: version === 0x81 ? joined(issuer.issuerId, issuer.codePlatform) : DEFAULT_ID,
    prefix: SIGNATURE_MARK,
    tamper: tamper?.authorisation,
  });
}
