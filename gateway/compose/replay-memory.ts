/**
 * The memory of used presentations, rebuilt from the journal at the start. A record that cannot be read there is a used
 * credential that would pass again, so the start is refused, unless it was asked to go on all the same.
 */
import type { SceneTable } from '../../config/scenes.ts';
import type { Limits } from '../../config/settings.ts';
import { JOURNAL_WAYS_OUT, JournalError } from '../journal/journal-error.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { Log } from '../observe/log.ts';
import { ReplayWindow } from '../tap/5-decide/replay-window.ts';
import { elsewhereKey, wasUsedElsewhere } from '../tap/5-decide/used-elsewhere.ts';
import { usesUp } from '../tap/5-decide/used-up.ts';
import type { TapId } from '../verification.ts';

export interface ReplayMemory {
  readonly journal: Pick<LmdbJournal, 'entriesSince' | 'tapsAt'>;
  readonly limits: Limits;
  readonly scenes: SceneTable;
  /** The time by which is forgotten (`ForgettingClock`): what ended before it cannot come again. */
  readonly nowMs: number;
  readonly log: Log;
  /** Goes on where records are damaged, and names what may pass again. */
  readonly acceptDamage: boolean;
}

/** Damaged records that a sentence, and the log, name one by one. */
const TOLD_MAX = 5;
const LOGGED_MAX = 1_000;
export const ACCEPT_DAMAGE = '--let-used-credentials-pass-again';

/** The longest time a presentation may come again. */
export function replayHorizonMs(limits: Limits, scenes: SceneTable): number {
  return Math.max(limits.replay_window_ms, scenes.replayableMsMax);
}

/**
 * Remembers what was used before the last stop, or crash, and could still be shown again. Throws JournalError `unusable`
 * when a record of that time is damaged or missing.
 */
export function rebuiltReplay(memory: ReplayMemory): ReplayWindow {
  const { journal, limits, scenes, nowMs } = memory;
  const window = new ReplayWindow(limits.replay_entries, nowMs, limits.replay_entries_per_device);
  const damaged: number[] = [];
  let expected = 0;
  for (const { position, record } of journal.entriesSince(nowMs - replayHorizonMs(limits, scenes))) {
    for (let missing = expected || position; missing < position; missing += 1) damaged.push(missing);
    expected = position + 1;
    if (record === null) damaged.push(position);
    else restore(window, record, nowMs);
  }
  if (damaged.length > 0) judgeDamage(memory, damaged);
  return window;
}

function restore(window: ReplayWindow, { replay, answer, tap }: DecisionRecord, nowMs: number): void {
  if (replay.key === null || replay.untilMs <= nowMs) return;
  if (usesUp(replay, answer.outcome)) window.restore(replay.key, replay.untilMs, nowMs, tap.deviceId);
  else if (wasUsedElsewhere(replay)) {
    window.restore(elsewhereKey(replay.key), replay.untilMs, nowMs, tap.deviceId);
  }
}

function judgeDamage({ journal, log, acceptDamage }: ReplayMemory, damaged: readonly number[]): void {
  const taps = journal.tapsAt(new Set(damaged));
  if (!acceptDamage) {
    const told = damaged.slice(0, TOLD_MAX).map((position) => phrase(position, taps.get(position)));
    const more = damaged.length > TOLD_MAX ? ', …' : '';
    throw new JournalError(
      'unusable',
      `${damaged.length} records of the time in which a presentation may come again are damaged or missing ` +
        `(${told.join(', ')}${more}): what was used then would pass again. ${JOURNAL_WAYS_OUT}. To start with this one, ` +
        `and let just those pass again: onecard serve ${ACCEPT_DAMAGE}`,
    );
  }
  for (const position of damaged.slice(0, LOGGED_MAX)) {
    const tap = taps.get(position);
    log.error(
      {
        position,
        device: tap?.deviceId ?? 'unknown',
        stream: tap?.stream ?? 'unknown',
        seq: tap?.seq ?? 'unknown',
      },
      'the record of this tap is damaged: what was presented may pass again',
    );
  }
  log.error({ records: damaged.length }, 'started with damaged records, as it was asked to');
}

function phrase(position: number, tap: TapId | undefined): string {
  return tap ? `position ${position}: tap ${tap.seq} of ${tap.deviceId}` : `position ${position}`;
}
