/** The trust of ride codes: CA keys by service and index, and what was proven under them. */
import { fromHex, toHex } from '../../codecs/hex.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { TrustSetting } from '../family.ts';
import type { TransitQrAnchor } from './anchors.ts';
import { readCaRecord } from './ca-record.ts';
import { RememberedCodes } from './remembered.ts';

export const FAMILY_NAME = 'transit-qr';

export interface IssuerSetting {
  readonly localProfile81: boolean;
}

export interface CaAnchor {
  /** Its place among the anchors of this revision of trust. */
  readonly number: number;
  readonly region: string;
  /** X ‖ Y. */
  readonly publicKey: Uint8Array;
  readonly expiresMs: number;
  /** By issuer id, 8 hex digits. */
  readonly issuers: ReadonlyMap<string, IssuerSetting>;
  readonly onlyNamedIssuers: boolean;
}

export interface TransitTrust {
  readonly setting: TrustSetting;
  readonly anchors: Anchors;
  readonly remembered: RememberedCodes;
}

interface Anchors {
  readonly named: ReadonlyMap<string, CaAnchor>;
  readonly numbered: readonly CaAnchor[];
}

/** CA selection is by service and index: the record's only names that a certificate repeats. */
export function anchorName(serviceId: Uint8Array, caIndex: number): string {
  return `${toHex(serviceId)}/${caIndex}`;
}

/** Throws TrustError when a record cannot be used, or two anchors answer to the same name. */
export function* loadTransitTrust(document: TrustDocument, setting: TrustSetting): Loading<TransitTrust> {
  const named = new Map<string, CaAnchor>();
  const numbered: CaAnchor[] = [];
  for (const [at, anchor] of anchorsOf<TransitQrAnchor>(document, FAMILY_NAME)) {
    const record = readCaRecord(fromHex(anchor.caRecordHex), setting.engine);
    if (typeof record === 'string')
      throw new TrustError(`anchors/${at}/caRecordHex: the CA record ${record}`);
    const name = anchorName(fromHex(record.serviceId), record.index);
    if (named.has(name)) {
      throw new TrustError(
        `anchors/${at}/caRecordHex: a second CA key for service ${record.serviceId}, index ${record.index}`,
      );
    }
    setting.engine.prepare('sm2', record.publicKey);
    const loaded = {
      number: numbered.length,
      region: anchor.region,
      publicKey: record.publicKey,
      expiresMs: record.expiresMs,
      issuers: indexIssuers(anchor, at),
      onlyNamedIssuers: anchor.onlyNamedIssuers ?? false,
    };
    named.set(name, loaded);
    numbered.push(loaded);
    yield;
  }
  return {
    setting,
    anchors: { named, numbered },
    remembered: new RememberedCodes(setting.cache, setting.openSpace),
  };
}

/** The record holds the key: X ‖ Y is looked for inside it. */
export function anchorKeys({ caRecordHex }: TransitQrAnchor): readonly string[] {
  return [caRecordHex.toLowerCase()];
}

function indexIssuers(anchor: TransitQrAnchor, at: number): Map<string, IssuerSetting> {
  const issuers = new Map<string, IssuerSetting>();
  for (const [i, issuer] of (anchor.issuers ?? []).entries()) {
    const issuerId = issuer.issuerId.toLowerCase();
    if (issuers.has(issuerId))
      throw new TrustError(`anchors/${at}/issuers/${i}: issuer ${issuerId} is named twice`);
    issuers.set(issuerId, { localProfile81: issuer.localProfile81 ?? false });
  }
  return issuers;
}
