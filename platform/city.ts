/**
 * A city of test cards: its authorities, its issuers and any number of cards, all drawn from one seed. Two runs with
 * the same seed and the same year give the same bytes. For tests, demonstrations and measurements only.
 */
import { toHex } from '../workers/codecs/hex.ts';
import type { TrustDocument } from '../workers/trust/document.ts';
import { type CardPki, type CardPkiAlgorithm, makeCardPki } from './authority/card-pki.ts';
import { type ChipRsaIssuer, makeRsaIssuer } from './authority/chip-rsa.ts';
import { type ChipSm2Issuer, makeSm2Issuer } from './authority/chip-sm2.ts';
import {
  type HealthCardIssuer,
  type HealthSigner,
  makeHealthCardIssuer,
  makeHealthSigner,
} from './authority/health.ts';
import { type MdocAuthority, makeMdocAuthority } from './authority/mdoc.ts';
import { makeSdJwtAuthority, type SdJwtAuthority } from './authority/sd-jwt.ts';
import { makeStatusAuthority, publicPart, type StatusAuthority } from './authority/status.ts';
import {
  makeTransitCa,
  makeTransitCertificate,
  type TransitCa,
  type TransitIssuer,
} from './authority/transit.ts';
import { numberToBytes } from './bytes.ts';
import { lastDayIso, type Month } from './calendar.ts';
import { type CityCard, cityCard } from './cards/card.ts';
import { type CredentialHolder, holderOf } from './cards/holder.ts';
import { type CardIdentity, cardIdentity, withChip } from './cards/identity.ts';
import {
  type CardListEntry,
  type CredentialNames,
  cardListEntries,
  chipIssuerName,
  chipName,
  rideCodeName,
} from './cards/list.ts';
import { HOME_REGION, numbersOf, REGIONS, type RegionNumbers, regionSeed } from './cards/region-numbers.ts';
import { pem } from './der.ts';
import { type RsaKey, rsaKey } from './rsa.ts';
import { seeded } from './seed.ts';
import { type Sm2Key, sm2Key } from './sm2.ts';

export interface CityOptions {
  readonly seed: string;
  /**
   * Lower-case letters, digits and dashes, at most 16; default `cq`. Those of `REGIONS` have authorities and numbers of their
   * own, drawn from the seed under their name.
   */
  readonly region?: string;
  /** Regions whose authorities stand in the city's trust as well, each under its own name; default: none. */
  readonly neighbours?: readonly string[];
  /** How many cards there are; 0 to 20,000,000. */
  readonly cards: number;
  /** Everything is good for years around this time, milliseconds since 1970; default: the machine's clock. */
  readonly now?: number;
  /** Which chips there are; default `both`, taking turns. */
  readonly chips?: 'sm2' | 'rsa' | 'both';
  /** One chip in so many says who its holder is, in the records that its issuer signs; default 0: none does, as issuers are advised. */
  readonly holderOnChips?: number;
  /** Where credentials that can say so have their status, as entry number `index` of the card; default: they do not say. */
  readonly statusListUri?: string;
  /** How many RSA key pairs the cards share; default 32. */
  readonly rsaCardKeys?: number;
}

