/** Signs a share of the taps. */

import { createCity } from '../../platform/city.ts';
import { presentationAsHex } from '../../platform/issue/chip-presentation.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';
import { seeded } from '../../platform/seed.ts';
import { toHex } from '../../workers/codecs/hex.ts';
import type { PreparedTap, Shown } from './taps.ts';

export interface SignRequest {
  readonly seed: string;
  /** Cards that take turns. */
  readonly cards: number;
  /** Milliseconds since 1970: ride codes were made from then backwards. */
  readonly startedMs: number;
  readonly shown: Shown;
  readonly from: number;
  readonly to: number;
}

/** How long a ride code is good here, and how far back the oldest was made: the rest is left for the run. */
const VALIDITY_S = 900;
const OLDEST_S = 600;
/** One in so many has a damaged signature. */
const BAD_EVERY = 16;
const COUNTERS = 0xffff;

type Fleet = ReturnType<typeof createCity>;
type Card = ReturnType<Fleet['card']>;

const fleets = new Map<string, readonly Card[]>();

export default function sign(request: SignRequest): PreparedTap[] {
  const { from, to } = request;
  const cards = fleetOf(request);
  return Array.from({ length: to - from }, (_, i) => tap(request, cards, from + i));
}

/** SM2 chips have even numbers in a city with both, RSA chips odd ones; every card makes ride codes. */
function fleetOf({ seed, cards, startedMs, shown }: SignRequest): readonly Card[] {
  const name = `${seed} ${cards} ${shown}`;
  let fleet = fleets.get(name);
  if (fleet === undefined) {
    const city = createCity({ seed, cards: 2 * cards, now: startedMs });
    const index = {
      'transit-qr': (i: number) => i,
      'chip-sm2': (i: number) => 2 * i,
      'chip-rsa': (i: number) => 2 * i + 1,
    };
    fleet = Array.from({ length: cards }, (_, i) => city.card(index[shown](i)));
    fleets.set(name, fleet);
  }
  return fleet;
}

function tap(request: SignRequest, cards: readonly Card[], number: number): PreparedTap {
  const card = cards[number % cards.length];
  if (card === undefined) throw new RangeError('a fleet has cards');
  const { state } = card.identity;
  const good = number % BAD_EVERY !== BAD_EVERY - 1;
  const right = state === 'good' ? 'allow.good' : `deny.status_${state}`;
  const round = Math.floor(number / cards.length);
  return request.shown === 'transit-qr'
    ? { body: rideBody(request, card, round, good), code: good ? right : 'signature.user' }
    : { body: chipBody(request, card, number, good), code: good ? right : 'signature.dynamic_data' };
}

/** A ride code is known by its account and the second it was made, so each round of the fleet is a second older. */
function rideBody({ startedMs }: SignRequest, { transit }: Card, round: number, good: boolean): string {
  if (round > OLDEST_S) throw new RangeError('too few cards for so many ride codes: raise --cards');
  const code = rideCode({ account: transit, nowMs: startedMs - round * 1_000, validity_s: VALIDITY_S });
  if (!good) damage(code);
  return JSON.stringify({ family: 'transit-qr', credential: { hex: toHex(code) }, context: {} });
}

function chipBody({ seed, shown }: SignRequest, { chip }: Card, number: number, good: boolean): string {
  const presentation = chip.tap({
    mode: 'dda',
    counter: (number % COUNTERS) + 1,
    terminal: { '9F37': seeded(seed, `unpredictable number ${shown}`, number, 4) },
  });
  if (!good) damage(presentation.credential.tags['9F4B']);
  return JSON.stringify({ family: 'chip-oda', ...presentationAsHex(presentation) });
}

function damage(signed: Uint8Array | undefined): void {
  if (signed !== undefined) signed[signed.length - 1] = (signed[signed.length - 1] ?? 0) ^ 1;
}
