/** JT/T 1179 CA public-key record, 144 bytes, as distributed in *.JG files. Read once, when trust is loaded. */
import { endOfMonthMs } from '../../codecs/bcd.ts';
import { equalBytes, toHex } from '../../codecs/hex.ts';
import type { SignatureEngine } from '../../engine/job.ts';
import { SM2_DEFAULT_ID, sm2Digest } from '../../engine/sm2-digest.ts';

const RECORD_BYTES = 144;
/** Registered application provider identifier of the transit interoperability scheme. */
const RID = Uint8Array.of(0xa0, 0x00, 0x00, 0x06, 0x32);

export interface CaRecord {
  /** 8 hex digits. */
  readonly serviceId: string;
  readonly index: number;
  /** Last millisecond of the month of expiry. */
  readonly expiresMs: number;
  /** X ‖ Y. */
  readonly publicKey: Uint8Array;
}

/** The record, or what is wrong with it in words. A record is accepted only with a good self-signature. */
export function readCaRecord(bytes: Uint8Array, engine: SignatureEngine): CaRecord | string {
  if (bytes.length !== RECORD_BYTES) return `is ${bytes.length} bytes, not ${RECORD_BYTES}`;
  if (bytes[0] !== 0x21) return 'does not start with record header 21';
  if (!equalBytes(bytes.subarray(5, 10), RID)) return `is not of application provider ${toHex(RID)}`;
  const expiresMs = endOfMonthMs(bytes, 11);
  if (expiresMs === null) return 'has an expiry that is no month';
  if (bytes[13] !== 0x04) return 'is not for SM2 (signature algorithm 04)';
  if (bytes[14] !== 0x11) return 'does not have parameter 11';
  if (bytes[15] !== 0x40) return 'does not have a key of 64 bytes';
  const publicKey = bytes.slice(16, 80);
  if (!engine.isOnCurve('sm2', publicKey)) return 'has a key that is no point of the SM2 curve';
  const digest = sm2Digest(publicKey, SM2_DEFAULT_ID, bytes.subarray(0, 80));
  const job = { curve: 'sm2', publicKey, digest, signature: bytes.slice(80, 144) } as const;
  if (engine.verify([job])[0] !== 1) return 'has a self-signature that does not verify';
  return { serviceId: toHex(bytes.subarray(1, 5)), index: bytes[10] ?? 0, expiresMs, publicKey };
}