export interface City {
  /** What the region's authorities and cards are drawn from. */
  readonly seed: string;
  readonly region: string;
  readonly neighbours: readonly string[];
  /** The city of a neighbouring region, with as many cards; made when it is first used. Throws RangeError where there is none. */
  neighbour(region: string): City;
  /** What its numbers begin with. */
  readonly numbers: RegionNumbers;
  readonly size: number;
  /** When the cards expire and from when they are good. */
  readonly cardExpires: Month;
  readonly cardValidFromMs: number;
  readonly transitCa: TransitCa;
  /** Issues version 0x80 codes. */
  readonly interoperable: TransitIssuer;
  /** Issues version 0x81 codes. */
  readonly local: TransitIssuer;
  readonly sm2: ChipSm2Issuer;
  readonly rsa: ChipRsaIssuer;
  /** The CAs of certificates on cards. */
  cardPki(algorithm: CardPkiAlgorithm): CardPki;
  /** Signs health certificates. */
  healthSigner(): HealthSigner;
  /** Signs SMART Health Cards. */
  healthCardIssuer(): HealthCardIssuer;
  /** Issues mobile documents; made when it is first used. */
  readonly mdoc: MdocAuthority;
  /** Issue SD-JWT credentials; made when they are first used. */
  readonly sdJwt: SdJwtAuthority;
  readonly statusListUri: string | null;
  /** Keys of the platform's answers, which trust names. */
  readonly status: StatusAuthority;
  /**
   * An RSA key pair for a card. Real cards each have their own; here they share a pool, because making a key pair
   * takes longer than all else a card needs.
   */
  rsaCardKey(index: number): RsaKey;
  identity(index: number): CardIdentity;
  /** Whether the chips of a card say who its holder is. */
  saysHolder(index: number): boolean;
  /** With its first chip, or the one it has after `chip` replacements (0 to 98). Throws RangeError when there is none. */
  card(index: number, chip?: number): CityCard;
  /** The issuers that the city answers for. */
  readonly issuers: readonly string[];
  /** Whose credential it is; null when no card of the city has such a one. */
  holder(issuer: string, credentialId: string): CredentialHolder | null;
  /** What a proof calls the card's credentials. */
  credentialNames(identity: CardIdentity): CredentialNames;
  /** What `identity` says of each card, under the names a proof gives its credentials. */
  listEntries(identity: CardIdentity): CardListEntry[];
  trustDocument(): TrustDocument;
}

/** Cards of a city. */
export const CARDS_MAX = 20_000_000;
/** Replacements of one card's chip: the sequence number of the card number has two digits. */
const CHIPS_MAX = 98;
const RID = Uint8Array.of(0xa0, 0x00, 0x00, 0x06, 0x32);

export function createCity(options: CityOptions): City {
  const { region = HOME_REGION, cards, now = Date.now(), chips = 'both', rsaCardKeys = 32 } = options;
  const { holderOnChips = 0 } = options;
  if (!Number.isInteger(cards) || cards < 0 || cards > CARDS_MAX) {
    throw new RangeError(`a city has 0 to ${CARDS_MAX} cards`);
  }
  if (!Number.isInteger(holderOnChips) || holderOnChips < 0)
    throw new RangeError('holderOnChips is a whole number from 0');
  if (!Number.isInteger(rsaCardKeys) || rsaCardKeys < 1)
    throw new RangeError('rsaCardKeys must be at least 1');
  const year = new Date(now).getUTCFullYear();
  const neighbours = neighboursOf(options, region);
  const seed = regionSeed(options.seed, region);
  const numbers = numbersOf(region);
  const transit = transitAuthorities(seed, numbers, year);
  const chip = chipIssuers(seed, numbers, year);
  const pool: RsaKey[] = [];
  let mdoc: MdocAuthority | null = null;
  let sdJwt: SdJwtAuthority | null = null;
  const cardPkis = new Map<CardPkiAlgorithm, CardPki>();

  const identity = (index: number): CardIdentity => {
    if (!Number.isInteger(index) || index < 0 || index >= cards) throw new RangeError(`no card ${index}`);
    return cardIdentity(seed, index, numbers, chips === 'both' ? undefined : chips);
  };
  const names = (of: CardIdentity) => ({
    chip: chipName(RID, numbers.issuerDigits[of.alg], of),
    ride: rideCodeName((of.local ? transit.local : transit.interoperable).issuerId, of.userAccount),
  });
  const city: City = {
    seed,
    region,
    ...neighbours,
    numbers,
    size: cards,
    cardExpires: { year: year + 5, month: 12 },
    cardValidFromMs: Date.UTC(year - 2, 0, 1),
    ...transit,
    ...chip,
    cardPki: (algorithm) => {
      const pki =
        cardPkis.get(algorithm) ??
        makeCardPki({ seed, region, residentArea: numbers.residentArea, year, algorithm });
      cardPkis.set(algorithm, pki);
      return pki;
    },
    healthSigner: once(() => makeHealthSigner(seed, region, year)),
    healthCardIssuer: once(() => makeHealthCardIssuer(seed, region)),
    get mdoc() {
      mdoc ??= makeMdocAuthority(seed, region, year);
      return mdoc;
    },
    get sdJwt() {
      sdJwt ??= makeSdJwtAuthority(seed, region, year);
      return sdJwt;
    },
    statusListUri: options.statusListUri ?? null,
    status: makeStatusAuthority(seed),
    rsaCardKey: (index) => {
      const slot = index % rsaCardKeys;
      pool[slot] ??= rsaKey(seed, 'rsa card', slot, 1024, 3);
      return pool[slot];
    },
    identity,
    saysHolder: (index) => holderOnChips > 0 && index % holderOnChips === 0,
    card: (index, number = 0) => {
      if (!Number.isInteger(number) || number < 0 || number > CHIPS_MAX)
        throw new RangeError(`no chip ${number}`);
      return cityCard(city, withChip(identity(index), number));
    },
    issuers: [
      ...Object.values(numbers.issuerDigits).map((digits) => chipIssuerName(RID, digits)),
      ...[transit.interoperable, transit.local].map(({ issuerId }) => toHex(issuerId)),
    ],
    holder: (issuer, credentialId) =>
      holderOf({ cards, chipsMax: CHIPS_MAX, numbers, identity, names }, issuer, credentialId),
    credentialNames: names,
    listEntries: (of) => {
      const { chip, ride } = names(of);
      return cardListEntries([chip, ride], of.state, of.entitlements);
    },
    trustDocument: () => trustDocument(city),
  };
  return city;
}

