/**
 * What an algorithm of offline data authentication does, whichever it is. A key hands out the keys below it, so what
 * an anchor starts with is what the whole chain is checked with: no data of the card chooses an algorithm.
 */
import type { ChipCheckList } from './chip-check-list.ts';
import type { DataObjects } from './input.ts';

/** A certificate's content once its signature holds. */
export interface Certificate<Key> {
  /** Digits: of the issuer identifier, or the card number. */
  readonly digits: string;
  /** Last millisecond of the month it is good in. */
  readonly expiresMs: number;
  /** Serial number, three bytes in hex. */
  readonly serial: string;
  readonly key: Key;
}
export type IssuerCertificate = Certificate<IssuerKey>;
export type CardCertificate = Certificate<CardKey>;

/** Each method records its checks and returns null when a plain one fails. */
export interface CaKey {
  readonly alg: string;
  /** Whether fDDA may be shown under this key. */
  readonly fddaEnabled: boolean;
  /** Tag names of the certificate and whatever belongs to it; a proven certificate is found again by their values. */
  readonly issuerCertificateTags: readonly string[];
  issuerCertificate(list: ChipCheckList, tags: DataObjects): IssuerCertificate | null;
  /** Keys below it that were proven before, from their `bytes`. */
  provenIssuerKey(bytes: Uint8Array): IssuerKey;
  provenCardKey(bytes: Uint8Array): CardKey;
}

export interface IssuerKey {
  /** As it is remembered. */
  readonly bytes: Uint8Array;
  /** As for the issuer certificate. */
  readonly cardCertificateTags: readonly string[];
  /** Tag 9F46 and whatever belongs to it, over the static data. */
  cardCertificate(list: ChipCheckList, tags: DataObjects, staticData: Uint8Array): CardCertificate | null;
  /** Tag 93: signed static application data. */
  staticSignature(list: ChipCheckList, signed: Uint8Array, staticData: Uint8Array): boolean;
  /** Has a table made where the engine has such. */
  prepare(): void;
}

export interface CardKey {
  /** As it is remembered. */
  readonly bytes: Uint8Array;
  /** Tag 9F4B: signed dynamic application data. Returns the ICC dynamic data in it. */
  dynamicData(list: ChipCheckList, signed: Uint8Array, terminalData: Uint8Array): Uint8Array | null;
  /** The hash CDA makes over the transaction data. */
  transactionHash(data: Uint8Array): Uint8Array;
}
