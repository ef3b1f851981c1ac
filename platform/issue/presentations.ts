/** Presentations as lines of `onecard verify`. */
import { toHex } from '../../workers/codecs/hex.ts';
import type { City } from '../city.ts';
import { seeded } from '../seed.ts';
import type { ChipMode, Tags } from './chip-card.ts';
import { presentationAsHex } from './chip-presentation.ts';
import { rideCode } from './transit-qr.ts';

export interface PresentationLine {
  readonly id: string;
  readonly family: string;
  /** ISO 8601. */
  readonly at: string;
  readonly credential: unknown;
  readonly context: unknown;
}

export interface Showing {
  readonly city: City;
  readonly index: number;
  readonly atMs: number;
  readonly mode: ChipMode;
}

/** How a card of a city is shown, by family. */
const SHOWINGS = {
  'transit-qr': ({ city, index, atMs }: Showing) => {
    const code = rideCode({ account: city.card(index).transit, nowMs: atMs });
    return { credential: { hex: toHex(code) }, context: {} };
  },
  'chip-oda': ({ city, index, mode }: Showing) => {
    const presentation = city.card(index).chip.tap({ mode, terminal: terminalOf(city, index) });
    return presentationAsHex(presentation);
  },
} as const;

export type ShownFamily = keyof typeof SHOWINGS;
export const SHOWN_FAMILIES = Object.keys(SHOWINGS) as ShownFamily[];

export function presentationLine(family: ShownFamily, showing: Showing): PresentationLine {
  const at = new Date(showing.atMs).toISOString();
  return { id: String(showing.index), family, at, ...SHOWINGS[family](showing) };
}

/** What a terminal sends: its unpredictable number, two yuan, in renminbi. */
function terminalOf({ seed }: City, index: number): Tags {
  return {
    '9F37': seeded(seed, 'terminal', index, 4),
    '9F02': Uint8Array.of(0, 0, 0, 0, 2, 0),
    '5F2A': Uint8Array.of(0x01, 0x56),
  };
}
