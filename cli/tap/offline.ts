/** Taps while the gateway is in a mode that an operator forces for as long. */
import { setTimeout as pause } from 'node:timers/promises';
import { forcedModeFile, type ModeOrder, writeModeOrder } from '../../gateway/knowledge/mode/forced-mode.ts';
import type { Mode } from '../../gateway/verification.ts';

/** A gateway follows in less than a second. */
const FOLLOWED_MS = 1_200;
/** Should this command be killed, the mode ends by itself. */
const ENDS_MS = 30_000;

export async function inForcedMode<T>(dataFolder: string, mode: Mode, action: () => Promise<T>): Promise<T> {
  const file = forcedModeFile(dataFolder);
  const order = (what: ModeOrder['mode'], untilMs: number | null): ModeOrder => ({
    mode: what,
    by: { uid: process.getuid?.() ?? -1, user: 'onecard tap' },
    setAtMs: Date.now(),
    untilMs,
    reason: 'a tap without the platform',
  });
  writeModeOrder(file, order(mode, Date.now() + ENDS_MS));
  try {
    await pause(FOLLOWED_MS);
    return await action();
  } finally {
    writeModeOrder(file, order('auto', null));
  }
}
