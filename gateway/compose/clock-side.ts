/** Builds the one clock, keeps its signed time on disk, and says when the machine's clock is wrong. */
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import { ClockWatch } from '../knowledge/clock/clock-watch.ts';
import type { Clocks } from '../knowledge/clock/clocks.ts';
import { ForgettingClock } from '../knowledge/clock/forgetting-clock.ts';
import { createGuardedClock, type GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import { keptTimeFile, readKeptTime, writeKeptTime } from '../knowledge/clock/kept-time.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { replayHorizonMs } from './replay-memory.ts';
import type { ClosingStack } from './run.ts';

export interface ClockSide {
  /** Everything is judged by it that ages, expires or is valid for a time. */
  readonly clock: GuardedClock;
  /** What ended before this is forgotten. */
  readonly forgetting: ForgettingClock;
  readonly watch: ClockWatch;
}

export interface ClockSideOptions {
  readonly settings: Settings;
  readonly scenes: SceneTable;
  readonly clocks: Clocks;
  readonly metrics: Metrics;
  readonly log: Log;
}

const WRITE_EVERY_MS = 60_000;
const LOOK_MS = 1_000;

export function buildClock(
  { settings, scenes, clocks, metrics, log }: ClockSideOptions,
  closing: ClosingStack,
): ClockSide {
  const { limits, data_dir } = settings;
  const toleranceMs = limits.clock_tolerance_ms;
  const file = keptTimeFile(data_dir);
  const kept = readKeptTime(file);
  if (kept.kind === 'damaged') {
    log.warn(
      { file },
      'the time that was kept is damaged: until something signed is seen, the clock of this machine counts',
    );
  }
  const keptMs = kept.kind === 'kept' ? kept.signedMs : null;
  const clock = createGuardedClock({ clocks, toleranceMs, keptMs });
  const watch = new ClockWatch(clock, toleranceMs);
  const keeper = keepTime(file, clock, (error) => {
    metrics.faultSeen('kept_time');
    log.error({ file, error: error.message }, 'the time could not be kept: a restart does not go on from it');
  });
  const say = sayer(watch, toleranceMs, log);
  const timer = setInterval(() => {
    say();
    keeper.keep();
  }, LOOK_MS).unref();
  closing.add(() => {
    clearInterval(timer);
    keeper.write();
  });
  const lastingMs = Math.max(replayHorizonMs(limits, scenes), limits.token_lifetime_ms + 2 * toleranceMs);
  return { clock, forgetting: new ForgettingClock(clock, lastingMs), watch };
}

interface TimeKeeper {
  /** Writes when it is time to. */
  keep(): void;
  /** Writes now. */
  write(): void;
}

/** The signed time to disk: as soon as there is one, and then every minute. */
function keepTime(file: string, clock: GuardedClock, onFault: (error: Error) => void): TimeKeeper {
  let writtenAt: number | null = null;
  const write = () => {
    const signedMs = clock.signedMs();
    if (signedMs === null) return;
    writtenAt = clock.monotonicMs();
    try {
      writeKeptTime(file, signedMs);
    } catch (cause) {
      onFault(cause as Error);
    }
  };
  return {
    write,
    keep() {
      if (writtenAt === null || clock.monotonicMs() - writtenAt >= WRITE_EVERY_MS) write();
    },
  };
}

/** Says each change once: that the clock is suspect, by how much more or less than was said, and that it is no longer. */
function sayer(watch: ClockWatch, toleranceMs: number, log: Log): () => void {
  let saidMs: number | null = null;
  return () => {
    const { clock, offsetMs, source } = watch.report();
    if (clock === 'suspect' && offsetMs !== null) {
      if (saidMs !== null && Math.abs(offsetMs - saidMs) <= toleranceMs) return;
      saidMs = offsetMs;
      const which = offsetMs > 0 ? 'ahead' : 'behind';
      log.warn(
        { offset_ms: offsetMs, source },
        `the clock of this machine seems to be ${which}: devices and lists may be refused until it is put right`,
      );
    } else if (saidMs !== null) {
      saidMs = null;
      log.info({ offset_ms: offsetMs, source }, 'the clock of this machine agrees with the others again');
    }
  };
}
