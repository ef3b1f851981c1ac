/** Peer and gateway in turn, on the same cores, with the same taps. */
import type { City } from '../../platform/city.ts';
import { seededInteger } from '../../platform/seed.ts';
import { type BenchGateway, startBenchGateway } from '../drive/gateway.ts';
import { cpuSeconds } from '../drive/sampler.ts';
import { readStolenMs, stolenPart } from '../drive/steal-time.ts';
import { latencyOf } from '../report/latency.ts';
import { closedLoad } from './closed-load.ts';
import type { Measured, Target } from './measured.ts';
import { openLoad } from './open-load.ts';
import { startPeer } from './peer-process.ts';
import type { PreparedTap, Shown, TapSigner } from './taps.ts';

export interface CompareOptions {
  readonly city: City;
  readonly signer: TapSigner;
  readonly seed: string;
  readonly connections: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** Taps signed for the measurement of throughput; a server that answers more in `seconds` is measured for less. */
  readonly taps: number;
  /** Of the open load; null: half of what the peer answered at most. */
  readonly ratePerS: number | null;
  readonly tell: (text: string) => void;
}

/** One server under one load. */
export interface Figures {
  readonly answered: number;
  readonly seconds: number;
  readonly answered_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly server_cpu_us_per_answer: number;
  readonly generator_cpu_cores: number;
  /** Part of the processors' time that the hypervisor gave to others meanwhile. */
  readonly stolen_part: number;
  readonly wrong: number;
  readonly faults: readonly string[];
}

export interface Comparison {
  readonly shown: Shown;
  readonly rate_per_s: number;
  readonly peer: { readonly throughput: Figures; readonly fixed_rate: Figures };
  readonly gateway: { readonly throughput: Figures; readonly fixed_rate: Figures };
  /** Gateway to peer. Throughput: above 1 is faster. Others: below 1 is faster, or less. */
  readonly ratio: {
    readonly answered_per_s: number;
    readonly fixed_rate_p50: number;
    readonly fixed_rate_p99: number;
    readonly server_cpu_us_per_answer: number;
  };
}

/** For both: code compiled; for the peer: the keys of a small fleet made ready in each of its processes. */
const WARM_UP_TAPS = 5_000;
const WARM_UP_MAX_S = 15;
const RATE_MIN_PER_S = 10;
const US_PER_S = 1e6;
const MS_PER_S = 1_000;

interface Server extends Target {
  cpuSeconds(): number;
}

export async function compare(shown: Shown, options: CompareOptions): Promise<Comparison> {
  const { city, signer, seconds, tell } = options;
  tell(`${shown}: signing ${options.taps} taps\n`);
  const taps = await signer.sign(shown, 0, WARM_UP_TAPS + options.taps);
  const [warmUp, closed] = [taps.slice(0, WARM_UP_TAPS), taps.slice(WARM_UP_TAPS)];
  let ratePerS = options.ratePerS;
  let open: PreparedTap[] = [];

  const drive = async (name: string, server: Server) => {
    tell(`${shown}: ${name}, warm-up\n`);
    await closedLoad({ ...options, target: server, taps: warmUp, seconds: WARM_UP_MAX_S });
    tell(`${shown}: ${name}, ${options.connections} connections\n`);
    const throughput = await figures(server, () => closedLoad({ ...options, target: server, taps: closed }));
    ratePerS ??= Math.max(RATE_MIN_PER_S, Math.floor(throughput.answered_per_s / 2));
    const from = taps.length;
    if (open.length === 0) open = await signer.sign(shown, from, from + Math.ceil(ratePerS * seconds));
    tell(`${shown}: ${name}, ${ratePerS} a second\n`);
    let draws = 0;
    const draw = () => (1 + seededInteger(options.seed, `peers ${shown}`, draws++, 1 << 30)) / (1 << 30);
    const load = { ...options, target: server, taps: open, ratePerS, draw };
    return { throughput, fixed_rate: await figures(server, () => openLoad(load)) };
  };

  const peer = await withPeer(city, (server) => drive('peer', server));
  const gateway = await withGateway(city, (server) => drive('gateway', server));
  return { shown, rate_per_s: ratePerS ?? 0, peer, gateway, ratio: ratios(peer, gateway) };
}

async function figures(server: Server, load: () => Promise<Measured>): Promise<Figures> {
  const [cpuBefore, ownBefore, stolenBefore] = [server.cpuSeconds(), process.cpuUsage(), readStolenMs()];
  const { answered, seconds, wrong, faults, latency } = await load();
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  const { user, system } = process.cpuUsage(ownBefore);
  const stolenMs = (readStolenMs() ?? 0) - (stolenBefore ?? 0);
  const { p50_ms, p99_ms } = latencyOf(latency);
  return {
    answered,
    seconds,
    answered_per_s: answered / seconds,
    p50_ms,
    p99_ms,
    server_cpu_us_per_answer: (cpuSeconds * US_PER_S) / answered,
    generator_cpu_cores: (user + system) / US_PER_S / seconds,
    stolen_part: stolenPart(stolenMs, seconds * MS_PER_S),
    wrong,
    faults,
  };
}

function ratios(peer: Comparison['peer'], gateway: Comparison['gateway']): Comparison['ratio'] {
  return {
    answered_per_s: gateway.throughput.answered_per_s / peer.throughput.answered_per_s,
    fixed_rate_p50: gateway.fixed_rate.p50_ms / peer.fixed_rate.p50_ms,
    fixed_rate_p99: gateway.fixed_rate.p99_ms / peer.fixed_rate.p99_ms,
    server_cpu_us_per_answer:
      gateway.throughput.server_cpu_us_per_answer / peer.throughput.server_cpu_us_per_answer,
  };
}

async function withPeer<Result>(city: City, use: (server: Server) => Promise<Result>): Promise<Result> {
  const peer = await startPeer(city);
  try {
    return await use(peer);
  } finally {
    await peer.stop();
  }
}

async function withGateway<Result>(city: City, use: (server: Server) => Promise<Result>): Promise<Result> {
  const fleet = { seed: city.seed, cards: city.size, chips: 'both' } as const;
  const gateway = await startBenchGateway({ fleet, devices: 1, settings: {} });
  try {
    const { http, pid } = gateway;
    return await use({
      http,
      token: await openSession(gateway),
      cpuSeconds: () => cpuSeconds(pid) ?? Number.NaN,
    });
  } finally {
    await gateway.stop();
  }
}

async function openSession(gateway: BenchGateway): Promise<string> {
  const deviceToken = await gateway.token('gate', 0);
  const response = await fetch(`${gateway.http}/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${deviceToken}` },
  });
  const { token, code } = (await response.json()) as { token?: string; code?: string };
  if (token === undefined) throw new Error(`the gateway opened no session: ${code}`);
  return token;
}
