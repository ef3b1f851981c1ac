/** JT/T 1179 ride codes: CA key, issuer certificate, authorisation, the phone's signature. */
import { endOfMonthMs } from './fields.ts';
import { LruMap } from './lru-map.ts';
import { DEFAULT_ID, type Sm2Key, type Sm2Keys } from './sm2-keys.ts';
import { demand, type Proven } from './verdict.ts';

export interface RideCodeAnchor {
  readonly region: string;
  readonly key: Sm2Key;
  readonly expiresMs: number;
  /** Issuers that may make codes of version 81. */
  readonly localIssuers: ReadonlySet<string>;
}

const BODY_BYTES_MIN = 329;
const HEADER_BYTES = 3;
const CUSTOM_BYTES_MAX = 32;
const MARK = 0x15;
const LOCAL = 0x81;
const PROVEN_MAX = 20_000;

export class RideCodes {
  readonly #anchors: ReadonlyMap<string, RideCodeAnchor>;
  readonly #keys: Sm2Keys;
  /** Certificates and authorisations whose signatures hold, by their bytes. */
  readonly #proven = new LruMap<true>(PROVEN_MAX);

  /** Anchors by service id and CA index, in hex. */
  constructor(anchors: ReadonlyMap<string, RideCodeAnchor>, keys: Sm2Keys) {
    this.#anchors = anchors;
    this.#keys = keys;
  }

  /** Throws Unproven. */
  verify(code: Buffer, nowMs: number): Proven {
    const version = code[0] ?? 0;
    checkLayout(code, version);
    const end = 198 + (code[197] ?? 0);
    const certificate = code.subarray(3, 120);
    const issuerId = certificate.toString('hex', 7, 11);
    const anchor = this.#anchors.get(certificate.toString('hex', 1, 6));
    demand(anchor !== undefined, 'trust.ca_unknown');
    demand(issuerId === code.toString('hex', 146, 150), 'credential.identity_mismatch');
    const local = version === LOCAL;
    demand(!local || anchor.localIssuers.has(issuerId), 'credential.version_unsupported');
    checkTimes(code, end, anchor, nowMs);

    const issuerKey = this.#keys.import(certificate.subarray(20, 53));
    const userKey = this.#keys.import(code.subarray(158, 191));
    demand(issuerKey !== null && userKey !== null, 'key.invalid');
    const ids = local
      ? [certificate.subarray(1, 6), code.subarray(146, 154), code.subarray(136, 146)]
      : [DEFAULT_ID, DEFAULT_ID, DEFAULT_ID];
    this.#once(version, certificate, 'signature.issuer_certificate', () =>
      anchor.key.verify([certificate.subarray(6, 53)], certificate.subarray(53), ids[0]),
    );
    this.#once(version, code.subarray(3, end + 65), 'signature.authorisation', () =>
      issuerKey.verify([code.subarray(3, end)], code.subarray(end + 1, end + 65), ids[1]),
    );
    const signed = [code.subarray(0, end + 69)];
    demand(userKey.verify(signed, code.subarray(end + 70), ids[2]), 'signature.user');

    const account = code.toString('hex', 136, 146).replace(/f+$/, '');
    return {
      ok: true,
      issuer: issuerId,
      credentialId: `${issuerId}:${account}`,
      region: anchor.region,
      facts: { proof: local ? 'local-81' : 'interoperable', limit_fen: code.readUIntBE(155, 3) },
    };
  }

  #once(version: number, bytes: Buffer, code: string, holds: () => boolean): void {
    const name = version + bytes.toString('latin1');
    if (this.#proven.get(name)) return;
    demand(holds(), code);
    this.#proven.set(name, true);
  }
}

function checkLayout(code: Buffer, version: number): void {
  demand(code.length <= HEADER_BYTES + BODY_BYTES_MIN + CUSTOM_BYTES_MAX, 'credential.oversized');
  demand(code.length >= HEADER_BYTES, 'credential.truncated');
  demand(version >= 0x80, 'credential.malformed');
  demand(version <= LOCAL, 'credential.version_unsupported');
  const bodyBytes = code.readUInt16BE(1);
  demand(bodyBytes >= BODY_BYTES_MIN, 'credential.malformed');
  demand(code.length >= HEADER_BYTES + bodyBytes, 'credential.truncated');
  demand(code.length === HEADER_BYTES + bodyBytes, 'credential.trailing');
  const custom = code[197] ?? 0;
  demand(custom === bodyBytes - BODY_BYTES_MIN, 'credential.malformed');
  demand(code[198 + custom] === MARK && code[267 + custom] === MARK, 'credential.malformed');
  demand(code[3] === 0x24 && code[9] === 0x12 && code[22] === 33, 'credential.malformed');
  demand(code[19] === 0x04 && code[20] === 0x04, 'credential.algorithm_unsupported');
  demand(code.readUInt16BE(195) > 0, 'credential.malformed');
}

function checkTimes(code: Buffer, end: number, anchor: RideCodeAnchor, nowMs: number): void {
  const certificateEndMs = endOfMonthMs(code.subarray(14, 16));
  demand(nowMs <= anchor.expiresMs, 'trust.ca_expired');
  demand(!Number.isNaN(certificateEndMs), 'credential.malformed');
  demand(nowMs <= certificateEndMs, 'trust.certificate_expired');
  demand(nowMs <= code.readUInt32BE(191) * 1_000, 'credential.expired');
  const ageMs = nowMs - code.readUInt32BE(end + 65) * 1_000;
  const validityMs = code.readUInt16BE(195) * 1_000;
  demand(ageMs <= validityMs, 'code.stale');
  demand(-ageMs <= validityMs, 'code.from_future');
}
