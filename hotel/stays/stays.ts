/**
 * Stays as they are checked in, changed and ended. What happens is written in one commit: stay, guests, reports, events, and the
 * answer under its idempotency key.
 */
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import type { HotelSettings } from '../../config/settings.ts';
import type { LocalTime } from '../../reports/local-time.ts';
import type { EventLog, Happening } from '../events/event-log.ts';
import { HotelError } from '../hotel-error.ts';
import type { AnswerPut } from '../http/idempotency.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { AuditLog } from '../people/audit.ts';
import type { GuestRegister, Put, Row } from '../register/guest-register.ts';
import { type Reportable, reportsFor } from '../reports/report-rows.ts';
import type { Change } from './guest-changes.ts';
import { checkedOut, reverted } from './guest-changes.ts';
import { guestPut, isPresent, purgeDayOf, stayPut } from './rows.ts';
import type { Guest, Stay } from './stay.ts';
import { guestView, stayView } from './views.ts';

export interface StaysOptions {
  readonly register: GuestRegister;
  readonly events: EventLog;
  readonly audit: AuditLog;
  readonly hotel: HotelSettings;
  readonly rules: HotelRules;
  readonly time: LocalTime;
  readonly now: () => number;
  readonly newId: () => string;
  /** Called after each commit. */
  readonly onChange: () => void;
}

export interface Done<Body> {
  readonly status: number;
  readonly body: Body;
}

/** For the audit log: who does what, and why where there is a reason. */
export interface Deed {
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
}

/** A guest as it is after something, with what to tell of it. */
export interface Changed {
  readonly row: Row<'guest'> | null;
  readonly guest: Guest;
  readonly happened: readonly Happening['kind'][];
  readonly report: Reportable | null;
}

interface ByItself {
  readonly answerPut: null;
  readonly deed: null;
}

const ATTEMPTS_MAX = 3;

const EVENT_OF = {
  in_house: 'guest.checked_in',
  held: 'guest.held',
  referred: 'guest.referred',
  checked_out: 'guest.checked_out',
  reverted: 'guest.reverted',
} as const satisfies Record<Guest['state'], Happening['kind']>;

/** Somebody who comes: told to public security unless referred. */
export function arrived(guest: Guest, row: Row<'guest'> | null): Changed {
  return { row, guest, happened: [EVENT_OF[guest.state]], report: 'checked_in' };
}

export class Stays {
  readonly #options: StaysOptions;

  constructor(options: StaysOptions) {
    this.#options = options;
  }

  change(by: string): Change {
    const { rules, now, time } = this.#options;
    const nowMs = now();
    return { rules, nowMs, today: time.dayOf(nowMs), by };
  }

