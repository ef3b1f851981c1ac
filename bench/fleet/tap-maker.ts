/** Makes the presentations of a plan from the cards of a fleet, each with a fresh signature. */
import { encodeTap, type Tap } from '../../client/messages.ts';
import { joined, numberToBytes } from '../../platform/bytes.ts';
import { mmyy } from '../../platform/calendar.ts';
import { cityCard } from '../../platform/cards/card.ts';
import type { CardIdentity } from '../../platform/cards/identity.ts';
import type { City } from '../../platform/city.ts';
import { binaryForm } from '../../platform/issue/binary-form.ts';
import {
  dynamicData,
  profileTags,
  recordsOf,
  type Tags,
  type TapOptions,
} from '../../platform/issue/chip-card.ts';
import { type ChipCard, presentationAsHex } from '../../platform/issue/chip-presentation.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { DEFAULT_ID, sm2IdentityDigest, sm3 } from '../../platform/sm2.ts';
import { toHex } from '../../workers/codecs/hex.ts';
import { binaryFrame } from '../load/frames.ts';
import { authorisationUnder, type BatchKey, keyRun, signerOf } from './make-cards.ts';
import { readChip, readRide } from './record.ts';
import type { BatchSigner, Signer } from './sm2-batch.ts';
import type { TapPlan, TapSpec } from './tap-plan.ts';

const SIGNATURE_BYTES = 64;
const SIGNATURE_MARK = 0x15;
/** Keys that are drawn together for taps with chains of their own. */
const COLD_RUN = 1_024;
const COUNTER_MAX = 0xffff;
const MASK_STEP = 0x9e37_79b1;

interface Sm2Chip {
  readonly signer: Signer;
  readonly tags: Tags;
  readonly staticData: Uint8Array;
}

export class TapMaker {
  readonly #city: City;
  readonly #records: Uint8Array;
  readonly #signer: BatchSigner;
  readonly #sm2 = new Map<number, Sm2Chip>();
  readonly #rsa = new Map<number, ChipCard<TapOptions>>();
  readonly #identities = new Map<number, CardIdentity>();
  readonly #issuerKeys: ColdKeys;
  readonly #phoneKeys: ColdKeys;
  readonly #ca: Signer;

  constructor(city: City, records: Uint8Array, signer: BatchSigner) {
    this.#city = city;
    this.#records = records;
    this.#signer = signer;
    this.#issuerKeys = new ColdKeys(city.seed, 'cold issuers');
    this.#phoneKeys = new ColdKeys(city.seed, 'cold phones');
    this.#ca = signerOf(city.transitCa.key, DEFAULT_ID);
  }

  /** The tap as it is sent. `use0_s`: what a card's ride code says of its time at use 0, seconds since 1970. */
  bytes(plan: TapPlan, spec: TapSpec, i: number, use0_s: number): Uint8Array {
    if (typeof spec.kind === 'object') return this.#other(plan, spec, spec.kind.family, i);
    if (spec.kind === 'ride') {
      const code = this.#ride(plan, spec, use0_s);
      if (plan.form === 'frame') return frame(i, { family: 'transit-qr', credential: { code }, context: {} });
      return json({ family: 'transit-qr', credential: { hex: toHex(code) }, context: {} });
    }
    const chip = this.#chip(spec);
    if (plan.form === 'frame') return frame(i, { family: 'chip-oda', ...chip });
    return json({ family: 'chip-oda', ...presentationAsHex(chip) });
  }

