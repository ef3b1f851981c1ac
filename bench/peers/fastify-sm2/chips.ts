/** Dynamic data authentication of chip cards: CA key, issuer certificate, card certificate, the card's signature. */
import { type Certified, type ChipKey, checkChain, checkDates } from './chip-chain.ts';
import { type ChipPresentation, type DataObjects, readCardData } from './chip-data.ts';
import { LruMap } from './lru-map.ts';
import { demand, type Proven } from './verdict.ts';

export interface ChipAnchor {
  readonly region: string;
  readonly rid: string;
  readonly key: ChipKey;
  readonly expiresMs: number;
}

const ISSUERS_MAX = 1_000;
const CARDS_MAX = 20_000;
const ISSUER_TAGS = ['90', '92', '9F32'];
const CARD_TAGS = ['9F46', '9F48', '9F47'];

export class Chips {
  readonly #anchors: ReadonlyMap<string, ChipAnchor>;
  /** Certificates whose signatures hold, by every byte that was signed. */
  readonly #issuers = new LruMap<Certified>(ISSUERS_MAX);
  readonly #cards = new LruMap<Certified>(CARDS_MAX);

  /** Anchors by RID and index in hex. */
  constructor(anchors: ReadonlyMap<string, ChipAnchor>) {
    this.#anchors = anchors;
  }

  /** Throws Unproven. */
  verify(presentation: ChipPresentation, nowMs: number): Proven {
    const data = readCardData(presentation);
    const { tags, staticData, cardNumber } = data;
    const signature = tags.get('9F4B');
    const [application, index] = [tags.get('84') ?? tags.get('4F'), tags.get('8F')];
    demand(signature !== undefined, 'credential.data_missing');
    demand(application !== undefined && index !== undefined, 'credential.data_missing');
    const anchorName = application.toString('hex', 0, 5) + index.toString('hex');
    const anchor = this.#anchors.get(anchorName);
    demand(anchor !== undefined, 'trust.ca_unknown');
    demand(nowMs <= anchor.expiresMs, 'trust.ca_expired');

    const issuerName = nameOf(anchorName, tags, ISSUER_TAGS);
    const issuer = once(this.#issuers, issuerName, () => anchor.key.issuer(tags));
    const cardName = nameOf(issuerName, tags, CARD_TAGS) + staticData.toString('latin1');
    const card = once(this.#cards, cardName, () => issuer.key.card(tags, staticData));
    checkChain(issuer.head, card.head, cardNumber, nowMs);
    checkDates(data.objects, nowMs);
    card.key.dynamic(signature, data.unpredictableNumber);

    const issuedBy = `${anchor.rid}:${issuer.head.digits}`;
    return {
      ok: true,
      issuer: issuedBy,
      credentialId: `${issuedBy}:${card.head.serial}:${cardNumber}`,
      region: anchor.region,
      facts: { proof: 'dda', alg: anchor.key.alg },
    };
  }
}

function once(known: LruMap<Certified>, name: string, make: () => Certified): Certified {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = make();
  known.set(name, made);
  return made;
}

function nameOf(signer: string, tags: DataObjects, names: readonly string[]): string {
  const values = names.map((name) => tags.get(name));
  return `${signer}/${values.map((value) => `${value?.length}:${value?.toString('latin1')}`).join()}`;
}
