/** One revision of trust, ready for chip cards: CA keys by RID and index, revocations, and what was proven under it. */
import { LRUCache } from 'lru-cache';
import type { SignatureEngine } from '../../engine/job.ts';
import type { ChipRsaAnchor, ChipSm2Anchor, TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import type { CacheCounters, Check, TrustSetting } from '../family.ts';
import type { CaKey, CardCertificate, IssuerCertificate } from './algorithm.ts';
import type { RememberedCards } from './remembered.ts';
import { rsaCaKey } from './rsa.ts';
import { sm2CaKey } from './sm2.ts';

export const FAMILY_NAME = 'chip-oda';

export interface ChipAnchor {
  readonly region: string;
  /** Lower-case hex, as everything that names something here. */
  readonly rid: string;
  readonly index: string;
  /** Last millisecond of the anchor's last day. */
  readonly expiresMs: number;
  readonly key: CaKey;
}

/** A certificate whose signature holds, with the checks that were made on it. */
export interface Proven<Certificate> {
  readonly certificate: Certificate;
  readonly checks: readonly Check[];
}

export interface ChipOdaTrust {
  readonly anchors: ReadonlyMap<string, ChipAnchor>;
  /** RID, index and serial number of issuer certificates in hex. */
  readonly revoked: ReadonlySet<string>;
  readonly issuers: LRUCache<string, Proven<IssuerCertificate>>;
  readonly cards: LRUCache<string, Proven<CardCertificate>>;
  readonly remembered: RememberedCards;
  readonly counters: CacheCounters;
}

type Anchor = ChipSm2Anchor | ChipRsaAnchor;

/** The one table of algorithms. An anchor names one; the chain below it has no say. */
const ALGORITHMS: {
  readonly [Alg in Anchor['alg']]: (anchor: Extract<Anchor, { alg: Alg }>, engine: SignatureEngine) => CaKey;
} = { sm2: sm2CaKey, rsa: rsaCaKey };

/** Issuers are few and cards are many: one entry in this many is kept for issuers. */
const CARDS_PER_ISSUER = 16;
const REVOCATIONS_PER_STEP = 2_048;
const DAY_MS = 86_400_000;

/** Indexes the anchors. Throws TrustError on one that cannot be used or comes twice. */
export function* loadTrust(document: TrustDocument, setting: TrustSetting): Loading<ChipOdaTrust> {
  const anchors = new Map<string, ChipAnchor>();
  for (const anchor of document.anchors) {
    if (anchor.family !== FAMILY_NAME) continue;
    const loaded = loadAnchor(anchor, setting.engine);
    const name = loaded.rid + loaded.index;
    if (anchors.has(name))
      throw new TrustError(`chip-oda anchor ${anchor.rid}/${anchor.index} is there twice`);
    anchors.set(name, loaded);
    yield;
  }
  const revoked = new Set<string>();
  for (const [i, { family, rid, index, serial }] of (document.revocations ?? []).entries()) {
    if (i % REVOCATIONS_PER_STEP === 0) yield;
    if (family === FAMILY_NAME) revoked.add((rid + index + serial).toLowerCase());
  }
  const issuers = Math.ceil(setting.limits.cachedChains / CARDS_PER_ISSUER);
  const cards = Math.max(1, setting.limits.cachedChains - issuers);
  return {
    anchors,
    revoked,
    issuers: new LRUCache({ max: issuers }),
    cards: new LRUCache({ max: cards }),
    remembered: new LRUCache({ max: cards }),
    counters: setting.counters,
  };
}

function loadAnchor(anchor: Anchor, engine: SignatureEngine): ChipAnchor {
  const dayMs = Date.parse(`${anchor.expires}T00:00:00Z`);
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== anchor.expires) {
    throw new TrustError(`chip-oda anchor ${anchor.rid}/${anchor.index}: "expires" is no day`);
  }
  // The table pairs each algorithm with its own kind of anchor; the compiler cannot follow a look-up by union.
  const load = ALGORITHMS[anchor.alg] as (anchor: Anchor, engine: SignatureEngine) => CaKey;
  return {
    region: anchor.region,
    rid: anchor.rid.toLowerCase(),
    index: anchor.index.toLowerCase(),
    expiresMs: dayMs + DAY_MS - 1,
    key: load(anchor, engine),
  };
}
