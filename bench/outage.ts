/**
 * `node bench/outage.ts`: what an outage of the platform, and a large change of the card list, do to taps that are under
 * way at a steady rate. The platform is a process that is killed and started again; every tap counts from the time it
 * was meant to be sent.
 */
import { parseArgs } from 'node:util';
import type { Histogram } from 'hdr-histogram-js';
import { encodeTap } from '../gateway/client/messages.ts';
import { chipCity, prepareTaps } from './chip-taps.ts';
import { type BenchGateway, startBenchGateway } from './drive/gateway.ts';
import { binaryFrame } from './load/frames.ts';
import { thisMachine } from './machine.ts';
import { figuresTable, percentiles } from './outage-figures.ts';
import { LoadPhases, WARM_UP_S } from './outage-load.ts';
import { inForceAfterMs, ModeWatch } from './outage-watch.ts';

const HELP = `node bench/outage.ts [options]

  --rate N      taps a second (2000)
  --seconds N   of each phase: before, during and after the outage, without and with the large delta (6)
  --seed TEXT   the same seed sends the same taps at the same times (bench)
  --json        print one JSON object instead of a table

Exit status 1 when a tap was not answered, or was not allowed.
`;

/** Cards that are tapped; those that the large delta changes come after them. */
const TAPPED_CARDS = 2_000;
/** Chip and ride code of each: 100,000 changes. */
const CHANGED_CARDS = 50_000;
const SINGLE_CHANGES = 10;
const PHASES = ['before', 'during', 'after', 'steady', 'large delta'];

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '6' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => void process.stderr.write(text);

if (options.help) process.stdout.write(HELP);
else await main(Number(options.rate), Number(options.seconds), options.seed);

async function main(rate: number, seconds: number, seed: string): Promise<void> {
  const city = chipCity(seed, TAPPED_CARDS + CHANGED_CARDS, 'rsa');
  const count = rate * (WARM_UP_S + PHASES.length * seconds);
  const tapped = goodCards(city, TAPPED_CARDS);
  const taps = prepareTaps(
    { ...city, size: tapped.length, card: (i) => city.card(tapped[i] ?? 0) },
    seed,
    count,
    (done) => tell(`\r  signing taps ${Math.round((100 * done) / count)} %`),
  );
  const frames = taps.map((tap, seq) => binaryFrame(encodeTap(seq, tap), Math.imul(seq + 1, 0x9e37_79b1)));
  const gateway = await startBenchGateway({
    fleet: { seed, cards: city.size, chips: 'rsa' },
    devices: 2,
    settings: {},
  });
  try {
    const load = await LoadPhases.open(gateway, frames, { rate, seconds, seed, tell });
    const figures = await measure(gateway, load, (card) => city.card(card), tapped);
    const report = {
      benchmark: 'outage',
      seed,
      rate_per_s: rate,
      seconds,
      ...figures,
      machine: thisMachine(),
    };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : figuresTable(report));
    if (load.failed > 0) process.exitCode = 1;
    load.close();
  } finally {
    await gateway.stop();
  }
}

function goodCards(city: ReturnType<typeof chipCity>, among: number): number[] {
  return Array.from({ length: among }, (_, i) => i).filter((i) => city.identity(i).state === 'good');
}

async function measure(
  gateway: BenchGateway,
  load: LoadPhases,
  card: (index: number) => ReturnType<ReturnType<typeof chipCity>['card']>,
  tapped: readonly number[],
) {
  const { platform } = gateway;
  const modes = new ModeWatch(gateway.http);
  await load.warmUp();
  const before = await load.run('before');
  let killedAt = 0;
  const during = await load.run('during', async () => {
    killedAt = performance.now();
    await platform.kill();
  });
  const changedMs = (modes.firstOther('live', killedAt) ?? Number.NaN) - killedAt;
  let answersAt = 0;
  const after = await load.run('after', async () => {
    await platform.revive();
    answersAt = performance.now();
  });
  const backAt = await modes.first('live', answersAt);
  const steady = await load.run('steady');
  const delta = await load.run('large delta', () =>
    platform.publish(
      Array.from({ length: CHANGED_CARDS }, (_, i) => ({ index: TAPPED_CARDS + i, state: 'suspended' })),
    ),
  );
  modes.stop();
  const single: number[] = [];
  for (let i = 0; i < SINGLE_CHANGES; i += 1) {
    const index = tapped[i] ?? 0;
    single.push(
      await inForceAfterMs(gateway, card(index), () => platform.publish([{ index, state: 'lost' }])),
    );
  }
  const phases = { before, during, after, steady, 'large delta': delta };
  return {
    phases: Object.fromEntries(Object.entries(phases).map(([name, result]) => [name, percentiles(result)])),
    p99_during_to_before: ratio(during.latency, before.latency, 99),
    mode_change_after_kill_ms: changedMs,
    live_after_recovery_ms: backAt - answersAt,
    worst_tap_with_delta_ms: delta.latency.maxValue / 1_000,
    worst_tap_without_ms: steady.latency.maxValue / 1_000,
    single_change_in_force_ms: single,
  };
}

function ratio(a: Histogram, b: Histogram, percentile: number): number {
  return a.getValueAtPercentile(percentile) / b.getValueAtPercentile(percentile);
}