  /** Signed now: what it says of its time is when the taps were made. */
  #other(plan: TapPlan, { card, signs }: TapSpec, family: string, i: number): Uint8Array {
    const showing = {
      city: this.#city,
      index: this.#goodFrom(card),
      atMs: Date.now(),
      mode: 'dda',
      chip: 0,
      fault: null,
    } as const;
    const { credential, context } = presentationLine(family, { ...showing, nonce: String(signs) });
    if (plan.form === 'json') return json({ family, credential, context });
    return frame(i, { family, ...binaryForm({ credential, context }) });
  }

  /** This card, or the next that is good: a platform resolves no code of another. */
  #goodFrom(card: number): number {
    const { size } = this.#city;
    for (let i = 0; i < size; i++) {
      const index = (card + i) % size;
      if (this.#identity(index).state === 'good') return index;
    }
    return card;
  }

  /** JT/T 1179, the whole code. */
  #ride(plan: TapPlan, spec: TapSpec, use0_s: number): Uint8Array {
    const { card, use, signs, fault } = spec;
    const identity = this.#identity(card);
    const { phone, authorisation } = plan.cold ? this.#coldRide(card, signs) : readRide(this.#records, card);
    const body = authorisation.length + 4 + 1 + SIGNATURE_BYTES;
    const code = new Uint8Array(3 + body);
    code[0] = identity.local && !plan.cold ? 0x81 : 0x80;
    code.set(numberToBytes(body, 2), 1);
    code.set(authorisation, 3);
    const end = 3 + authorisation.length;
    code.set(numberToBytes(use0_s + use, 4), end);
    code[end + 4] = SIGNATURE_MARK;
    this.#signer.sign(phone, code.subarray(0, end + 4), signs, code, end + 5);
    if (fault === 'forged') spoilLast(code);
    return fault === 'cut' ? code.subarray(0, -1) : code;
  }

  #identity(card: number): CardIdentity {
    let kept = this.#identities.get(card);
    if (!kept) {
      kept = this.#city.identity(card);
      this.#identities.set(card, kept);
    }
    return kept;
  }

  /** A certificate and a key that nobody has seen: both the issuer's and the phone's are drawn anew for each tap. */
  #coldRide(card: number, signs: number) {
    const city = this.#city;
    const issuer = this.#issuerKeys.key(signs);
    const phone = this.#phoneKeys.key(signs);
    const certificate = this.#coldCertificate(issuer.compressed, signs);
    const authorisation = authorisationUnder(
      { ...city.interoperable, certificate },
      { inverse: issuer.inverse, identity: sm2IdentityDigest(issuer.publicKey, DEFAULT_ID) },
      { identity: this.#identity(card), userKey: phone.compressed, until: city.cardExpires, number: signs },
      this.#signer,
    );
    const identity = sm2IdentityDigest(phone.publicKey, DEFAULT_ID);
    return { phone: { inverse: phone.inverse, identity }, authorisation };
  }

  /** Of the issuer that the card list covers, under a serial number and a key of its own (JT/T 1179 table 3). */
  #coldCertificate(key: Uint8Array, number: number): Uint8Array {
    const { transitCa, interoperable, cardExpires } = this.#city;
    const layout = joined(
      Uint8Array.of(0x24),
      transitCa.service,
      Uint8Array.of(transitCa.index, 0x12),
      interoperable.issuerId,
      mmyy(cardExpires),
      numberToBytes((number + 1) % 2 ** 24, 3),
      Uint8Array.of(0x04, 0x04, 0x00, 0x21),
      key,
    );
    const certificate = new Uint8Array(layout.length + SIGNATURE_BYTES);
    certificate.set(layout);
    this.#signer.sign(this.#ca, layout.subarray(6), number, certificate, layout.length);
    return certificate;
  }

  #chip({ card, use, signs, fault }: TapSpec) {
    const terminal: Tags = { '9F37': numberToBytes(signs % 2 ** 32, 4) };
    const counter = (use % COUNTER_MAX) + 1;
    const identity = this.#identity(card);
    const { credential, context } =
      identity.alg === 'sm2'
        ? this.#sm2Tap(card, terminal, counter, signs)
        : this.#rsaCard(card).tap({ mode: 'dda', terminal, counter });
    const { '9F4B': signature = new Uint8Array(), ...others } = credential.tags;
    if (fault === 'forged') spoilLast(signature);
    const tags: Tags = fault === 'cut' ? others : credential.tags;
    return { credential: { tags, staticData: credential.staticData }, context };
  }

  /** PBOC 3.0 part 17, dynamic authentication over the terminal's unpredictable number. */
  #sm2Tap(card: number, terminal: Tags, counter: number, signs: number) {
    const { signer, tags, staticData } = this.#sm2Chip(card);
    const options = { mode: 'dda', terminal, counter } as const;
    const { iccDynamicData, terminalData } = dynamicData(options, sm3);
    const layout = joined(Uint8Array.of(0x15, iccDynamicData.length), iccDynamicData);
    const signed = new Uint8Array(layout.length + SIGNATURE_BYTES);
    signed.set(layout);
    this.#signer.sign(signer, joined(layout, terminalData), signs, signed, layout.length);
    return {
      credential: { tags: { ...tags, '9F4B': signed }, staticData },
      context: { mode: 'dda', terminal } as const,
    };
  }

  #sm2Chip(card: number): Sm2Chip {
    let kept = this.#sm2.get(card);
    if (!kept) {
      const { profile } = cityCard(this.#city, this.#identity(card));
      const { chip, certificate } = readChip(this.#records, card);
      const tags = { ...profileTags(profile), '90': this.#city.sm2.certificate, '9F46': certificate };
      kept = { signer: chip, tags, staticData: recordsOf(profile) };
      this.#sm2.set(card, kept);
    }
    return kept;
  }

  #rsaCard(card: number): ChipCard<TapOptions> {
    let kept = this.#rsa.get(card);
    if (!kept) {
      kept = this.#city.card(card).chip;
      this.#rsa.set(card, kept);
    }
    return kept;
  }
}

/** The keys of taps in their order, drawn by the run. */
class ColdKeys {
  readonly #seed: string;
  readonly #label: string;
  #from = -1;
  #run: ((index: number) => BatchKey) | null = null;

  constructor(seed: string, label: string) {
    this.#seed = seed;
    this.#label = label;
  }

  key(number: number): BatchKey {
    const from = number - (number % COLD_RUN);
    if (this.#run === null || this.#from !== from) {
      this.#run = keyRun(this.#seed, this.#label, from, from + COLD_RUN);
      this.#from = from;
    }
    return this.#run(number);
  }
}

function frame(i: number, tap: Tap): Uint8Array {
  return binaryFrame(encodeTap(i, tap), Math.imul(i + 1, MASK_STEP));
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function spoilLast(bytes: Uint8Array): void {
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
}
