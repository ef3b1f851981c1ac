/**
 * `node bench/outage.ts`: what an outage of the platform, and a large change of the card list, do to taps that are under
 * way at a steady rate. The platform is a process that is killed and started again; every tap counts from the time it
 * was meant to be sent.
 */
import { parseArgs } from 'node:util';
import type { Histogram } from 'hdr-histogram-js';
import { encodeTap } from '../client/messages.ts';
import { chipCity, prepareTaps } from './chip-taps.ts';
import { type OwnGateway, startBenchGateway } from './drive/gateway.ts';
import { binaryFrame } from './load/frames.ts';
import { thisMachine } from './machine.ts';
import { figuresTable, type PhaseFigures, percentiles } from './outage-figures.ts';
import { LoadPhases, WARM_UP_S } from './outage-load.ts';
import { inForceAfterMs, ModeWatch } from './outage-watch.ts';

const HELP = `node bench/outage.ts [options]

  --rate N      taps a second (2000)
  --seconds N   of each phase: before, during and after an outage, without and with the large delta (6)
  --rounds N    outages; the ratio is the median of theirs, as one stall of a busy machine decides a p99 (1)
  --seed TEXT   the same seed sends the same taps at the same times (bench)
  --json        print one JSON object instead of a table

Exit status 1 when a tap was not answered, or was not allowed.
`;

/** Cards that are tapped; those that the large delta changes come after them. */
const TAPPED_CARDS = 2_000;
/** Chip and ride code of each: 100,000 changes. */
const CHANGED_CARDS = 50_000;
const SINGLE_CHANGES = 10;
/** Of each outage, and after all of them. */
const OUTAGE_PHASES = 3;
const DELTA_PHASES = 2;

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => void process.stderr.write(text);

if (options.help) process.stdout.write(HELP);
else await main(Number(options.rate), Number(options.seconds), Number(options.rounds), options.seed);

async function main(rate: number, seconds: number, rounds: number, seed: string): Promise<void> {
  const city = chipCity(seed, TAPPED_CARDS + CHANGED_CARDS, 'rsa');
  const count = rate * (WARM_UP_S + (rounds * OUTAGE_PHASES + DELTA_PHASES) * seconds);
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
    const figures = await measure(gateway, load, (card) => city.card(card), tapped, rounds);
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

interface Outage {
  readonly phases: Readonly<Record<string, PhaseFigures>>;
  readonly p99_ratio: number;
  readonly mode_change_ms: number;
  readonly live_ms: number;
}

/** The platform is killed under load, and started again. */
async function outage({ platform }: OwnGateway, load: LoadPhases, modes: ModeWatch): Promise<Outage> {
  const before = await load.run('before');
  let killedAt = 0;
  const during = await load.run('during', async () => {
    killedAt = performance.now();
    await platform.kill();
  });
  const changedAt = await modes.firstOther('live', killedAt);
  let answersAt = 0;
  const after = await load.run('after', async () => {
    await platform.revive();
    answersAt = performance.now();
  });
  const backAt = await modes.first('live', answersAt);
  return {
    phases: { before: percentiles(before), during: percentiles(during), after: percentiles(after) },
    p99_ratio: ratio(during.latency, before.latency, 99),
    mode_change_ms: changedAt - killedAt,
    live_ms: backAt - answersAt,
  };
}

function goodCards(city: ReturnType<typeof chipCity>, among: number): number[] {
  return Array.from({ length: among }, (_, i) => i).filter((i) => city.identity(i).state === 'good');
}

async function measure(
  gateway: OwnGateway,
  load: LoadPhases,
  card: (index: number) => ReturnType<ReturnType<typeof chipCity>['card']>,
  tapped: readonly number[],
  rounds: number,
) {
  const { platform } = gateway;
  const modes = new ModeWatch(gateway.admin);
  await load.warmUp();
  const outages: Outage[] = [];
  for (let round = 0; round < rounds; round += 1) outages.push(await outage(gateway, load, modes));
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
  const last = outages.at(-1)?.phases ?? {};
  const phases = { ...last, steady: percentiles(steady), 'large delta': percentiles(delta) };
  const ratios = outages.map(({ p99_ratio }) => p99_ratio).sort((a, b) => a - b);
  return {
    phases,
    outages: outages.length,
    p99_during_to_before: ratios[Math.floor(ratios.length / 2)],
    p99_during_to_before_each: outages.map(({ p99_ratio }) => p99_ratio),
    mode_change_after_kill_ms: outages.map(({ mode_change_ms }) => mode_change_ms),
    live_after_recovery_ms: outages.map(({ live_ms }) => live_ms),
    worst_tap_with_delta_ms: delta.latency.maxValue / 1_000,
    worst_tap_without_ms: steady.latency.maxValue / 1_000,
    single_change_in_force_ms: single,
  };
}

function ratio(a: Histogram, b: Histogram, percentile: number): number {
  return a.getValueAtPercentile(percentile) / b.getValueAtPercentile(percentile);
}
