import { FAMILY_NAME } from './trust.ts';

const RSA = `${FAMILY_NAME}/rsa`;
const SM2 = `${FAMILY_NAME}/sm2`;

/** Key of the cost model. Only RSA cards send exponents. A card that lies about it only misestimates its own batch. */
export function costKey(hasExponent: boolean): string {
  return hasExponent ? RSA : SM2;
}
