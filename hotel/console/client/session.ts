/** Who is signed in at this console. */
import { computed, signal } from '@preact/signals';
import type { Scope } from '../../people/actor.ts';
import type { HotelInfo, Session } from './answers.ts';

/** undefined: not asked yet. null: nobody. */
export const session = signal<Session | null | undefined>(undefined);
/** Why nobody is: shown where one signs in. */
export const endedBecause = signal<'ended' | 'idle' | null>(null);
export const hotel = signal<HotelInfo | null>(null);

const scopes = computed(() => new Set<Scope>(session.value?.scopes ?? []));
export const may = (scope: Scope | null): boolean => scope === null || scopes.value.has(scope);

/** Everything that was shown goes with the session. */
export function endSession(why: 'ended' | 'idle' | null): void {
  endedBecause.value = why;
  session.value = null;
  hotel.value = null;
}