/** Cities of other regions, each made once. Throws RangeError where two would have the same numbers. */
function neighboursOf(options: CityOptions, home: string): Pick<City, 'neighbours' | 'neighbour'> {
  const { neighbours = [] } = options;
  const all = [home, ...neighbours];
  if (new Set(all.map(numbersOf)).size !== all.length) {
    throw new RangeError(`a city and its neighbours are different ones of ${REGIONS.join(', ')}`);
  }
  const made = new Map<string, City>();
  const neighbour = (region: string): City => {
    if (!neighbours.includes(region)) throw new RangeError(`no neighbour ${region}`);
    // Its credentials have their status in its own region.
    const { statusListUri: _, ...common } = options;
    const city = made.get(region) ?? createCity({ ...common, region, neighbours: [] });
    made.set(region, city);
    return city;
  };
  return { neighbours, neighbour };
}

function transitAuthorities(seed: string, numbers: RegionNumbers, year: number) {
  const key = (label: string): Sm2Key => sm2Key(seeded(seed, label, 0, 40));
  const transitCa = makeTransitCa({
    key: key('transit ca'),
    service: Uint8Array.of(0x01, 0x01, 0x00, 0x00),
    index: numbers.transitCaIndex,
    expires: { year: year + 12, month: 12 },
  });
  const codePlatform = numberToBytes(numbers.codePlatform, 4);
  const issuer = (label: string, number: number, version: 0x80 | 0x81): TransitIssuer => {
    const issuerId = numberToBytes(number, 4);
    const issuerKey = key(label);
    const certificate = makeTransitCertificate({
      ca: transitCa,
      key: issuerKey,
      issuerId,
      serial: numberToBytes(number & 0xff, 3),
      expires: { year: year + 8, month: 12 },
      localIds: version === 0x81,
    });
    return { key: issuerKey, issuerId, codePlatform, version, certificate };
  };
  return {
    transitCa,
    interoperable: issuer('transit issuer', numbers.transitIssuer.interoperable, 0x80),
    local: issuer('transit local issuer', numbers.transitIssuer.local, 0x81),
  };
}

