/** Cards made from a seed, each from its number alone: source and check need no memory for them. */
import { LISTED_STATES, type ListedState } from '../lists/list-handle.ts';

export interface SyntheticCards {
  readonly issuers: readonly string[];
  issuerOf(card: number): string;
  /** 19 digits, different for each card below 2^31; odd ones of the same numbers are on no list. */
  idOf(card: number): string;
  absentIdOf(card: number): string;
  stateOf(card: number): ListedState;
  entitlementsOf(card: number): number;
}

const ISSUERS = ['cq-rail', 'cq-social-security', 'cq-campus', 'sc-social-security'];
/** As in a city: most have none, some are seniors or students, a few hold several. One card in 4,096 has odd ones. */
const ENTITLEMENTS = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 4, 8, 3, 5, 16];

export function syntheticCards(seed: number): SyntheticCards {
  const bits = (card: number) => mix((card ^ Math.imul(seed, 0x9e3779b1)) >>> 0);
  const digits = (number: number) => `621700${String(1_000_000_000 + number)}`;
  return {
    issuers: ISSUERS,
    issuerOf: (card) => ISSUERS[bits(card) & 3] as string,
    idOf: (card) => `${digits(card)}${100 + 2 * (bits(card) & 63)}`,
    absentIdOf: (card) => `${digits(card)}${101 + 2 * (bits(card) & 63)}`,
    stateOf: (card) => {
      const at = (bits(card) >>> 8) & 0xff;
      return LISTED_STATES[at < 4 ? 1 + at : 0] as ListedState;
    },
    entitlementsOf: (card) => {
      const each = bits(card);
      return each >>> 20 === 0 ? mix(each) : (ENTITLEMENTS[(each >>> 16) & 15] as number);
    },
  };
}

/** A permutation of 32 bits (the finalizer of MurmurHash3, by Austin Appleby). */
function mix(number: number): number {
  let x = number;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
