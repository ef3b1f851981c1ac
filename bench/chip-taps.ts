/** Taps of chip cards, signed before the run so that the generator spends its time on sending. */
import { createCity } from '../platform/city.ts';
import { seeded } from '../platform/seed.ts';

export interface PreparedTap {
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
}

/** Each tap has its own unpredictable number and dynamic signature; cards take turns. */
export function prepareTaps(
  city: ReturnType<typeof createCity>,
  seed: string,
  count: number,
  progress: (done: number) => void,
): PreparedTap[] {
  const taps: PreparedTap[] = [];
  for (let i = 0; i < count; i += 1) {
    const { credential, context } = city.card(i % city.size).chip.tap({
      mode: 'dda',
      counter: (Math.floor(i / city.size) % 0xffff) + 1,
      terminal: { '9F37': seeded(seed, 'unpredictable number', i, 4) },
    });
    taps.push({ family: 'chip-oda', credential, context });
    if (i % 500 === 499) progress(i + 1);
  }
  return taps;
}

export function chipCity(seed: string, cards: number, chips: 'rsa' | 'sm2') {
  const city = createCity({ seed, cards, chips });
  const made = new Map<number, ReturnType<typeof city.card>>();
  return {
    ...city,
    card(index: number) {
      const card = made.get(index) ?? city.card(index);
      made.set(index, card);
      return card;
    },
  };
}
