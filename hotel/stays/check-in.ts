/** A check-in as it is asked for: verifications are taken for it, and given back when it comes to nothing. */

import type { AnswerPut } from '../http/idempotency.ts';
import { ProblemResponse } from '../http/problem.ts';
import { isDay } from '../matching/citizen-number.ts';
import { textFault } from '../matching/plain-text.ts';
import type { Actor } from '../people/actor.ts';
import type { Row } from '../register/guest-register.ts';
import { checkedDeclared } from '../verification/declared.ts';
import type { Declared } from '../verification/verification.ts';
import type { Verifications, VerificationUse } from '../verification/verifications.ts';
import type { Change } from './guest-changes.ts';
import { newGuest } from './new-guest.ts';
import type { Stay } from './stay.ts';
import type { Stays } from './stays.ts';

export interface AskedGuest {
  readonly verification_id?: string | undefined;
  readonly declared?: Declared | undefined;
  readonly person_compared?: boolean | undefined;
  readonly guardian?: { readonly contact: string; readonly relationship: string } | undefined;
}

interface CheckIn {
  readonly actor: Actor;
  readonly guests: readonly AskedGuest[];
  /** The stay with the ids of its new guests. */
  readonly stayOf: (guestIds: readonly string[]) => { readonly row: Row<'stay'> | null; readonly stay: Stay };
  readonly answerPut: AnswerPut;
}

interface CheckInParts {
  readonly stays: Stays;
  readonly verifications: Verifications;
  readonly newId: () => string;
}

/** Throws ProblemResponse. A verification that two ask for at once is one's alone. */
export async function checkIn(parts: CheckInParts, { actor, guests, stayOf, answerPut }: CheckIn) {
  const { stays, verifications, newId } = parts;
  const change = stays.change(actor.id);
  const wishes = guests.map((each, i) => ({ ...each, ...checked(each, change, `/guests/${i}`) }));
  const ids = wishes.flatMap(({ verification_id }) => verification_id ?? []);
  if (new Set(ids).size < ids.length) {
    throw invalid('/guests', 'two guests have one verification: each shows a document of their own');
  }
  for (const { verification_id, declared } of wishes) {
    if (verification_id !== undefined && declared !== null) {
      await verifications.add(verification_id, actor, { declared, pin: null });
    }
  }
  const uses: VerificationUse[] = [];
  try {
    const guestIds = wishes.map(newId);
    const { row, stay } = stayOf(guestIds);
    const made = wishes.map((wish, i) => {
      const use =
        wish.verification_id === undefined ? null : verifications.reserve(wish.verification_id, actor);
      if (use !== null) uses.push(use);
      return newGuest(
        {
          kept: use?.kept ?? null,
          ...{ declared: wish.declared, isPersonCompared: wish.person_compared === true },
          ...{ guardian: wish.guardian ?? null, pointer: `/guests/${i}` },
        },
        { guestId: guestIds[i] ?? '', stayId: stay.stayId },
        change,
      );
    });
    const done = await stays.checkIn({ row, stay }, made, answerPut, actor.id);
    for (const use of uses) use.used();
    return done;
  } catch (cause) {
    for (const use of uses) use.released();
    throw cause;
  }
}

function checked({ verification_id, declared, guardian }: AskedGuest, { rules }: Change, pointer: string) {
  if (verification_id === undefined && declared === undefined) {
    throw invalid(pointer, 'a guest has a verification_id, or what is declared, or both');
  }
  for (const [field, text] of Object.entries(guardian ?? {})) {
    const fault = textFault(text);
    if (fault !== null) throw invalid(`${pointer}/guardian/${field}`, fault);
  }
  return {
    declared: declared === undefined ? null : checkedDeclared(rules, declared, `${pointer}/declared`),
  };
}

/** Days of the calendar, in order. Throws ProblemResponse. */
export function checkedDays({
  arrival,
  departure,
}: {
  readonly arrival: string;
  readonly departure: string;
}): void {
  if (!isDay(arrival)) throw invalid('/arrival', 'it is no day of the calendar');
  if (!isDay(departure)) throw invalid('/departure', 'it is no day of the calendar');
  if (departure < arrival) throw invalid('/departure', 'it is before the arrival');
}

export function invalid(pointer: string, detail: string): ProblemResponse {
  return new ProblemResponse('desk.invalid', { errors: [{ pointer, detail }] });
}
