/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by a process whose clock a test sets wrong: the time of day in all its threads is ahead by
 * the milliseconds in the file that ONECARD_TEST_CLOCK_FILE names, which is looked at again and again. The monotonic
 * clock stays as it is, as on a machine whose clock is set. Nothing else of the process is other than in operation.
 */
import { readFileSync } from 'node:fs';

const LOOK_MS = 20;
const file = process.env['ONECARD_TEST_CLOCK_FILE'] ?? '';
const realNow = Date.now.bind(Date);
let aheadMs = 0;

function look(): void {
  const read = Number(readFileSync(file, 'utf8').trim() || Number.NaN);
  // While it is being written it may be empty.
  if (Number.isFinite(read)) aheadMs = read;
}

look();
setInterval(look, LOOK_MS).unref();
Date.now = () => realNow() + aheadMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, given, made) =>
    Reflect.construct(target, given.length === 0 ? [Date.now()] : given, made) as Date,
});
