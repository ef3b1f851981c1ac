/**
 * `onecard bench idle`: what a gateway uses of a core while a thousand gates are connected and nobody taps, with the platform
 * in reach: by thread, and how often each wakes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type OwnGateway, startBenchGateway } from './drive/gateway.ts';
import { LoadConnection } from './load/connection.ts';
import { thisMachine } from './machine.ts';

const HELP = `npm run bench -- idle [options]

  --gates N        connected and silent (1000)
  --seconds N      measured, after 45 to come to rest (60)
  --settings JSON  settings of the gateway that differ from their defaults
  --json           print one JSON object instead of a table

Exit status 1 when a gate lost its connection.
`;

const CARDS = 100;
const REST_S = 45;
/** A gateway lets few connect at once from one address (`limits.hellos_per_address`). */
const CONNECTING_MAX = 32;
const NS_PER_S = 1e9;

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== 'idle'),
  options: {
    gates: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    settings: { type: 'string', default: '{}' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Of the threads of one name. */
interface Used {
  /** On a processor. */
  readonly seconds: number;
  /** How often it had waited and went on. */
  readonly wakeUps: number;
}

async function main(gates: number, seconds: number): Promise<void> {
  if (!(Number.isSafeInteger(gates) && gates >= 1 && seconds > 0)) throw new RangeError('--help');
  const gateway = await startBenchGateway({
    fleet: { seed: 'bench', cards: CARDS, chips: 'sm2' },
    devices: gates,
    settings: JSON.parse(options.settings) as Readonly<Record<string, unknown>>,
  });
  try {
    let lost = 0;
    const connections = await connected(gateway, gates, () => {
      lost += 1;
    });
    await sleep(REST_S * 1_000);
    const before = usedByThread(gateway.pid);
    const startedAt = performance.now();
    await sleep(seconds * 1_000);
    const elapsedS = (performance.now() - startedAt) / 1_000;
    const after = usedByThread(gateway.pid);
    for (const connection of connections) connection.close();
    const threads = [...after].map(([thread, used]) => ({
      thread,
      core_percent: (100 * (used.seconds - (before.get(thread)?.seconds ?? 0))) / elapsedS,
      wake_ups_per_s: (used.wakeUps - (before.get(thread)?.wakeUps ?? 0)) / elapsedS,
    }));
    const core_percent = threads.reduce((sum, each) => sum + each.core_percent, 0);
    const machine = thisMachine();
    const report = { benchmark: 'idle', machine, gates, seconds: elapsedS, lost, core_percent, threads };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report));
    if (lost > 0) process.exitCode = 1;
  } finally {
    await gateway.stop();
  }
}

async function connected(gateway: OwnGateway, gates: number, onLost: () => void): Promise<LoadConnection[]> {
  const connections: LoadConnection[] = [];
  for (let at = 0; at < gates; at += CONNECTING_MAX) {
    const some = Array.from({ length: Math.min(CONNECTING_MAX, gates - at) }, async (_, i) =>
      LoadConnection.open({
        url: gateway.gate,
        token: await gateway.token('gate', at + i),
        onAnswer: () => {},
        onClosed: onLost,
      }),
    );
    connections.push(...(await Promise.all(some)));
  }
  return connections;
}

/** proc(5): /proc/pid/task/tid/status; Documentation/scheduler/sched-stats.rst. By name, as the gateway or Node gave it. */
function usedByThread(pid: number): ReadonlyMap<string, Used> {
  const folder = `/proc/${pid}/task`;
  const used = new Map<string, Used>();
  for (const thread of readdirSync(folder)) {
    const read = (file: string) => readFileSync(`${folder}/${thread}/${file}`, 'utf8');
    const name = thread === String(pid) ? 'main' : read('comm').trim();
    const { seconds, wakeUps } = used.get(name) ?? { seconds: 0, wakeUps: 0 };
    used.set(name, {
      seconds: seconds + Number(read('schedstat').split(' ')[0]) / NS_PER_S,
      wakeUps: wakeUps + Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(read('status'))?.[1]),
    });
  }
  return used;
}

interface Report {
  readonly gates: number;
  readonly lost: number;
  readonly core_percent: number;
  readonly threads: readonly {
    readonly thread: string;
    readonly core_percent: number;
    readonly wake_ups_per_s: number;
  }[];
  readonly machine: object;
}

function table({ gates, lost, core_percent, threads, machine }: Report): string {
  const row = (name: string, percent: number, wakeUps: number) =>
    `  ${name.padEnd(18)}${percent.toFixed(2).padStart(10)}${wakeUps.toFixed(1).padStart(14)}`;
  return [
    `${gates} silent gates, ${lost} lost`,
    `  ${'thread'.padEnd(18)}${'% of core'.padStart(10)}${'wake-ups/s'.padStart(14)}`,
    ...threads.map((each) => row(each.thread, each.core_percent, each.wake_ups_per_s)),
    row(
      'all',
      core_percent,
      threads.reduce((sum, each) => sum + each.wake_ups_per_s, 0),
    ),
    JSON.stringify(machine),
    '',
  ].join('\n');
}

if (options.help) process.stdout.write(HELP);
else await main(Number(options.gates), Number(options.seconds));
