/**
 * `npm run bench:peers`: what a user would assemble instead of the gateway, and the gateway, over the same REST contract with the
 * same generator and the same taps, in one run. bench/peers/README.md says what that compares.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createCity } from '../../platform/city.ts';
import { stealWarning } from '../drive/steal-time.ts';
import { thisMachine } from '../machine.ts';
import { type Comparison, compare, type Figures } from './compare.ts';
import { installPeer, peerIsInstalled, peerVersions } from './peer-process.ts';
import { comparisonTable } from './table.ts';
import { SHOWN, type Shown, TapSigner } from './taps.ts';
import { verifyOnly } from './verify-only.ts';

const HELP = `npm run bench:peers -- [options]

  --seconds N      time of each measurement (5)
  --connections N  keep-alive connections (32)
  --shown KIND     transit-qr, chip-sm2, chip-rsa or all (all)
  --cards N        cards of each kind, which take turns (64)
  --taps N         taps signed for each measurement of throughput (20000)
  --rate N         requests a second of the open load (half of what the peer answers at most)
  --seed TEXT      the same seed makes the same cards (bench)
  --json           print one JSON object instead of a table
`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    shown: { type: 'string', default: 'all' },
    cards: { type: 'string', default: '64' },
    taps: { type: 'string', default: '20000' },
    rate: { type: 'string' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Share of the cores that may be busy before a run without spoiling it. */
const BUSY_SHARE_MAX = 0.25;
/** Of one core; above it the generator may be what is measured. */
const GENERATOR_CPU_MAX = 0.9;

const tell = (text: string) => void process.stderr.write(text);

if (options.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const kinds = kindsOf(options.shown);
  const seconds = positive('seconds', options.seconds);
  const cards = positive('cards', options.cards);
  const rest = {
    seconds,
    seed: options.seed,
    connections: positive('connections', options.connections),
    taps: positive('taps', options.taps),
    ratePerS: options.rate === undefined ? null : positive('rate', options.rate),
    tell,
  };
  if (!peerIsInstalled()) {
    tell('installing what the peer is made of: npm ci in bench/peers/fastify-sm2\n');
    await installPeer();
  }
  const [busyCores = 0] = loadavg();
  tell('SM2 verification by itself\n');
  const verification = await verifyOnly(options.seed, Math.min(seconds, 2));
  const comparisons: Comparison[] = [];
  for (const shown of kinds) {
    const startedMs = Date.now();
    const city = createCity({ seed: options.seed, cards: 2 * cards, now: startedMs });
    const signer = new TapSigner({ seed: options.seed, cards, startedMs });
    try {
      comparisons.push(await compare(shown, { ...rest, city, signer }));
    } finally {
      await signer.close();
    }
  }
  const report = {
    benchmark: 'peers',
    seed: options.seed,
    seconds,
    connections: rest.connections,
    cards,
    comparisons,
    verify_only: verification,
    warnings: warningsOf(comparisons, busyCores),
    peer_versions: peerVersions(),
    machine: thisMachine(),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : comparisonTable(report));
  const runs = comparisons.flatMap(({ peer, gateway }) => [peer, gateway]);
  const wrong = runs.reduce(
    (sum, run) => sum + run.throughput.wrong + run.fixed_rate.wrong,
    verification.wrong,
  );
  if (wrong > 0) {
    tell(`${wrong} answers were wrong\n`);
    process.exitCode = 1;
  }
}

/** What a reader must know before believing a figure. */
function warningsOf(comparisons: readonly Comparison[], busyCores: number): string[] {
  const figures = comparisons.flatMap(({ peer, gateway }) => [peer, gateway].flatMap(Object.values<Figures>));
  const generator = Math.max(...figures.map((each) => each.generator_cpu_cores));
  return [
    ...(busyCores > BUSY_SHARE_MAX * availableParallelism()
      ? [
          `before the run ${busyCores.toFixed(1)} programs were running or waiting: figures are of a busy machine`,
        ]
      : []),
    ...(generator > GENERATOR_CPU_MAX
      ? [`the generator used ${generator.toFixed(2)} cores: it may be the bottleneck`]
      : []),
    ...comparisons.flatMap(stealWarnings),
  ];
}

function stealWarnings({ shown, peer, gateway }: Comparison): string[] {
  const loads = Object.entries({ peer, gateway }).flatMap(([server, { throughput, fixed_rate }]) => [
    stealWarning(`${shown}: ${server}, throughput`, throughput.stolen_part),
    stealWarning(`${shown}: ${server}, fixed rate`, fixed_rate.stolen_part),
  ]);
  return loads.filter((warning) => warning !== null);
}

function kindsOf(text: string): readonly Shown[] {
  if (text === 'all') return SHOWN;
  const kinds = SHOWN.filter((shown) => shown === text);
  if (kinds.length === 0) throw new RangeError(`--shown is ${SHOWN.join(', ')} or all`);
  return kinds;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} is a number above 0`);
  return value;
}
