/** How a card's holder shows health documents. */
import { cardPerson } from '../cards/person.ts';
import { HCERT_FAULTS, type HcertFault, healthCertificateText } from './hcert.ts';
import type { Showing, ShownFamily } from './presentations.ts';
import { healthCardText, SHC_FAULTS, type ShcFault } from './shc.ts';

export const hcertShown: ShownFamily = {
  faults: HCERT_FAULTS,
  show: (showing) => {
    const fault = showing.fault as HcertFault | null;
    const text = healthCertificateText({ signer: showing.city.healthSigner(), ...holderOf(showing), fault });
    return { credential: { text }, context: {} };
  },
};

export const shcShown: ShownFamily = {
  faults: SHC_FAULTS,
  show: (showing) => {
    const fault = showing.fault as ShcFault | null;
    const text = healthCardText({ issuer: showing.city.healthCardIssuer(), ...holderOf(showing), fault });
    return { credential: { text }, context: {} };
  },
};

function holderOf({ city, index, chip, atMs }: Showing) {
  city.identity(index);
  const person = cardPerson(city.seed, index);
  return { person, index, generation: chip, validFromMs: city.cardValidFromMs, atMs };
}
