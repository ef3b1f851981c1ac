/** How a card lies in a fleet: one record of fixed size each. Kept apart are what signs for it and what was signed. */
import type { Signer } from './sm2-batch.ts';
import { toBigInt, writeNumber } from './sm2-batch.ts';

/** JT/T 1179, fields 3 to 15 without a custom field. */
export const AUTHORISATION_BYTES = 260;
/** Tag 9F46 with SM2. */
export const CARD_CERTIFICATE_BYTES = 148;
const SIGNER_BYTES = 64;
const PHONE_AT = 0;
const AUTHORISATION_AT = PHONE_AT + SIGNER_BYTES;
const CHIP_AT = AUTHORISATION_AT + AUTHORISATION_BYTES;
const CERTIFICATE_AT = CHIP_AT + SIGNER_BYTES;
export const RECORD_BYTES = CERTIFICATE_AT + CARD_CERTIFICATE_BYTES;

export interface RideRecord {
  readonly phone: Signer;
  readonly authorisation: Uint8Array;
}

export interface ChipRecord {
  readonly chip: Signer;
  readonly certificate: Uint8Array;
}

export function writeRide(records: Uint8Array, index: number, { phone, authorisation }: RideRecord): void {
  const at = index * RECORD_BYTES;
  writeSigner(records, at + PHONE_AT, phone);
  records.set(authorisation, at + AUTHORISATION_AT);
}

export function writeChip(records: Uint8Array, index: number, { chip, certificate }: ChipRecord): void {
  const at = index * RECORD_BYTES;
  writeSigner(records, at + CHIP_AT, chip);
  records.set(certificate, at + CERTIFICATE_AT);
}

/** Views of the records. */
export function readRide(records: Uint8Array, index: number): RideRecord {
  const at = index * RECORD_BYTES;
  return {
    phone: readSigner(records, at + PHONE_AT),
    authorisation: records.subarray(at + AUTHORISATION_AT, at + AUTHORISATION_AT + AUTHORISATION_BYTES),
  };
}

export function readChip(records: Uint8Array, index: number): ChipRecord {
  const at = index * RECORD_BYTES;
  return {
    chip: readSigner(records, at + CHIP_AT),
    certificate: records.subarray(at + CERTIFICATE_AT, at + CERTIFICATE_AT + CARD_CERTIFICATE_BYTES),
  };
}

function writeSigner(records: Uint8Array, at: number, { inverse, identity }: Signer): void {
  writeNumber(inverse, records, at);
  records.set(identity, at + 32);
}

function readSigner(records: Uint8Array, at: number): Signer {
  return { inverse: toBigInt(records.subarray(at, at + 32)), identity: records.subarray(at + 32, at + 64) };
}
