/**
 * `onecard bench start`: how long after a gateway is asked for a device has the answer to its first tap, on a data folder
 * that has lists, trust and a journal already, with the platform in reach. The sources as they run and the package take
 * turns, so that a busy moment of the machine meets both.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeTap } from '../../client/messages.ts';
import { chipCity, prepareTaps } from '../chip-taps.ts';
import { freePort } from '../drive/free-port.ts';
import { prepareGatewayFolder } from '../drive/gateway-folder.ts';
import { binaryFrame } from '../load/frames.ts';
import { thisMachine } from '../machine.ts';
import { type StartTimes, startToFirstTap } from './first-tap.ts';
import { type Installed, installedAt, ownInstalled } from './installed.ts';

const HELP = `npm run bench -- start [options]

  --starts N       of each (10)
  --taps N         before them, so that there is a journal to read (5000)
  --seed TEXT      the same seed taps the same cards (bench)
  --at FOLDER      a package or a clone that is started, instead of this one; more than once for several, which take turns
  --json           print one JSON object instead of a table

Exit status 1 when a gateway did not start, or a first tap was not allowed.
`;

const CARDS = 500;
const tell = (text: string) => void process.stderr.write(text);

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== 'start'),
  options: {
    starts: { type: 'string', default: '10' },
    taps: { type: 'string', default: '5000' },
    seed: { type: 'string', default: 'bench' },
    at: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(starts: number, taps: number): Promise<void> {
  if (!(Number.isSafeInteger(starts) && starts >= 1 && Number.isSafeInteger(taps) && taps >= 0))
    throw new RangeError('--help');
  const installed = options.at?.map((folder) => installedAt(resolve(folder))) ?? ownInstalled();
  const frames = tapFrames(taps + (starts + 1) * installed.length);
  const port = await freePort();
  const prepared = await prepareGatewayFolder({
    fleet: { seed: options.seed, cards: CARDS, chips: 'sm2' },
    devices: 1,
    settings: { listen: { port } },
  });
  try {
    const start = async ({ launcher }: Installed, taken: number) =>
      startToFirstTap({
        ...{ launcher, config: prepared.config, gate: `ws://127.0.0.1:${port}/v1/gate` },
        token: await prepared.token('gate', 0),
        frames: frames.splice(0, taken),
      });
    const times = await inTurns(installed, starts, taps, start);
    const figures = figuresOf(installed, times);
    const machine = thisMachine();
    const report = { benchmark: 'start', machine, seed: options.seed, starts, taps, wrong: 0, figures };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(figures, { ...machine }));
  } finally {
    await prepared.remove();
  }
}

/** Times of each. The first start of each is not measured: it fills the journal, and what is kept between starts. */
async function inTurns(
  installed: readonly Installed[],
  starts: number,
  taps: number,
  start: (installed: Installed, taps: number) => Promise<StartTimes>,
): Promise<readonly (readonly StartTimes[])[]> {
  for (const [k, each] of installed.entries()) await start(each, k === 0 ? taps + 1 : 1);
  const times: StartTimes[][] = installed.map(() => []);
  for (let round = 0; round < starts; round += 1) {
    for (const [k, each] of installed.entries()) times[k]?.push(await start(each, 1));
    tell(`\r  start ${round + 1} of ${starts}`);
  }
  tell('\n');
  return times;
}

function tapFrames(count: number): Uint8Array[] {
  const city = chipCity(options.seed, CARDS, 'sm2');
  const good = Array.from({ length: CARDS }, (_, i) => i).filter((i) => city.identity(i).state === 'good');
  const cards = { ...city, size: good.length, card: (i: number) => city.card(good[i] ?? 0) };
  const taps = prepareTaps(cards, options.seed, count, (done) =>
    tell(`\r  signing taps ${Math.round((100 * done) / count)} %`),
  );
  tell('\n');
  return taps.map((tap, seq) => binaryFrame(encodeTap(seq, tap), Math.imul(seq + 1, 0x9e37_79b1)));
}

interface Figures {
  /** What was started. */
  readonly started: string;
  readonly first_tap_p50_ms: number;
  readonly first_tap_worst_ms: number;
  readonly welcome_p50_ms: number;
  readonly processor_p50_ms: number;
  /** First tap beside that of the one before it, median of the pairs; 1 for the first. */
  readonly first_tap_ratio: number;
}

function figuresOf(installed: readonly Installed[], times: readonly (readonly StartTimes[])[]): Figures[] {
  return installed.map(({ name }, k) => {
    const own = times[k] ?? [];
    const before = times[k - 1] ?? own;
    const firstTap = own.map(({ firstTapMs }) => firstTapMs);
    return {
      started: name,
      first_tap_p50_ms: median(firstTap),
      first_tap_worst_ms: Math.max(...firstTap),
      welcome_p50_ms: median(own.map(({ welcomeMs }) => welcomeMs)),
      processor_p50_ms: median(own.map(({ processorMs }) => processorMs ?? 0)),
      first_tap_ratio: median(firstTap.map((ms, i) => ms / (before[i]?.firstTapMs ?? ms))),
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

function table(figures: readonly Figures[], machine: Readonly<Record<string, unknown>>): string {
  const rows = figures.map(({ started, first_tap_ratio, ...ms }) =>
    [...Object.values(ms).map((each) => each.toFixed(0)), first_tap_ratio.toFixed(2), started]
      .map((each, i) => (i < 5 ? each.padStart(11) : `  ${each}`))
      .join(''),
  );
  return [
    'from the command to the first answered tap, ms',
    `${['p50', 'worst', 'welcome', 'processor', 'ratio'].map((each) => each.padStart(11)).join('')}  started`,
    ...rows,
    JSON.stringify(machine),
    '',
  ].join('\n');
}

if (options.help) process.stdout.write(HELP);
else await main(Number(options.starts), Number(options.taps));