function chipIssuers(seed: string, { issuerDigits, chipCaIndex }: RegionNumbers, year: number) {
  const caExpires = { year: year + 12, month: 12 };
  const expires = { year: year + 8, month: 12 };
  const sm2 = makeSm2Issuer({
    ca: {
      ...{ alg: 'sm2', rid: RID, index: chipCaIndex.sm2, expires: caExpires },
      key: sm2Key(seeded(seed, 'sm2 ca', 0, 40)),
    },
    digits: issuerDigits.sm2,
    key: sm2Key(seeded(seed, 'sm2 issuer', 0, 40)),
    expires,
    serial: numberToBytes(0x000157, 3),
  });
  const rsa = makeRsaIssuer({
    ca: {
      alg: 'rsa',
      rid: RID,
      index: chipCaIndex.rsa,
      expires: caExpires,
      key: rsaKey(seed, 'rsa ca', 0, 1408, 3),
    },
    digits: issuerDigits.rsa,
    // Too long for the certificate, so that a remainder (tag 92) is needed.
    key: rsaKey(seed, 'rsa issuer', 0, 1152, 3),
    expires,
    serial: numberToBytes(0x000109, 3),
  });
  return { sm2, rsa };
}

function trustDocument(city: City): TrustDocument {
  const { status, neighbours } = city;
  return {
    anchors: [city, ...neighbours.map(city.neighbour)].flatMap(anchorsOf),
    statusKeys: [publicPart(status.sealing)],
    statusEncryptionKeys: [publicPart(status.encryption)],
  };
}

function anchorsOf(city: City): TrustDocument['anchors'] {
  const { region, transitCa, local, sm2, rsa, cardPki, mdoc, sdJwt } = city;
  const sm2Pki = cardPki('sm2');
  return [
    {
      family: 'transit-qr',
      region,
      caRecordHex: toHex(transitCa.record),
      issuers: [{ issuerId: toHex(local.issuerId), localProfile81: true }],
    },
    {
      family: 'chip-oda',
      region,
      rid: toHex(RID),
      index: toHex(Uint8Array.of(sm2.ca.index)),
      expires: lastDayIso(sm2.ca.expires),
      alg: 'sm2',
      publicKeyHex: toHex(sm2.ca.key.publicKey),
      sm2Fdda: true,
    },
    {
      family: 'chip-oda',
      region,
      rid: toHex(RID),
      index: toHex(Uint8Array.of(rsa.ca.index)),
      expires: lastDayIso(rsa.ca.expires),
      alg: 'rsa',
      modulusHex: toHex(rsa.ca.key.modulus),
      exponentHex: toHex(rsa.ca.key.exponent),
    },
    {
      family: 'card-pki',
      region,
      certificatePem: pem(sm2Pki.root.certificate),
      message: 'challenge',
      crlsBase64: sm2Pki.lists.slice(0, 1).map((list) => Buffer.from(list).toString('base64')),
    },
    {
      family: 'card-pki',
      region,
      certificatePem: pem(cardPki('p256').root.certificate),
      message: 'challenge',
    },
    ...healthAnchors(city),
    { family: 'mdoc', region, certificatePem: pem(mdoc.authorityCertificate) },
    ...sdJwt.anchors,
  ];
}

function healthAnchors({ region, healthSigner, healthCardIssuer }: City): TrustDocument['anchors'] {
  const { jwk, keyId, url } = healthCardIssuer();
  return [
    {
      family: 'hcert',
      region,
      certificateBase64: Buffer.from(healthSigner().certificate).toString('base64'),
    },
    { family: 'shc', region, issuer: url, jwk: { ...jwk, kid: keyId, use: 'sig', alg: 'ES256' } },
  ];
}

/** Made when it is asked for, and not again. */
function once<Made>(make: () => Made): () => Made {
  let made: Made | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
