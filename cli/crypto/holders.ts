/** `onecard crypto holders`: who holds the gateway's own keys, whether they can be used, and how fast. */
import { Command, InvalidArgumentError } from 'commander';
import { readSettings } from '../../config/load-settings.ts';
import { SettingsError } from '../../config/settings.ts';
import { CryptoError } from '../../crypto/crypto-error.ts';
import { readCount } from '../read-count.ts';
import { runOrExplain } from '../unusable.ts';
import { type HolderUse, holderUses, type UseOnce } from './holder-uses.ts';

const HELP = `
Keys that a token or a cipher machine holds are used once each: a message that is nobody's is signed, a key that is no secret is
wrapped and unwrapped. Nothing is stored. --measure goes on for as long as it says, one after the other, as a gateway does; keys
in files are measured with one like them, in this process.

Exit status: 0 when each answers, 2 when one does not.

Examples:
  $ onecard crypto holders --config gateway.json
  $ onecard crypto holders --config gateway.json --measure 5 --json`;

interface HoldersOptions {
  readonly config?: string;
  /** true: for the usual time. */
  readonly measure?: number | true;
  readonly json?: boolean;
}

interface Measured {
  readonly per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

interface Row {
  readonly use: string;
  readonly holder: string;
  readonly label: string | null;
  readonly algorithm: string;
  /** Null: it answers. */
  readonly fault: string | null;
  readonly measured: Measured | null;
}

export function holdersCommand(): Command {
  return new Command('holders')
    .description("Show who holds the gateway's own keys, and whether each can be used.")
    .option('--config <file>', 'settings (JSON)')
    .option('--measure [seconds]', 'how many operations a second, and how long each takes', readSeconds)
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action((options: HoldersOptions) =>
      runOrExplain('crypto holders', [SettingsError, CryptoError], () => holders(options)),
    );
}

const SECONDS = 3;
const SECONDS_MAX = 60;

/** Throws InvalidArgumentError. */
function readSeconds(text: string): number {
  const seconds = readCount(text);
  if (seconds >= 1 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`from 1 to ${SECONDS_MAX} seconds.`);
}

async function holders({ config, measure, json }: HoldersOptions): Promise<void> {
  const { settings } = readSettings(config);
  const seconds = measure === undefined ? null : measure === true ? SECONDS : measure;
  const rows: Row[] = [];
  for (const use of holderUses(settings)) rows.push(await rowOf(use, seconds));
  if (json) console.log(JSON.stringify({ profile: settings.crypto.profile, holders: rows }));
  else for (const line of lines(rows)) console.log(line);
  if (rows.some(({ fault }) => fault !== null)) process.exitCode = 2;
}

async function rowOf(held: HolderUse, seconds: number | null): Promise<Row> {
  const { use, kind, label, algorithm } = held;
  const row = { use, holder: kind, label, algorithm };
  try {
    const once = await held.ready();
    await once();
    return { ...row, fault: null, measured: seconds === null ? null : await measured(once, seconds) };
  } catch (error) {
    if (error instanceof CryptoError) return { ...row, fault: error.message, measured: null };
    throw error;
  } finally {
    await held.close();
  }
}

async function measured(once: UseOnce, seconds: number): Promise<Measured> {
  const took: number[] = [];
  const beganMs = performance.now();
  const untilMs = beganMs + seconds * 1_000;
  for (let nowMs = beganMs; nowMs < untilMs; ) {
    await once();
    const doneMs = performance.now();
    took.push(doneMs - nowMs);
    nowMs = doneMs;
  }
  const inAllMs = performance.now() - beganMs;
  took.sort((a, b) => a - b);
  const at = (part: number) => rounded(took[Math.min(took.length - 1, Math.floor(part * took.length))] ?? 0);
  return { per_s: Math.round((took.length * 1_000) / inAllMs), p50_ms: at(0.5), p99_ms: at(0.99) };
}

const rounded = (ms: number) => Math.round(ms * 1_000) / 1_000;

function* lines(rows: readonly Row[]): Generator<string> {
  for (const { use, holder, label, algorithm, fault, measured } of rows) {
    const place = label === null ? holder : `${holder} ${label}`;
    const speed = measured
      ? `${measured.per_s} /s, p50 ${measured.p50_ms} ms, p99 ${measured.p99_ms} ms`
      : holder === 'file'
        ? 'in the data folder'
        : 'answers';
    yield `${use.padEnd(11)} ${place.padEnd(16)} ${algorithm.padEnd(11)} ${fault ?? speed}`;
  }
}
