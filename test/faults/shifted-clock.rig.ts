/**
 * Preloaded into a gateway under test (`--import`), in every thread: its time of day is the machine's and the
 * milliseconds that the file ONECARD_TEST_CLOCK_FILE holds. Timers and monotonic time stay the machine's.
 */
import { readFileSync } from 'node:fs';

const LOOK_MS = 20;
const file = process.env['ONECARD_TEST_CLOCK_FILE'] ?? '';
const realNow = Date.now.bind(Date);
let offsetMs = readOffset();

function readOffset(): number {
  return Number(readFileSync(file, 'utf8'));
}

setInterval(() => {
  offsetMs = readOffset();
}, LOOK_MS).unref();

const now = () => realNow() + offsetMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  apply: (target) => new target(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
