/** One card of a city: its chip, and the account its phone makes ride codes for. Keys are made when first used. */
import type { City } from '../city.ts';
import type { ChipHolder, ChipProfile, TapOptions } from '../issue/chip-card.ts';
import type { ChipCard } from '../issue/chip-presentation.ts';
import { personaliseRsa } from '../issue/chip-rsa.ts';
import { personaliseSm2 } from '../issue/chip-sm2.ts';
import type { TransitAccount } from '../issue/transit-qr.ts';
import { seeded } from '../seed.ts';
import { type Sm2Key, sm2Key } from '../sm2.ts';
import type { CardIdentity } from './identity.ts';
import { cardPerson, registeredNames } from './person.ts';

export interface CityCard {
  readonly identity: CardIdentity;
  readonly profile: ChipProfile;
  readonly chip: ChipCard<TapOptions>;
  readonly transit: TransitAccount;
}

/** Application interchange profile of the RSA cards: DDA, CDA and cardholder verification. */
const AIP = Uint8Array.of(0x7d, 0x00);

export function cityCard(city: City, identity: CardIdentity): CityCard {
  const profile: ChipProfile = {
    rid: city[identity.alg].ca.rid,
    caIndex: city[identity.alg].ca.index,
    pan: identity.pan,
    panSequence: 1 + identity.chip,
    validFromMs: city.cardValidFromMs,
    expires: city.cardExpires,
    usage: Uint8Array.of(0xff, 0x00),
    signedAip: identity.alg === 'rsa' ? AIP : null,
    ...(city.saysHolder(identity.index) && { holder: chipHolder(city.seed, identity.index) }),
  };
  let chip: ChipCard<TapOptions> | null = null;
  let transit: TransitAccount | null = null;
  return {
    identity,
    profile,
    get chip() {
      chip ??= personalise(city, identity, profile);
      return chip;
    },
    get transit() {
      transit ??= transitAccount(city, identity);
      return transit;
    },
  };
}

function chipHolder(seed: string, index: number): ChipHolder {
  const person = cardPerson(seed, index);
  const [name = ''] = registeredNames(person);
  return {
    name,
    documentNumber: person.documentNumber,
    documentKind: person.documentKind === 'id_card' ? 0 : 2,
  };
}

/** The SM2 key of a card's chip, the first unless `chip` says otherwise. */
export function sm2CardKey(seed: string, index: number, chip = 0): Sm2Key {
  return sm2Key(seeded(seed, chip === 0 ? 'sm2 card' : `sm2 card ${chip}`, index, 40));
}

function personalise(city: City, identity: CardIdentity, profile: ChipProfile): ChipCard<TapOptions> {
  const { index, chip, serial } = identity;
  if (identity.alg === 'rsa') {
    return personaliseRsa({ issuer: city.rsa, profile, key: city.rsaCardKey(index + chip), serial });
  }
  return personaliseSm2({ issuer: city.sm2, profile, key: sm2CardKey(city.seed, index, chip), serial });
}

function transitAccount(city: City, identity: CardIdentity): TransitAccount {
  const { paymentAccount, userAccount, accountType } = identity;
  return {
    issuer: identity.local ? city.local : city.interoperable,
    paymentAccount,
    userAccount,
    accountType,
    key: sm2Key(seeded(city.seed, 'phone', identity.index, 40)),
  };
}
