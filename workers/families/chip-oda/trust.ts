/** One revision of trust, ready for chip cards: CA keys by RID and index, revocations, and what was proven under it. */
import type { SignatureEngine } from '../../engine/job.ts';
import type { TrustDocument } from '../../trust/document.ts';
import { TrustError } from '../../trust/error.ts';
import type { Loading } from '../../trust/loading.ts';
import { anchorsOf } from '../anchors-of.ts';
import type { CacheCounters, TrustSetting } from '../family.ts';
import type { CaKey } from './algorithm.ts';
import type { ChipRsaAnchor, ChipSm2Anchor, Revocation } from './anchors.ts';
import { ProvenCertificates } from './certificates.ts';
import { RememberedCards } from './remembered.ts';
import { rsaCaKey } from './rsa.ts';
import { sm2CaKey } from './sm2.ts';

export const FAMILY_NAME = 'chip-oda';

export interface ChipAnchor {
  /** Its place among the anchors of this revision of trust. */
  readonly number: number;
  /** RID and index, what certificates under it are named by. */
  readonly nameBytes: Uint8Array;
  readonly region: string;
  /** Lower-case hex, as everything that names something here. */
  readonly rid: string;
  readonly index: string;
  /** Last millisecond of the anchor's last day. */
  readonly expiresMs: number;
  readonly key: CaKey;
}

export interface ChipOdaTrust {
  readonly anchors: ReadonlyMap<string, ChipAnchor>;
  /** RID, index and serial number of issuer certificates in hex. */
  readonly revoked: ReadonlySet<string>;
  readonly issuers: ProvenCertificates;
  readonly cards: ProvenCertificates;
  readonly remembered: RememberedCards;
  readonly counters: CacheCounters;
}

type Anchor = ChipSm2Anchor | ChipRsaAnchor;

/** The one table of algorithms. An anchor names one; the chain below it has no say. */
const ALGORITHMS: {
  readonly [Alg in Anchor['alg']]: (anchor: Extract<Anchor, { alg: Alg }>, engine: SignatureEngine) => CaKey;
} = { sm2: sm2CaKey, rsa: rsaCaKey };

const REVOCATIONS_PER_STEP = 2_048;
const DAY_MS = 86_400_000;

/** Indexes the anchors. Throws TrustError on one that cannot be used or comes twice. */
export function* loadTrust(document: TrustDocument, setting: TrustSetting): Loading<ChipOdaTrust> {
  const anchors = new Map<string, ChipAnchor>();
  for (const [, anchor] of anchorsOf<Anchor>(document, FAMILY_NAME)) {
    const loaded = loadAnchor(anchor, anchors.size, setting.engine);
    const name = loaded.rid + loaded.index;
    if (anchors.has(name))
      throw new TrustError(`chip-oda anchor ${anchor.rid}/${anchor.index} is there twice`);
    anchors.set(name, loaded);
    yield;
  }
  const revoked = new Set<string>();
  for (const [i, revocation] of (document.revocations ?? []).entries()) {
    if (i % REVOCATIONS_PER_STEP === 0) yield;
    if (revocation.family !== FAMILY_NAME) continue;
    const { rid, index, serial } = revocation as unknown as Revocation;
    revoked.add((rid + index + serial).toLowerCase());
  }
  const { cache, openSpace, counters } = setting;
  return {
    anchors,
    revoked,
    issuers: new ProvenCertificates(cache, openSpace('chip_issuers')),
    cards: new ProvenCertificates(cache, openSpace('chip_certificates')),
    remembered: new RememberedCards(cache, openSpace('chip_cards'), [...anchors.values()]),
    counters,
  };
}

export function anchorKeys(anchor: Anchor): readonly string[] {
  return [('publicKeyHex' in anchor ? anchor.publicKeyHex : anchor.modulusHex).toLowerCase()];
}

function loadAnchor(anchor: Anchor, number: number, engine: SignatureEngine): ChipAnchor {
  const dayMs = Date.parse(`${anchor.expires}T00:00:00Z`);
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== anchor.expires) {
    throw new TrustError(`chip-oda anchor ${anchor.rid}/${anchor.index}: "expires" is no day`);
  }
  // The table pairs each algorithm with its own kind of anchor; the compiler cannot follow a look-up by union.
  const load = ALGORITHMS[anchor.alg] as (anchor: Anchor, engine: SignatureEngine) => CaKey;
  const [rid, index] = [anchor.rid.toLowerCase(), anchor.index.toLowerCase()];
  return {
    number,
    nameBytes: Buffer.from(rid + index, 'latin1'),
    region: anchor.region,
    rid,
    index,
    expiresMs: dayMs + DAY_MS - 1,
    key: load(anchor, engine),
  };
}
