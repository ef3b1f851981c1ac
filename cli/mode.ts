/** `onecard mode`: the operator's override of the gateway's mode. */
import { userInfo } from 'node:os';
import { Argument, Command } from 'commander';
import { SettingsError } from '../config/settings.ts';
import {
  ForcedModeError,
  forcedModeFile,
  type ModeOrder,
  type Operator,
  parseModeOrder,
  REASON_LENGTH_MAX,
  writeModeOrder,
} from '../gateway/knowledge/mode/forced-mode.ts';
import { MODES, type Mode } from '../gateway/knowledge/mode/mode.ts';
import { readIfThere } from '../gateway/storage/private-files.ts';
import { readAdminToken } from '../gateway/transport/admin/admin-listener.ts';
import { TransportError } from '../gateway/transport/transport.ts';
import { boundedJson } from './bounded-json.ts';
import { addDataFolderOptions, type DataFolderOptions, dataFolder, existing } from './data-folder.ts';
import { type GatewayReport, reportLines } from './mode-report.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const FORCE_HELP = `
What a forced mode means, whatever the gateway would find itself:
  live    the platform is asked even if it seems not to answer; lists are used whatever their age
  lists   the platform is not asked; lists are used whatever their age
  stale   the platform is not asked; only cards on the lists pass, within risk budgets
  closed  the platform is not asked; each scene does what it does when nothing is known
No mode makes a list that is not there, and none lengthens the life of trust.

Examples:
  $ onecard mode force lists --config gateway.json --for 10m --reason 'platform maintenance'
  $ onecard mode auto --config gateway.json`;

const HELP = `
A running gateway follows in less than a second; one that starts later follows from its first tap.

Exit status: 0 when it was done, 2 when the options or the data folder cannot be used.`;

interface ForceOptions extends DataFolderOptions {
  readonly for?: string;
  readonly reason?: string;
}

interface ShowOptions extends DataFolderOptions {
  readonly gateway?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export function modeCommand(): Command {
  const command = new Command('mode')
    .description('Show the mode of a gateway, force one, or let it find its own again.')
    .addHelpText('after', HELP)
    .addCommand(showCommand())
    .addCommand(forceCommand())
    .addCommand(autoCommand());
  return command;
}

function forceCommand(): Command {
  return addDataFolderOptions(new Command('force'))
    .description('Force a mode, until it ends or is taken back.')
    .addArgument(new Argument('<mode>').choices(MODES))
    .option(
      '--for <time>',
      'when it ends by itself, such as 90s, 10m, 2h, 1d; default: when it is taken back',
    )
    .option('--reason <text>', 'why, for the log of the gateway')
    .addHelpText('after', FORCE_HELP)
    .action((mode: Mode, options: ForceOptions) =>
      explained('force', async () => {
        const setAtMs = Date.now();
        const untilMs = options.for === undefined ? null : setAtMs + durationMs(options.for);
        write(options, { mode, by: operator(), setAtMs, untilMs, reason: options.reason ?? null });
        const end = untilMs === null ? 'onecard mode auto' : new Date(untilMs).toISOString();
        console.log(`forced ${mode} until ${end}`);
      }),
    );
}

function autoCommand(): Command {
  return addDataFolderOptions(new Command('auto'))
    .description('Let the gateway find its mode itself.')
    .option('--reason <text>', 'why, for whoever looks later')
    .action((options: ForceOptions) =>
      explained('auto', async () => {
        const reason = options.reason ?? null;
        write(options, { mode: 'auto', by: operator(), setAtMs: Date.now(), untilMs: null, reason });
        console.log('the gateway finds its mode itself');
      }),
    );
}

function showCommand(): Command {
  return addDataFolderOptions(new Command('show'))
    .description('Show what an operator set and, with --gateway, what a running gateway reports.')
    .option(
      '--gateway <url>',
      'address of a running gateway for operators (admin), such as http://127.0.0.1:9790',
    )
    .option('--token-file <file>', 'the token that this address asks for, where it does (admin.token_file)')
    .option('--json', 'one JSON object')
    .action((options: ShowOptions) =>
      explained('show', async () => {
        const content = readIfThere(forcedModeFile(folderOf(options)));
        const order = content === null ? null : parseModeOrder(content);
        const inForce =
          order !== null && order.mode !== 'auto' && (order.untilMs === null || Date.now() < order.untilMs);
        const gateway =
          options.gateway === undefined ? null : await askGateway(options.gateway, options.tokenFile);
        const report = { order, inForce, gateway };
        console.log(options.json ? JSON.stringify(report) : reportLines(report).join('\n'));
      }),
    );
}

function write(options: ForceOptions, order: ModeOrder): void {
  if ((order.reason?.length ?? 0) > REASON_LENGTH_MAX) {
    throw new UnusableError(`a reason has at most ${REASON_LENGTH_MAX} characters`);
  }
  writeModeOrder(forcedModeFile(folderOf(options)), order);
}

function folderOf(options: DataFolderOptions): string {
  const folder = dataFolder(options);
  return existing(folder, 'data folder');
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Longer is no passing measure. */
const DURATION_MAX_MS = 30 * 86_400_000;

/** Throws UnusableError. */
function durationMs(text: string): number {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,7})([smhd])$/.exec(text) ?? [];
  const ms = Number(amount) * (UNITS_MS[unit] ?? 0);
  if (ms <= 0 || ms > DURATION_MAX_MS) {
    throw new UnusableError(`${JSON.stringify(text)} is no time such as 90s, 10m, 2h or 1d, up to 30d`);
  }
  return ms;
}

function operator(): Operator {
  try {
    const { uid, username } = userInfo();
    return { uid, user: username.slice(0, 64) || 'unknown' };
  } catch {
    // A container may run under a number that has no name.
    return { uid: process.getuid?.() ?? -1, user: 'unknown' };
  }
}

const GATEWAY_TIMEOUT_MS = 3_000;
const GATEWAY_BYTES_MAX = 1_048_576;

/** Readiness of a running gateway. Throws UnusableError when it cannot be asked. */
async function askGateway(url: string, tokenFile: string | undefined): Promise<GatewayReport> {
  const { status, body } = await readinessOf(url, tokenFile);
  if (status === 401) throw new UnusableError(`${url} asks for a token: give it with --token-file`);
  if (typeof body['checks'] !== 'object') {
    throw new UnusableError(
      `${url} says no more than yes or no: name the gateway's address for operators (admin in its settings and start log)`,
    );
  }
  return { ready: status === 200, body };
}

async function readinessOf(url: string, tokenFile: string | undefined) {
  const { status, body } = await boundedJson(`${url.replace(/\/+$/, '')}/readyz`, {
    token: tokenFile === undefined ? null : readAdminToken(tokenFile),
    timeoutMs: GATEWAY_TIMEOUT_MS,
    bytesMax: GATEWAY_BYTES_MAX,
  });
  if (typeof body !== 'object' || body === null) throw new UnusableError(`${url} answers no object`);
  return { status, body: body as GatewayReport['body'] };
}

function explained(command: string, action: () => Promise<void>): Promise<void> {
  return runOrExplain(`mode ${command}`, [ForcedModeError, SettingsError, TransportError], action);
}
