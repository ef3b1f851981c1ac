/**
 * `npm run bench`: chip cards over WebSocket, open-loop, beside a baseline that answers at once. It tells in a
 * minute whether the path of a tap is as fast as it was; docs/benchmarking.md says what it does not tell.
 */
import { fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Histogram } from 'hdr-histogram-js';
import { createDeviceToken } from '../client/index.ts';
import { encodeTap } from '../client/messages.ts';
import { seededInteger } from '../platform/seed.ts';
import { chipCity, prepareTaps } from './chip-taps.ts';
import { startBenchGateway } from './drive/gateway.ts';
import { cpuSeconds } from './drive/sampler.ts';
import { LoadConnection } from './load/connection.ts';
import { binaryFrame } from './load/frames.ts';
import { type LoadResult, OpenLoop } from './load/open-loop.ts';
import { thisMachine } from './machine.ts';

const HELP = `npm run bench -- [options]

  --rate N      taps a second (5000)
  --seconds N   measured time, after two seconds of warm-up (10)
  --chips KIND  rsa or sm2 (rsa)
  --cards N     chip cards in the fleet (2000)
  --seed TEXT   the same seed sends the same taps at the same times (bench)
  --json        print one JSON object instead of a table
`;

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '10' },
    chips: { type: 'string', default: 'rsa' },
    cards: { type: 'string', default: '2000' },
    seed: { type: 'string', default: 'bench' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const WARM_UP_S = 2;
const US_PER_MS = 1_000;
const PERCENTILES = [50, 99, 99.9] as const;
const OUTSTANDING_MAX = 1_000;

const tell = (text: string) => void process.stderr.write(text);

interface Measured {
  readonly load: LoadResult;
  /** Cores the server used. */
  readonly serverCpu: number | null;
}

if (options.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  const ratePerS = Number(options.rate);
  const seconds = Number(options.seconds);
  const { chips } = options;
  if (chips !== 'rsa' && chips !== 'sm2') throw new RangeError('--chips is rsa or sm2');
  const city = chipCity(options.seed, Number(options.cards), chips);
  const count = ratePerS * (seconds + WARM_UP_S);
  const taps = prepareTaps(city, options.seed, count, (done) => {
    tell(`\r  signing taps ${Math.round((100 * done) / count)} %`);
  });
  tell('\n');
  const frames = taps.map((tap, seq) => binaryFrame(encodeTap(seq, tap), Math.imul(seq + 1, 0x9e37_79b1)));
  const baseline = await measureBaseline(frames, ratePerS, seconds);
  const fleet = { seed: city.seed, cards: city.size, chips } as const;
  const gateway = await startBenchGateway({ fleet, devices: 1, settings: {} });
  const at = { gate: gateway.gate, token: await gateway.token('gate', 0) };
  const measured = await measure(at, frames, ratePerS, seconds, () => cpuSeconds(gateway.pid));
  await gateway.stop();
  report(measured, baseline, ratePerS, seconds);
  if (measured.load.unanswered > 0 || measured.load.unsent > 0) process.exitCode = 1;
}

async function measure(
  { gate, token }: { readonly gate: string; readonly token: string },
  frames: readonly Uint8Array[],
  ratePerS: number,
  seconds: number,
  cpuUsed: () => number | null,
): Promise<Measured> {
  let loop: OpenLoop | null = null;
  const connection = await LoadConnection.open({
    url: gate,
    token,
    onAnswer: (seq, code) => loop?.answered(seq, code),
    onClosed: (reason) => tell(`\n  the gateway closed the connection: ${reason}\n`),
  });
  const run = (from: number, to: number, what: string): Promise<LoadResult> => {
    let draws = 0;
    loop = new OpenLoop({
      ratePerS,
      frames: frames.slice(from, to),
      firstSeq: from,
      connections: [connection],
      outstandingMax: OUTSTANDING_MAX,
      draw: () => (1 + seededInteger(options.seed, what, draws++, 1 << 30)) / (1 << 30),
      onSecond: (sent, answered) => tell(`\r  ${what}: ${sent} sent, ${answered} answered   `),
    });
    return loop.run();
  };
  const warmUp = ratePerS * WARM_UP_S;
  await run(0, warmUp, 'warm-up');
  const before = cpuUsed();
  const load = await run(warmUp, warmUp + ratePerS * seconds, 'measuring');
  const after = cpuUsed();
  connection.close();
  const serverCpu = before === null || after === null ? null : (after - before) / load.elapsedS;
  return { load, serverCpu };
}

async function measureBaseline(
  frames: readonly Uint8Array[],
  ratePerS: number,
  seconds: number,
): Promise<Measured> {
  const child = fork(fileURLToPath(new URL('./floor-server.ts', import.meta.url)));
  const { port } = await new Promise<{ port: number }>((resolve) =>
    child.once('message', (message) => resolve(message as { port: number })),
  );
  const privateKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const token = await createDeviceToken({ deviceId: 'bench-gate', gatewayId: 'bench', privateKey });
  const measured = await measure(
    { gate: `ws://127.0.0.1:${port}/v1/gate`, token },
    frames,
    ratePerS,
    seconds,
    () => null,
  );
  child.kill();
  return measured;
}

function report(measured: Measured, baseline: Measured, ratePerS: number, seconds: number): void {
  const { load: own, serverCpu } = measured;
  const ms = (histogram: Histogram, percentile: number) =>
    histogram.getValueAtPercentile(percentile) / US_PER_MS;
  const latency = (result: LoadResult) =>
    Object.fromEntries(PERCENTILES.map((p) => [`p${p}_ms`, ms(result.latency, p)]));
  const figures = {
    benchmark: `${options.chips}-chip-taps`,
    seed: options.seed,
    rate_per_s: ratePerS,
    seconds,
    answered_per_s: own.answered / own.elapsedS,
    unsent: own.unsent,
    unanswered: own.unanswered,
    codes: own.codes,
    latency: latency(own),
    baseline_latency: latency(baseline.load),
    ratio_to_baseline: Object.fromEntries(
      PERCENTILES.map((p) => [`p${p}`, ms(own.latency, p) / ms(baseline.load.latency, p)]),
    ),
    send_lag_p99_ms: ms(own.sendLag, 99),
    gateway_cpu_cores: serverCpu,
    gateway_cpu_us_per_tap: serverCpu === null ? null : (serverCpu * own.elapsedS * 1e6) / own.answered,
    generator_cpu_cores: own.generatorCpu,
    generator_cpu_us_per_tap: (own.generatorCpu * own.elapsedS * 1e6) / own.answered,
    baseline_generator_cpu_us_per_tap:
      (baseline.load.generatorCpu * baseline.load.elapsedS * 1e6) / baseline.load.answered,
    machine: thisMachine(),
  };
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : table(figures));
}

function table(figures: Record<string, unknown> & { latency: Record<string, number> }): string {
  const of = (name: string) => figures[name] as Record<string, number>;
  const fixed = (value: number | undefined) => (value ?? 0).toFixed(2).padStart(10);
  const rows = PERCENTILES.map(
    (p) =>
      `  p${String(p).padEnd(6)}${fixed(of('latency')[`p${p}_ms`])}${fixed(of('baseline_latency')[`p${p}_ms`])}` +
      `${fixed(of('ratio_to_baseline')[`p${p}`])}`,
  );
  const { machine, latency, baseline_latency, ratio_to_baseline, ...rest } = figures;
  return [
    '\n  latency from the intended send time, ms',
    `  ${''.padEnd(7)}${'gateway'.padStart(10)}${'baseline'.padStart(10)}${'ratio'.padStart(10)}`,
    ...rows,
    '',
    ...Object.entries(rest).map(([name, value]) => `  ${name.padEnd(22)}${shown(value)}`),
    `  ${'machine'.padEnd(22)}${JSON.stringify(machine)}`,
    '',
  ].join('\n');
}

function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(3);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
