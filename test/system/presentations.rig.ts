/** What people of a city show at a gate: as the gate protocol sends it, and as JSON. */
import type { City } from '../../platform/city.ts';
import type { ChipMode } from '../../platform/issue/chip-card.ts';
import { type ChipPresentation, presentationAsHex } from '../../platform/issue/chip-presentation.ts';
import { type RideCodeOptions, rideCode } from '../../platform/issue/transit-qr.ts';
import { toHex } from '../../workers/codecs/hex.ts';

export interface Shown {
  readonly binary: {
    readonly family: string;
    readonly credential: Readonly<Record<string, unknown>>;
    readonly context: Readonly<Record<string, unknown>>;
  };
  readonly json: {
    readonly family: string;
    readonly credential: Readonly<Record<string, unknown>>;
    readonly context: Readonly<Record<string, unknown>>;
  };
}

/** Cards of a city that are listed as good, by the algorithm of their chip. */
export function goodCards(city: City, alg: 'sm2' | 'rsa'): number[] {
  return Array.from({ length: city.size }, (_, index) => index).filter((index) => {
    const identity = city.identity(index);
    return identity.state === 'good' && identity.alg === alg;
  });
}

export function rideCodeOf(city: City, card: number, options: Partial<RideCodeOptions> = {}): Shown {
  const code = rideCode({ account: city.card(card).transit, nowMs: Date.now(), ...options });
  return {
    binary: { family: 'transit-qr', credential: { code }, context: {} },
    json: { family: 'transit-qr', credential: { hex: toHex(code) }, context: {} },
  };
}

let counter = 0;

/** Never the same twice. `unpredictable`: the terminal's number, four bytes; default: one of its own. */
export function chipTapOf(
  city: City,
  card: number,
  mode: ChipMode = 'dda',
  unpredictable?: Uint8Array,
): Shown {
  counter += 1;
  const presentation: ChipPresentation = city.card(card).chip.tap({
    mode,
    counter,
    terminal: {
      '9F37': unpredictable ?? Uint8Array.of(0x5a, counter >> 16, (counter >> 8) & 0xff, counter & 0xff),
      '9F02': Uint8Array.of(0, 0, 0, 0, 2, 0),
      '5F2A': Uint8Array.of(0x01, 0x56),
    },
  });
  const { credential, context } = presentation;
  return {
    binary: { family: 'chip-oda', credential: { ...credential }, context: { ...context } },
    json: { family: 'chip-oda', ...presentationAsHex(presentation) },
  };
}

/** Card numbers and accounts of a city as they could leak: as text, and as the hex of the bytes they are held in. */
export function personalNumbers(city: City): string[] {
  return Array.from({ length: city.size }, (_, index) => city.identity(index)).flatMap(
    ({ pan, paymentAccount, userAccount }) => [
      pan,
      Buffer.from(pan).toString('hex'),
      paymentAccount,
      Buffer.from(paymentAccount).toString('hex'),
      toHex(userAccount).replace(/f$/, ''),
    ],
  );
}
