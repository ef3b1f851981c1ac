/** Row of the matrix: the gateway's clock is set back and forward. In process, for a clock that can be set. */
import { afterEach, expect, test } from 'vitest';
import { createGuardedClock } from '../../gateway/lists/guarded-clock.ts';
import type { ModeInputs } from '../../gateway/mode/mode.ts';
import { createModeKeeper, type RunningModeKeeper } from '../../gateway/mode/mode-keeper.ts';
import { RETURN_HOLD_MS } from '../../gateway/mode/mode-machine.ts';

const HOUR_MS = 3_600_000;
const ISSUED_MS = Date.UTC(2026, 10, 22, 8);
const LIST = { freshUntilMs: ISSUED_MS + 6 * HOUR_MS, staleUntilMs: ISSUED_MS + 72 * HOUR_MS };

/** A gateway's clock, list and mode, on a machine whose clocks the test moves. */
class Machine {
  wallMs: number;
  upMs = 0;
  list: ModeInputs['list'] = LIST;
  readonly clock: ReturnType<typeof createGuardedClock>;
  readonly keeper: RunningModeKeeper;

  constructor(wallMs: number, issuedAtMs = ISSUED_MS) {
    this.wallMs = wallMs;
    this.clock = createGuardedClock(
      () => this.wallMs,
      () => this.upMs,
    );
    this.clock.observe(issuedAtMs);
    this.keeper = createModeKeeper({
      inputs: () => ({
        platformAnswers: false,
        list: this.list,
        trustUsableUntilMs: Number.POSITIVE_INFINITY,
        nowMs: this.clock.now(),
      }),
      forced: () => null,
      now: () => this.upMs,
      onChange: () => {},
      recomputeMs: HOUR_MS,
    });
    running.push(this.keeper);
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.upMs += ms;
    this.keeper.refresh();
  }

  /** As an operator or a time server does. */
  setClock(byMs: number): string {
    this.wallMs += byMs;
    this.keeper.refresh();
    this.pass(RETURN_HOLD_MS);
    this.pass(RETURN_HOLD_MS);
    return this.keeper.state.mode;
  }
}

const running: RunningModeKeeper[] = [];
afterEach(() => {
  for (const keeper of running.splice(0)) keeper.stop();
});

test('set back while it runs: a stale list does not become fresh, nor a list too old usable', () => {
  const machine = new Machine(ISSUED_MS);
  expect(machine.keeper.state.mode).toBe('lists');
  machine.pass(7 * HOUR_MS);
  expect(machine.keeper.state.mode).toBe('stale');
  expect(machine.setClock(-7 * HOUR_MS)).toBe('stale');
  machine.pass(66 * HOUR_MS);
  expect(machine.keeper.state.mode).toBe('closed');
  expect(machine.setClock(-1_000 * HOUR_MS)).toBe('closed');
});

test('set forward while it runs, and put right: the list is old for as long as the clock says so, and not for good', () => {
  const machine = new Machine(ISSUED_MS);
  expect(machine.setClock(7 * HOUR_MS)).toBe('stale');
  expect(machine.setClock(93 * HOUR_MS)).toBe('closed');
  expect(machine.setClock(-100 * HOUR_MS)).toBe('lists');
});

test('started with a clock that is behind what was signed: the list is as old as the newest signature makes it', () => {
  const machine = new Machine(ISSUED_MS - 100 * HOUR_MS);
  expect(machine.keeper.state.mode).toBe('lists');
  machine.pass(6 * HOUR_MS + 1);
  expect(machine.keeper.state.mode).toBe('stale');
  // A newer head was signed 8 hours after the list: it cannot be earlier than that now.
  machine.clock.observe(ISSUED_MS + 80 * HOUR_MS);
  machine.pass(1);
  expect(machine.keeper.state.mode).toBe('closed');
});
