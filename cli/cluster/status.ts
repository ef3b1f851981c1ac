/** `onecard cluster status`: who is there, how engines answer, how far behind anybody is, and what to do about it. */
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import colours from 'picocolors';
import { loadSettings } from '../../config/load-settings.ts';
import { SettingsError } from '../../config/settings.ts';
import { ClusterError } from '../../gateway/cluster/cluster-error.ts';
import { type ClusterReport, judgedAgain } from '../../gateway/cluster/members/cluster-report.ts';
import { DEFAULT_BOUNDS, type StandingBounds } from '../../gateway/cluster/members/standing.ts';
import { TransportError } from '../../gateway/transport/transport.ts';
import { readCount } from '../read-count.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';
import { lookAtBus } from './ask-bus.ts';
import { askGateway, gatewayOf } from './ask-gateway.ts';
import { statusLines } from './status-lines.ts';

const HELP = `
One gateway is asked, and knows the others by the bus; with --by-bus none is, and the bus itself is listened to. Where the gateway of
--config does not answer, the bus is asked in its place.

A fault is: a gateway that is gone without having left, a store or a bus that does not answer somebody, a cursor that is more than
--lag-max messages behind, gateways without a key in common, one that is not ready. Other versions, clocks that differ, an outbox that
grows and what was accepted twice are warnings.

Exit status: 0 without a fault, 1 with one, 2 when nobody could be asked.

Examples:
  $ onecard cluster status --config gateway.json
  $ onecard cluster status --gateway http://127.0.0.1:9790 --json
  $ onecard cluster status --config gateway.json --by-bus --watch 5`;

interface StatusOptions {
  readonly config?: string;
  readonly gateway?: string;
  readonly tokenFile?: string;
  readonly byBus?: boolean;
  readonly json?: boolean;
  readonly watch?: number | true;
  readonly lagMax: number;
}

const WATCH_S = 2;
const QUIET_STEP_MS = 300;
/** Where the settings that say it are not at hand. */
const QUIET_MS_MAX = 6_000;
const CLOCK_TOLERANCE_MS = 10_000;

interface Look {
  report(): Promise<ClusterReport>;
  close(): Promise<void>;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('Show each gateway, what engines answer, and what to do.')
    .option('--config <file>', 'the settings of a gateway of the cluster')
    .option('--gateway <url>', 'its address for operators, in place of that of the settings')
    .option('--token-file <file>', 'the token that this address asks for, where it does (admin.token_file)')
    .option('--by-bus', 'ask no gateway: listen to the bus that the settings name')
    .option('--lag-max <messages>', 'how far behind a cursor may be', readCount, DEFAULT_BOUNDS.lagMax)
    .option('--json', 'one JSON object')
    .option('--watch [seconds]', 'again and again; default: every 2', readCount)
    .addHelpText('after', HELP)
    .action((options: StatusOptions) =>
      runOrExplain('cluster status', [SettingsError, ClusterError, TransportError], () => status(options)),
    );
}

async function status(options: StatusOptions): Promise<void> {
  const look = await lookOf(options);
  try {
    const { watch } = options;
    do {
      const report = await settled(look);
      const judged = judgedAgain(report, boundsOf(options));
      print(judged, options);
      process.exitCode = judged.ok ? 0 : 1;
      if (watch !== undefined) await pause((watch === true ? WATCH_S : watch) * 1_000);
    } while (watch !== undefined);
  } finally {
    await look.close();
  }
}

async function lookOf(options: StatusOptions): Promise<Look> {
  const { config, gateway, tokenFile, byBus = false } = options;
  if (config === undefined && gateway === undefined) {
    throw new UnusableError('say whom to ask: --config FILE of a gateway, or --gateway URL');
  }
  const settings = config === undefined ? null : loadSettings(config);
  if (byBus) {
    if (settings === null) throw new UnusableError('--by-bus needs --config: the settings name the bus');
    return lookAtBus(settings);
  }
  const own = settings === null ? null : gatewayOf(settings);
  const at = { url: gateway ?? own?.url ?? '', tokenFile: tokenFile ?? own?.tokenFile };
  try {
    await askGateway(at);
  } catch (error) {
    if (!(error instanceof UnusableError) || gateway !== undefined || !settings?.cluster?.bus) throw error;
    console.error(`${error.message}; the bus is asked in its place`);
    return lookAtBus(settings);
  }
  return { report: () => askGateway(at), close: async () => {} };
}

/** Whoever has only begun to listen does not know yet who is gone. */
async function settled(look: Look): Promise<ClusterReport> {
  const until = performance.now() + QUIET_MS_MAX;
  for (;;) {
    const report = await look.report();
    if (report.members.every(({ state }) => state !== 'quiet') || performance.now() > until) return report;
    await pause(QUIET_STEP_MS);
  }
}

function print(report: ClusterReport, { json = false, watch }: StatusOptions): void {
  if (json) {
    console.log(JSON.stringify(report));
    return;
  }
  if (watch !== undefined && process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H');
  console.log(statusLines(report, colours).join('\n'));
}

function boundsOf({ config, lagMax }: StatusOptions): StandingBounds {
  const clockToleranceMs =
    config === undefined ? CLOCK_TOLERANCE_MS : loadSettings(config).limits.clock_tolerance_ms;
  return { ...DEFAULT_BOUNDS, lagMax, clockToleranceMs };
}
