/**
 * The mode from what it follows from: a pure function, with hysteresis. A worse mode holds at once; a better one when
 * what it needs has held for a while, so that the mode does not flap when the clock is near an edge.
 *
 * What a mode means when an operator forces it, whatever the inputs say:
 *
 * - `live`: the platform is asked whether or not it seems to answer (the breaker still guards it), and the lists are used
 *   whatever their age. It makes no list: where none is in force, a card that the platform does not answer for has no
 *   status, and the policy's answer for that applies.
 * - `lists`: the platform is not asked. The lists are used whatever their age; a policy's own limit of age still holds.
 * - `stale`: the platform is not asked, and only cards on the lists pass, within risk budgets, however fresh the lists.
 * - `closed`: the platform is not asked, and each scene does what it does when nothing is known, however much is.
 *
 * None of them lengthens the life of trust: what may be proven with is not decided here.
 */
import { MODES, type Mode, type ModeInputs, type ModeState } from './mode.ts';

/** How long a better mode's condition must have held, milliseconds of the monotonic clock. */
export const RETURN_HOLD_MS = 500;

export interface ModeMemory {
  readonly state: ModeState;
  /** The mode without the operator, after hysteresis: what is in force again when an override ends. */
  readonly own: Mode;
  /** The worst of the modes better than `own` that the inputs gave since then; null: they give none. */
  readonly better: { readonly mode: Mode; readonly since: number } | null;
  /** Until the first list is loaded, a better mode holds at once: a start from disk is no recovery. */
  readonly started: boolean;
}

/** The mode that the inputs alone give. */
export function naturalMode({ list, nowMs, trustUsableUntilMs, platformAnswers }: ModeInputs): Mode {
  if (list === null || nowMs >= list.staleUntilMs || nowMs >= trustUsableUntilMs) return 'closed';
  if (nowMs >= list.freshUntilMs) return 'stale';
  return platformAnswers ? 'live' : 'lists';
}

/**
 * The next state. `previous` is null at the start; `at` is the monotonic clock's time, milliseconds. The state is the
 * same object as long as nothing about it changed.
 */
export function nextMode(
  previous: ModeMemory | null,
  inputs: ModeInputs,
  forced: Mode | null,
  at: number,
): ModeMemory {
  const natural = naturalMode(inputs);
  const started = previous?.started === true || natural !== 'closed';
  const { own, better } = previous?.started ? settle(previous, natural, at) : { own: natural, better: null };
  const mode = forced ?? own;
  const mayAskLive = forced === null ? inputs.platformAnswers : forced === 'live';
  const isForced = forced !== null;
  const last = previous?.state;
  if (last?.mode === mode && last.forced === isForced) {
    const state = last.mayAskLive === mayAskLive ? last : { ...last, mayAskLive };
    return { state, own, better, started };
  }
  return { state: { mode, forced: isForced, sinceMs: inputs.nowMs, mayAskLive }, own, better, started };
}

function settle({ own, better }: ModeMemory, natural: Mode, at: number): Pick<ModeMemory, 'own' | 'better'> {
  if (rank(natural) >= rank(own)) return { own: natural, better: null };
  const since = better?.since ?? at;
  const worst = better !== null && rank(better.mode) > rank(natural) ? better.mode : natural;
  if (at - since < RETURN_HOLD_MS) return { own, better: { mode: worst, since } };
  // What is better still has to hold for as long again.
  return { own: worst, better: worst === natural ? null : { mode: natural, since: at } };
}

const rank = (mode: Mode): number => MODES.indexOf(mode);
