/** The guests at hand: read, completed, checked in together. */
import { computed, signal } from '@preact/signals';
import type { Declared, StayAnswer, Verification } from '../../client/answers.ts';
import { type Answer, post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { hotel } from '../../client/session.ts';
import { localDay } from '../../components/said-times.ts';
import type { Presentation } from './panels.ts';

export interface AtHand {
  /** Null: written down, nothing was shown. */
  readonly verification: Verification | null;
  readonly declared: Declared;
  readonly isCompared: boolean;
  readonly guardian: { readonly contact: string; readonly relationship: string };
}

/** When the code came into view, for the time that is shown. */
export const seenAt = signal<number | null>(null);
export const isJudging = signal(false);
export const guest = signal<AtHand | null>(null);
export const party = signal<readonly AtHand[]>([]);
export const problem = signal<Problem | null>(null);
export const scene = signal('');
export const room = signal('');
export const arrival = signal(localDay());
export const departure = signal(localDay(1));
export const done = signal<StayAnswer | null>(null);

export const isUsable = ({ verification }: AtHand): boolean =>
  verification === null || (verification.verification_id !== null && verification.outcome !== 'deny');

/** All that would be checked in now. */
export const guests = computed(() => {
  const now = guest.value;
  return now !== null && isUsable(now) ? [...party.value, now] : party.value;
});

const fresh = (verification: Verification | null): AtHand => ({
  verification,
  declared: {
    document_kind: verification?.claims?.document_kind ?? hotel.peek()?.document_kinds[0]?.kind ?? '',
  },
  isCompared: false,
  guardian: { contact: '', relationship: '' },
});

export function show(verification: Verification): void {
  done.value = null;
  problem.value = null;
  guest.value = fresh(verification);
}

export function writeDown(): void {
  done.value = null;
  problem.value = null;
  seenAt.value = null;
  guest.value = fresh(null);
}

export function change(next: Partial<AtHand>): void {
  if (guest.value !== null) guest.value = { ...guest.value, ...next };
}

/** The newest counts: an answer to what was shown before it is dropped. */
let turn = 0;
export async function judge(
  { family, credential, context, scene: own }: Presentation,
  at: number,
): Promise<void> {
  turn += 1;
  const mine = turn;
  isJudging.value = true;
  const wanted = own ?? scene.value;
  const answer = await post<Verification>('/v1/verifications', {
    ...{ family, credential, context },
    ...(wanted !== '' && { scene: wanted }),
  });
  if (mine !== turn) return;
  isJudging.value = false;
  if (answer.ok) {
    seenAt.value = at;
    show(answer.value);
  } else {
    problem.value = answer.problem;
  }
}

/** What the guest gave since is matched, or the PIN checked. */
export async function add(pin: string | null): Promise<void> {
  const now = guest.value;
  const id = now?.verification?.verification_id;
  if (!now || !id) return;
  const declared = declaredOf(now);
  const answer = await post<Verification>(`/v1/verifications/${id}/add`, {
    ...(declared !== null && { declared }),
    ...(pin !== null && { pin }),
  });
  if (guest.value?.verification?.verification_id !== id) return;
  problem.value = answer.ok ? null : answer.problem;
  seenAt.value = null;
  if (answer.ok) change({ verification: answer.value });
}

/** What was filled in; null: no name. */
export function declaredOf({ declared }: AtHand): Declared | null {
  const filled = Object.entries(declared)
    .map(([field, value]) => [field, value.trim()] as const)
    .filter(([, value]) => value !== '');
  return filled.some(([field]) => field === 'full_name') ? Object.fromEntries(filled) : null;
}

export function addToParty(): void {
  const now = guest.value;
  if (now === null || !isUsable(now)) return;
  party.value = [...party.value, now];
  guest.value = null;
  problem.value = null;
}

export function drop(index: number): void {
  party.value = party.value.filter((_, at) => at !== index);
}

export async function checkIn(): Promise<Answer<StayAnswer>> {
  const answer = await post<StayAnswer>('/v1/stays', {
    ...{ room: room.value.trim(), arrival: arrival.value, departure: departure.value },
    guests: guests.value.map(wishOf),
  });
  problem.value = answer.ok ? null : answer.problem;
  if (answer.ok) {
    startOver();
    done.value = answer.value;
  }
  return answer;
}

function wishOf(at: AtHand) {
  const { verification, isCompared, guardian } = at;
  const declared = declaredOf(at);
  const contact = guardian.contact.trim();
  const relationship = guardian.relationship.trim();
  return {
    ...(verification?.verification_id && { verification_id: verification.verification_id }),
    ...(declared !== null && { declared }),
    ...(isCompared && { person_compared: true }),
    ...(contact !== '' && relationship !== '' && { guardian: { contact, relationship } }),
  };
}

export function startOver(): void {
  turn += 1;
  isJudging.value = false;
  guest.value = null;
  party.value = [];
  problem.value = null;
  seenAt.value = null;
  done.value = null;
  room.value = '';
  arrival.value = localDay();
  departure.value = localDay(1);
}
