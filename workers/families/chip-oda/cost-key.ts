import { FAMILY_NAME } from './trust.ts';

const RSA = `${FAMILY_NAME}/rsa`;
const SM2 = `${FAMILY_NAME}/sm2`;

/** Only RSA needs the exponents beside the certificates. A card that lies about it costs its own batch's size. */
export function costKey(hasExponent: boolean): string {
  return hasExponent ? RSA : SM2;
}
