/**
 * `npm run fuzz -- NAME [--seconds 30] [--seed 1]`: fuzzes a decoder, led by what its code reaches. Prints a report; inputs that
 * it fails on go to standard output in hex. Status 1: there are findings; 64: misuse.
 */
import { parseArgs } from 'node:util';
import { instrument, newReach } from './coverage.ts';
import { fuzz } from './driver.ts';
import { TARGETS } from './targets.ts';

/** Each target, one after another, so many seconds each. */
const ALL = 'all';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const name = positionals[0] ?? '';
const names = name === ALL ? [...TARGETS.keys()] : [name];
if (
  positionals.length !== 1 ||
  !TARGETS.has(names[0] ?? '') ||
  !(seconds > 0) ||
  !Number.isSafeInteger(seed)
) {
  console.error(
    `usage: npm run fuzz -- NAME [--seconds N] [--seed N]; NAME: ${ALL}, ${[...TARGETS.keys()].join(', ')}`,
  );
  process.exit(64);
}
const entries = names.flatMap((each) => TARGETS.get(each) ?? []);
instrument(entries.flatMap(({ counted }) => counted));
for (const { load } of entries) {
  const { target } = await load();
  const endsMs = performance.now() + seconds * 1_000;
  const report = fuzz(target, {
    seed,
    runsMax: Number.POSITIVE_INFINITY,
    expired: () => performance.now() > endsMs,
    reachedNew: newReach(),
  });
  console.log(
    `${target.name}: ${report.runs} runs in ${seconds} s, ${report.corpus} inputs kept, slowest ${report.slowestMs.toFixed(1)} ms, ${report.findings.length} findings`,
  );
  for (const { what, input } of report.findings)
    console.log(`${what}\n  ${Buffer.from(input).toString('hex')}`);
  if (report.findings.length > 0) process.exitCode = 1;
}
