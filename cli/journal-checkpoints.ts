/** The checkpoints that `onecard journal` commands hold a journal against: those kept beside it, in files, at the platform. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { CRYPTO_PROFILES, type CryptoProfile } from '../config/crypto-settings.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { VerifyingKey } from '../crypto/signature/keys.ts';
import { readCheckpoint, type SignedCheckpoint } from '../gateway/journal/log/checkpoint.ts';
import { checkpointFile, notesIn, readCheckpoints } from '../gateway/journal/log/checkpoint-file.ts';
import { CHECKPOINT_KEY_FILE, readCheckpointKey } from '../gateway/journal/log/checkpoint-key.ts';
import { knownCheckpointKey } from '../gateway/journal/log/checkpoint-key-elsewhere.ts';
import { isSignedBy } from '../gateway/journal/log/checkpoint-signature.ts';
import { logFolder } from '../gateway/journal/log/hash-files.ts';
import { type HeldCheckpoint, KEPT_HERE } from '../gateway/journal/log/verify-log.ts';
import { readPlatformToken } from '../gateway/link/platform-files.ts';
import { fetchKeptCheckpoints } from '../gateway/outbox/kept-checkpoints.ts';
import type { DataFolderOptions } from './data-folder.ts';
import { journalFolder } from './journal-folder.ts';
import { UnusableError } from './unusable.ts';

export interface CheckpointOptions extends DataFolderOptions {
  readonly checkpoint?: string;
  readonly platform?: boolean;
}

export interface CollectedCheckpoints {
  readonly folder: string;
  /** Newest of those kept beside the journal. */
  readonly newest: SignedCheckpoint | null;
  readonly held: readonly HeldCheckpoint[];
  /** What is wrong with checkpoints themselves. */
  readonly faults: readonly string[];
  /** The gateway's public keys that are at hand: of each profile that its journal was kept in. */
  readonly keys: readonly VerifyingKey[];
}

export function addCheckpointOptions(command: Command): Command {
  return command
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere')
    .option('--platform', 'those that the platform was given (asks it; needs --config)');
}

/** Reads what the options name, before the journal is looked at. Rejects with UnusableError and PlatformError. */
export async function collectCheckpoints(options: CheckpointOptions): Promise<CollectedCheckpoints> {
  const folder = logFolder(journalFolder(options));
  const keys = CRYPTO_PROFILES.flatMap((profile) => publicKeysOf(keyFile(options), profile));
  const here = readCheckpoints(checkpointFile(folder));
  const held: HeldCheckpoint[] = here.map((checkpoint) => ({ checkpoint, from: KEPT_HERE }));
  const faults: string[] = [];
  if (options.checkpoint !== undefined) {
    const from = options.checkpoint;
    held.push(...readFromFile(from).map((checkpoint) => ({ checkpoint, from })));
  }
  faults.push(...unsigned(held, keys));
  if (options.platform) {
    const platform = await askPlatform(options);
    const from = PLATFORM;
    const known = platform.keys;
    if (known.some((key) => isForeign(key, keys))) {
      faults.push('the platform knows another key of this gateway than the one that lies here');
    }
    const given = platform.checkpoints.map((checkpoint) => ({ checkpoint, from }));
    faults.push(...unsigned(given, known));
    held.push(...given);
  }
  return { folder, newest: here.at(-1) ?? null, held, faults, keys };
}

export const PLATFORM = 'kept by the platform';

/** A file of one checkpoint, or of many with an empty line behind each. Throws UnusableError. */
export function readFromFile(file: string): SignedCheckpoint[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UnusableError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const one = readCheckpoint(content);
  const notes = one ? [one] : notesIn(content.endsWith('\n\n') ? content : `${content}\n`, file).notes;
  if (notes.length === 0) throw new UnusableError(`${file} holds no checkpoint of a gateway's journal`);
  return notes;
}

async function askPlatform(options: CheckpointOptions) {
  const { platform, gateway_id: gatewayId } = options.config
    ? loadSettings(options.config)
    : { gateway_id: '' };
  if (!platform) throw new UnusableError('--platform needs --config with a platform in it');
  const { url, timeout_ms: timeoutMs, token_file } = platform;
  return await fetchKeptCheckpoints({ url, token: readPlatformToken(token_file), timeoutMs }, gatewayId);
}

function keyFile(options: CheckpointOptions): string {
  const configured = options.config ? loadSettings(options.config).journal.checkpoint_key_file : undefined;
  return configured ?? join(dirname(journalFolder(options)), CHECKPOINT_KEY_FILE);
}

/** Of the key in a file, and of one that is held elsewhere. */
function publicKeysOf(file: string, profile: CryptoProfile): VerifyingKey[] {
  const keys = [readCheckpointKey(file, profile)?.publicKey ?? null, knownCheckpointKey(file, profile)];
  return keys.filter((key) => key !== null);
}

/** Whether there is a key of its kind, and it is another. */
function isForeign({ algorithm, bytes }: VerifyingKey, keys: readonly VerifyingKey[]): boolean {
  const own = keys.filter((key) => key.algorithm === algorithm);
  return own.length > 0 && own.every((key) => !key.bytes.equals(bytes));
}

/** Those that can be checked, and are not signed with the key of their tree. */
function unsigned(held: readonly HeldCheckpoint[], keys: readonly VerifyingKey[]): string[] {
  return held
    .filter(({ checkpoint }) => {
      const able = keys.filter(({ algorithm }) => (algorithm === 'SM2') === (checkpoint.tree === 'SM3'));
      return able.length > 0 && !able.some((key) => isSignedBy(checkpoint, key));
    })
    .map(({ checkpoint, from }) => {
      const time = new Date(checkpoint.atMs).toISOString();
      return `the checkpoint of ${time} (${from}) is not signed with the gateway's key`;
    });
}
