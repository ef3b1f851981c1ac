/** Cards with certificates: parts one after another, each behind its length in two bytes, DER among them changed as DER. */
import { createCity } from '../../platform/city.ts';
import { CARD_PKI_FAULTS, cardPkiPresentation } from '../../platform/issue/card-pki.ts';
import { cardPki } from '../../workers/families/card-pki/family.ts';
import type { CardPkiInput } from '../../workers/families/card-pki/input.ts';
import { mutateBytes } from './bytes.ts';
import { dearChains } from './dear-certificates.ts';
import { mutateDer } from './der.target.ts';
import type { FuzzTarget } from './driver.ts';
import { provable } from './provable.ts';

const AT_MS = Date.UTC(2026, 10, 20, 8);
const PARTS_MAX = 8;
const city = createCity({ seed: 'fuzz', cards: 4, now: AT_MS });
const begin = provable(cardPki, city.trustDocument(), AT_MS);

export const target: FuzzTarget = {
  name: 'card-pki',
  seeds: () => [
    ...dearInputs(),
    ...[null, null, null, null, ...CARD_PKI_FAULTS].map((fault, index) => packed(partsOf(index, fault))),
  ],
  mutate(input, random, other) {
    const [parts, donors] = [partsIn(input), partsIn(other)];
    const at = random.below(parts.length);
    const [part, donor] = [parts[at] as Uint8Array, random.of(donors)];
    switch (random.below(8)) {
      case 0:
        return packed(parts.toSpliced(at, 1));
      case 1:
        return packed(parts.toSpliced(at, 0, donor));
      case 2:
        return packed(parts.with(at, donor));
      case 3:
        return packed(parts.with(at, mutateBytes(part, random, donor)));
      default:
        return packed(parts.with(at, mutateDer(part, random, donor)));
    }
  },
  run(input) {
    const parts = partsIn(input);
    if (parts.length < 3) return;
    const [signature, challenge] = parts.slice(-2);
    begin({ certificates: parts.slice(0, -2), signature, challenge } as CardPkiInput);
  },
};

/** Forged chains, as dear to judge as their size allows. */
export function dearInputs(): readonly Uint8Array[] {
  const [signature, challenge] = [new Uint8Array(64).fill(1), new Uint8Array(48)];
  return dearChains(city.cardPki('sm2'), AT_MS).map((chain) => packed([...chain, signature, challenge]));
}

function partsOf(index: number, fault: string | null): readonly Uint8Array[] {
  const algorithm = index % 2 === 0 ? 'sm2' : 'p256';
  const challenge = new Uint8Array(48).fill(index);
  const shown = cardPkiPresentation({
    seed: city.seed,
    pki: city.cardPki(algorithm),
    ...{ algorithm, index, atMs: AT_MS, challenge, fault },
  });
  return [...shown.certificates, shown.signature, shown.challenge];
}

function packed(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.flatMap((part) => [Buffer.of(part.length >> 8, part.length & 0xff), part]));
}

function partsIn(input: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 2 <= input.length && parts.length < PARTS_MAX; ) {
    const end = at + 2 + (input[at] as number) * 256 + (input[at + 1] as number);
    parts.push(input.slice(at + 2, end));
    at = end;
  }
  return parts.length > 0 ? parts : [new Uint8Array()];
}
