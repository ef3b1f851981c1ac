/** Mobile documents: a DeviceResponse, the MobileSecurityObject and the items in it too, as CBOR within CBOR. */
import { createCity } from '../../platform/city.ts';
import { faultsOf, presentationLine } from '../../platform/issue/presentations.ts';
import { hexForm } from '../../workers/families/byte-form.ts';
import { mdoc } from '../../workers/families/mdoc/family.ts';
import { mutateBytes } from './bytes.ts';
import { mutateCbor } from './cbor-mutation.ts';
import type { FuzzTarget } from './driver.ts';
import { provable } from './provable.ts';

const AT_MS = Date.UTC(2026, 10, 20, 8);
/** Nearby, with a signature; nearby, with a MAC. */
const CARDS = [2, 7];

const city = createCity({ seed: 'fuzz', cards: 8, now: AT_MS });
const begin = provable(mdoc, city.trustDocument(), AT_MS);
const inputOf = (index: number, fault: string | null) => {
  const line = presentationLine('mdoc', {
    ...{ city, index, atMs: AT_MS, mode: 'dda', chip: 0, nonce: null, fault },
  });
  return mdoc.read(line.credential, line.context, hexForm);
};
/** The reader's part is that of the card with a MAC: a signature over another session is a job all the same. */
const own = inputOf(7, null);

export const target: FuzzTarget = {
  name: 'mdoc',
  seeds: () =>
    [null, ...faultsOf('mdoc')].flatMap((fault) => CARDS.map((index) => inputOf(index, fault).response)),
  mutate: (input, random, other) =>
    random.once(5) ? mutateBytes(input, random, other) : mutateCbor(input, random, other),
  run: (response) => begin({ ...own, response }),
};
