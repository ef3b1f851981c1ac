/**
 * Makes the cards of a fleet: keys, ride-code authorisations and SM2 card certificates. Names, numbers and states are
 * those of the reference platform's city of the same seed, so that its lists are about these cards; keys are drawn
 * here, in runs, because a key that is drawn alone costs fifty times as much. Byte layouts: JT/T 1179 and PBOC 3.0
 * part 17, as platform/issue has them; a test holds the two against each other.
 */

import type { TransitIssuer } from '../../platform/authority/transit.ts';
import { joined, numberToBytes } from '../../platform/bytes.ts';
import { lastDayMs, type Month, mmyy, packedDigits } from '../../platform/calendar.ts';
import { cityCard } from '../../platform/cards/card.ts';
import type { CardIdentity } from '../../platform/cards/identity.ts';
import type { City } from '../../platform/city.ts';
import { authenticatedData } from '../../platform/issue/chip-card.ts';
import { DEFAULT_ID, type Sm2Key, sm2IdentityDigest } from '../../platform/sm2.ts';
import { writeChip, writeRide } from './record.ts';
import {
  type BatchSigner,
  consecutivePoints,
  type Signer,
  scalarOf,
  signingInverses,
  writeNumber,
} from './sm2-batch.ts';

/** How long a ride code is good before and after its time; the codes of a run are made before it. */
export const RIDE_CODE_VALIDITY_S = 600;
const LIMIT_FEN = 20_000;
const SIGNATURE_MARK = 0x15;
const SIGNATURE_BYTES = 64;

/** Fills the records of cards `from` to `to` - 1. */
export function makeCards(
  city: City,
  records: Uint8Array,
  from: number,
  to: number,
  signer: BatchSigner,
): void {
  const phones = keyRun(city.seed, 'phones', from, to);
  const chips = keyRun(city.seed, 'chips', from, to);
  for (let index = from; index < to; index += 1) {
    const identity = city.identity(index);
    const phone = phones(index);
    const authorisation = authorise(city, identity, phone.compressed, signer);
    const id = identity.local ? identity.userAccount : DEFAULT_ID;
    writeRide(records, index, {
      phone: { inverse: phone.inverse, identity: sm2IdentityDigest(phone.publicKey, id) },
      authorisation,
    });
    if (identity.alg !== 'sm2') continue;
    const chip = chips(index);
    writeChip(records, index, {
      chip: { inverse: chip.inverse, identity: sm2IdentityDigest(chip.publicKey, DEFAULT_ID) },
      certificate: certify(city, identity, chip.publicKey, signer),
    });
  }
}

export interface BatchKey {
  readonly inverse: bigint;
  readonly publicKey: Uint8Array;
  readonly compressed: Uint8Array;
}

export function keyRun(seed: string, label: string, from: number, to: number): (index: number) => BatchKey {
  const first = scalarOf(seed, label) + BigInt(from);
  const { x, y } = consecutivePoints(first, to - from);
  const inverses = signingInverses(first, to - from);
  return (index) => {
    const [px, py] = [x[index - from], y[index - from]];
    const inverse = inverses[index - from];
    if (px === undefined || py === undefined || inverse === undefined)
      throw new RangeError('not of this run');
    const publicKey = new Uint8Array(64);
    writeNumber(px, publicKey, 0);
    writeNumber(py, publicKey, 32);
    const compressed = new Uint8Array(33);
    compressed[0] = py % 2n === 0n ? 2 : 3;
    compressed.set(publicKey.subarray(0, 32), 1);
    return { inverse, publicKey, compressed };
  };
}

/** What signs for a key that was drawn alone. */
export function signerOf(key: Sm2Key, id: Uint8Array): Signer {
  return {
    inverse: signingInverses(key.d, 1)[0] as bigint,
    identity: sm2IdentityDigest(key.publicKey, id),
  };
}

const issuerSigners = new WeakMap<object, Signer>();

function issuerSigner(issuer: { readonly key: Sm2Key }, id: Uint8Array): Signer {
  let signer = issuerSigners.get(issuer);
  if (!signer) {
    signer = signerOf(issuer.key, id);
    issuerSigners.set(issuer, signer);
  }
  return signer;
}

function authorise(city: City, identity: CardIdentity, userKey: Uint8Array, signer: BatchSigner): Uint8Array {
  const issuer = identity.local ? city.local : city.interoperable;
  const id = issuer.version === 0x81 ? joined(issuer.issuerId, issuer.codePlatform) : DEFAULT_ID;
  const holder = { identity, userKey, until: city.cardExpires, number: identity.index };
  return authorisationUnder(issuer, issuerSigner(issuer, id), holder, signer);
}

export interface Authorised {
  readonly identity: CardIdentity;
  /** Compressed. */
  readonly userKey: Uint8Array;
  readonly until: Month;
  /** Chooses the nonce. */
  readonly number: number;
}

/** JT/T 1179 fields 3 to 15. */
export function authorisationUnder(
  issuer: Pick<TransitIssuer, 'certificate' | 'issuerId' | 'codePlatform'>,
  by: Signer,
  { identity, userKey, until, number }: Authorised,
  signer: BatchSigner,
): Uint8Array {
  const layout = joined(
    issuer.certificate,
    new TextEncoder().encode(identity.paymentAccount),
    identity.userAccount,
    issuer.issuerId,
    issuer.codePlatform,
    Uint8Array.of(identity.accountType),
    numberToBytes(LIMIT_FEN, 3),
    userKey,
    numberToBytes(Math.floor(lastDayMs(until) / 1_000), 4),
    numberToBytes(RIDE_CODE_VALIDITY_S, 2),
    Uint8Array.of(0),
  );
  return signed(layout, layout, by, number, signer, Uint8Array.of(SIGNATURE_MARK));
}

/** PBOC 3.0 part 17: tag 9F46. */
function certify(city: City, identity: CardIdentity, publicKey: Uint8Array, signer: BatchSigner): Uint8Array {
  const { profile } = cityCard(city, identity);
  const layout = joined(
    Uint8Array.of(0x14),
    packedDigits(identity.pan, 10),
    mmyy(profile.expires),
    identity.serial,
    Uint8Array.of(0x04, 0x00, 0x04, 0x40),
    publicKey,
  );
  const covered = joined(layout, authenticatedData(profile));
  return signed(layout, covered, issuerSigner(city.sm2, DEFAULT_ID), identity.index, signer);
}

function signed(
  layout: Uint8Array,
  covered: Uint8Array,
  by: Signer,
  number: number,
  signer: BatchSigner,
  mark: Uint8Array = new Uint8Array(),
): Uint8Array {
  const out = new Uint8Array(layout.length + mark.length + SIGNATURE_BYTES);
  out.set(layout);
  out.set(mark, layout.length);
  signer.sign(by, covered, number, out, layout.length + mark.length);
  return out;
}
