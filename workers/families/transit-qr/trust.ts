/** The trust of ride codes: CA keys by service and index, and what was proven under them. */
import { LRUCache } from 'lru-cache';
import { fromHex, toHex } from '../../codecs/hex.ts';
import type { TransitQrAnchor, TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import type { TrustSetting } from '../family.ts';
import { readCaRecord } from './ca-record.ts';
import type { Authorisation, Issuer } from './remembered.ts';

export const FAMILY_NAME = 'transit-qr';

export interface IssuerSetting {
  readonly localProfile81: boolean;
}

export interface CaAnchor {
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
  readonly anchors: ReadonlyMap<string, CaAnchor>;
  /** Issuer certificates whose CA signature verified. */
  readonly chains: LRUCache<string, Issuer>;
  /** Authorisations whose issuer signature verified, by `authorisationName`. */
  readonly authorisations: LRUCache<number, Authorisation>;
}

/** CA selection is by service and index: the record's only names that a certificate repeats. */
export function anchorName(serviceId: Uint8Array, caIndex: number): string {
  return `${toHex(serviceId)}/${caIndex}`;
}

/** Throws TrustError when a record cannot be used, or two anchors answer to the same name. */
export function* loadTransitTrust(document: TrustDocument, setting: TrustSetting): Loading<TransitTrust> {
  const anchors = new Map<string, CaAnchor>();
  for (const [at, anchor] of document.anchors.entries()) {
    if (anchor.family !== FAMILY_NAME) continue;
    const record = readCaRecord(fromHex(anchor.caRecordHex), setting.engine);
    if (typeof record === 'string')
      throw new TrustError(`anchors/${at}/caRecordHex: the CA record ${record}`);
    const name = anchorName(fromHex(record.serviceId), record.index);
    if (anchors.has(name)) {
      throw new TrustError(
        `anchors/${at}/caRecordHex: a second CA key for service ${record.serviceId}, index ${record.index}`,
      );
    }
    setting.engine.prepare('sm2', record.publicKey);
    anchors.set(name, {
      region: anchor.region,
      publicKey: record.publicKey,
      expiresMs: record.expiresMs,
      issuers: indexIssuers(anchor, at),
      onlyNamedIssuers: anchor.onlyNamedIssuers ?? false,
    });
    yield;
  }
  return {
    setting,
    anchors,
    chains: new LRUCache({ max: setting.limits.cachedChains }),
    authorisations: new LRUCache({ max: setting.limits.cachedAuthorisations }),
  };
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
