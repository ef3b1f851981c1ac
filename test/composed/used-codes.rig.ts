/** Taps of a composed gateway, a card each. */
import type { City } from '../../platform/city.ts';
import { PlainClient, type PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';

export type Shown = ReturnType<typeof rideCodeOf>['binary'];

/** Ride codes of so many cards, by default made now. */
export function shownBy({ city }: { readonly city: City }, cards: number, nowMs = Date.now()): Shown[] {
  return goodCards(city, 'sm2')
    .slice(0, cards)
    .map((card) => rideCodeOf(city, card, { nowMs, validity_s: 600 }).binary);
}

/** Shows each in turn on a connection of its own; the codes. */
export async function codesOf(
  gateway: { target(): PlainClientTarget },
  shown: readonly object[],
): Promise<unknown[]> {
  const client = await PlainClient.connect(gateway.target());
  const codes: unknown[] = [];
  for (const [i, one] of shown.entries()) {
    const { message } = await client.tap(i + 1, { scene: '29/entry', ...one });
    codes.push(message['code']);
  }
  await client.bye();
  return codes;
}

export const allOf = (code: string, count: number): string[] => Array.from({ length: count }, () => code);