  /** Throws ProblemResponse `desk.not_found`. */
  async stay(stayId: string): Promise<Row<'stay'>> {
    return found(await this.#options.register.get('stay', stayId));
  }

  async guest(guestId: string): Promise<Row<'guest'>> {
    return found(await this.#options.register.get('guest', guestId));
  }

  /** Those of a stay, in order. One that was erased is left out. */
  async guestsOf({ guestIds }: Stay): Promise<Row<'guest'>[]> {
    const rows = await Promise.all(guestIds.map((id) => this.#options.register.get('guest', id)));
    return rows.filter((row) => row !== null);
  }

  /** A new stay, or guests added to one. */
  async checkIn(
    { row, stay }: { readonly row: Row<'stay'> | null; readonly stay: Stay },
    guests: readonly Guest[],
    answerPut: AnswerPut,
    actor: string,
  ) {
    const there = row === null ? [] : await this.guestsOf(row.value);
    const body = stayView(stay, [...there.map(({ value }) => value), ...guests]);
    const done = { status: row === null ? 201 : 200, body };
    const action = row === null ? 'stay.check_in' : 'stay.add_guests';
    const subjects = [stay.stayId, ...guests.map(({ guestId }) => guestId)];
    await this.#audited({ actor, action, reason: null }, subjects);
    await this.#commit(
      { row, stay, happened: row === null ? 'stay.checked_in' : null },
      guests.map((guest) => arrived(guest, null)),
      answerPut(done),
    );
    return done;
  }

  /**
   * One guest changes, and with the last one that leaves the stay does. Where somebody changed the stay meanwhile, it is read
   * again: `next` says whether it can still be done. `deed` null: the gateway does it by itself.
   */
  async changeGuest(
    guestId: string,
    next: (guest: Guest) => Omit<Changed, 'row'>,
    { answerPut, deed }: { readonly answerPut: AnswerPut; readonly deed: Deed } | ByItself,
  ) {
    let isAudited = deed === null;
    const audited = async () => {
      if (!isAudited) await this.#audited(deed, [guestId]);
      isAudited = true;
    };
    for (let left = ATTEMPTS_MAX; ; left -= 1) {
      try {
        return await this.#changeGuest(guestId, next, { answerPut, audited });
      } catch (cause) {
        if (left <= 1 || !(cause instanceof HotelError && cause.code === 'conflict')) throw cause;
      }
    }
  }

  async #changeGuest(
    guestId: string,
    next: (guest: Guest) => Omit<Changed, 'row'>,
    { answerPut, audited }: { readonly answerPut: AnswerPut | null; readonly audited: () => Promise<void> },
  ) {
    const row = await this.guest(guestId);
    const stayRow = await this.stay(row.value.stayId);
    const changed = { ...next(row.value), row };
    const others = (await this.guestsOf(stayRow.value)).filter(({ id }) => id !== guestId);
    const stay = this.#stayAfter(stayRow.value, [...others.map(({ value }) => value), changed.guest]);
    const done = { status: 200, body: guestView(changed.guest, stay.stay) };
    await audited();
    await this.#commit({ row: stayRow, ...stay }, [changed], answerPut === null ? null : answerPut(done));
    return done;
  }

  /** All guests of a stay that are still there check out, or all are taken back. */
  async endStay(
    stayId: string,
    end: { readonly kind: 'check_out' } | { readonly kind: 'revert'; readonly reason: string },
    { answerPut, actor }: { readonly answerPut: AnswerPut; readonly actor: string },
  ) {
    const row = await this.stay(stayId);
    if (row.value.state !== 'in_house' && end.kind === 'check_out') throw new ProblemResponse('desk.not_now');
    if (row.value.state === 'reverted') throw new ProblemResponse('desk.not_now');
    const { nowMs } = this.change('');
    const rows = await this.guestsOf(row.value);
    const changed = rows.flatMap((each): Changed[] => {
      const isDone = end.kind === 'check_out' ? !isPresent(each.value) : each.value.state === 'reverted';
      if (isDone) return [];
      return [
        {
          row: each,
          ...(end.kind === 'check_out' ? leaving(each.value, nowMs) : takenBack(each.value, end.reason)),
        },
      ];
    });
    const after = rows.map(
      (each) => changed.find(({ guest }) => guest.guestId === each.id)?.guest ?? each.value,
    );
    const { stay, happened } =
      end.kind === 'check_out'
        ? this.#stayAfter(row.value, after)
        : {
            stay: { ...row.value, state: 'reverted' as const, revertedFor: end.reason },
            happened: 'stay.reverted' as const,
          };
    const done = { status: 200, body: stayView(stay, after) };
    const reason = end.kind === 'revert' ? end.reason : null;
    const subjects = [stayId, ...changed.map(({ guest }) => guest.guestId)];
    await this.#audited({ actor, action: `stay.${end.kind}`, reason }, subjects);
    await this.#commit({ row, stay, happened }, changed, answerPut(done));
    return done;
  }

  /** First: what cannot be written to the audit log is not done. */
  async #audited(deed: Deed | null, subjects: readonly string[]): Promise<void> {
    const { audit, now } = this.#options;
    if (deed !== null) await audit.append({ ...deed, atMs: now(), subjects });
  }

  #stayAfter(
    stay: Stay,
    guests: readonly Guest[],
  ): { readonly stay: Stay; readonly happened: Happening['kind'] | null } {
    if (stay.state !== 'in_house' || guests.some(isPresent)) return { stay, happened: null };
    const isReverted = guests.every(({ state }) => state === 'reverted');
    const last = guests.at(-1);
    return isReverted
      ? {
          stay: { ...stay, state: 'reverted', revertedFor: last?.revertedFor ?? null },
          happened: 'stay.reverted',
        }
      : {
          stay: { ...stay, state: 'departed', departedAtMs: this.#options.now() },
          happened: 'stay.departed',
        };
  }

  async #commit(
    {
      row,
      stay,
      happened,
    }: { readonly row: Row<'stay'> | null; readonly stay: Stay; readonly happened: Happening['kind'] | null },
    changed: readonly Changed[],
    answer: Put<'answer'> | null,
  ): Promise<void> {
    const { events, time, rules, now, newId, onChange } = this.#options;
    const departed = stay.departedAtMs === null ? stay.departure : time.dayOf(stay.departedAtMs);
    const purgeDay = purgeDayOf(this.#options, departed);
    // A stay that is as it was is written all the same: two who change its guests at once are told of each other.
    const puts: Put[] = [stayPut(stay, purgeDay, row?.version ?? null)];
    const happenings: Happening[] = happened === null ? [] : [{ kind: happened, stayId: stay.stayId }];
    for (const { row: before, guest, happened: kinds, report } of changed) {
      const { guestId, stayId } = guest;
      puts.push(guestPut(guest, purgeDay, before?.version ?? null, time));
      if (report !== null) puts.push(...reportsFor(report, { guest, purgeDay, rules, nowMs: now(), newId }));
      happenings.push(...kinds.map((kind) => ({ kind, stayId, guestId })));
    }
    await events.commit({ puts: answer === null ? puts : [...puts, answer] }, happenings);
    onChange();
  }
}

/** Whoever was referred was never told of, and is not told of as leaving. */
export function leaving(guest: Guest, nowMs: number): Omit<Changed, 'row'> {
  const report = guest.state === 'referred' ? null : ('checked_out' as const);
  return { guest: checkedOut(guest, { nowMs }), happened: ['guest.checked_out'], report };
}

export function takenBack(guest: Guest, reason: string): Omit<Changed, 'row'> {
  const report = guest.state === 'referred' ? null : ('reverted' as const);
  return { guest: reverted(guest, reason), happened: ['guest.reverted'], report };
}

function found<Kind>(row: Kind | null): Kind {
  if (row === null) throw new ProblemResponse('desk.not_found');
  return row;
}
