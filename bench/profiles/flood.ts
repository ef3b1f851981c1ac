/** Flood: three times what it can do. What is shed, what is answered, whom it favours, and how late it is. */
import type { DeviceClass } from '../../gateway/tap/tap.ts';
import { searchCapacity } from './capacity-search.ts';
import { drivenProfile, warmUp } from './driven.ts';

const TIMES = 3;
/** Defaults of the gateway, docs/protocol.md. */
const DEADLINES_MS: Readonly<Record<DeviceClass, number>> = { gate: 500, desk: 2_000, batch: 10_000 };
const CLASSES: readonly DeviceClass[] = ['gate', 'desk', 'batch'];

export const flood = drivenProfile({
  name: 'flood',
  about: '3 × capacity from gates, desks and batches: what is shed, what is answered',
  cards: 10_000,
  chips: 'sm2',
  classes: CLASSES,
  async drive(run) {
    const { rate, seconds, sloP99Ms } = run.options;
    await warmUp(run);
    const capacity = rate ?? (await searchCapacity(run, { startRate: 8_000, stepSeconds: 2, sloP99Ms })).rate;
    const outcome = await run.phase({
      name: 'flood',
      rate: Math.max(capacity, 1) * TIMES,
      seconds: seconds ?? 10,
    });
    await run.phase({
      name: 'afterwards',
      rate: Math.max(1, capacity / 2),
      seconds: Math.min(3, seconds ?? 3),
    });
    const figures = [{ name: 'capacity it is three times of', value: Math.round(capacity), unit: 'taps/s' }];
    const parts = new Map<DeviceClass, number>();
    for (const each of CLASSES) {
      const seen = outcome.ofClass(each);
      const part = seen.judgedMeanwhile / Math.max(1, seen.intended);
      parts.set(each, part);
      const late = seen.latestFromSendingMs > DEADLINES_MS[each];
      figures.push({ name: `${each}: judged while it lasted`, value: 100 * part, unit: '%' });
      figures.push({ name: `${each}: shed`, value: seen.refused, unit: 'taps' });
      figures.push({ name: `${each}: p99 of judged`, value: seen.latency.p99_ms, unit: 'ms' });
      figures.push({
        name: `${each}: latest of judged, from sending`,
        value: seen.latestFromSendingMs,
        unit: 'ms',
      });
      figures.push({ name: `${each}: p99 of shed`, value: seen.refusals.p99_ms, unit: 'ms' });
      if (late)
        run.warnings.add(
          `flood: a ${each} was answered more than ${DEADLINES_MS[each]} ms after it was sent`,
        );
    }
    const [gate = 0, desk = 0, batch = 0] = CLASSES.map((each) => parts.get(each));
    if (gate < desk || desk < batch)
      run.warnings.add('flood: gates were not favoured over desks over batches');
    return { title: 'Flood: three times what it can do', figures };
  },
});
