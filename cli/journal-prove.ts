/** `onecard journal prove` and `checkpoint`: what an auditor takes away. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { VerifyingKey } from '../crypto/signature/keys.ts';
import type { JournalReader } from '../gateway/journal/journal-reader.ts';
import { readLineage } from '../gateway/journal/journal-tables.ts';
import type { SignedCheckpoint } from '../gateway/journal/log/checkpoint.ts';
import { verifierKey } from '../gateway/journal/log/checkpoint-signature.ts';
import { treeFolder } from '../gateway/journal/log/hash-files.ts';
import { isSameTree } from '../gateway/journal/log/held-trees.ts';
import { LogHashes } from '../gateway/journal/log/log-hashes.ts';
import {
  consistencyJson,
  consistencyText,
  inclusionJson,
  inclusionText,
  ProofError,
  proveConsistency,
  proveInclusion,
} from '../gateway/journal/log/prove-log.ts';
import { KEPT_HERE } from '../gateway/journal/log/verify-log.ts';
import { positionKey } from '../gateway/journal/record/record-keys.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import { addDataFolderOptions } from './data-folder.ts';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  type CollectedCheckpoints,
  collectCheckpoints,
  PLATFORM,
  readFromFile,
} from './journal-checkpoints.ts';
import { explained, FOUND_EXIT_CODE, withReader } from './journal-folder.ts';
import { readCount } from './read-count.ts';
import { UnusableError } from './unusable.ts';

const HELP = `
The proof is held against a checkpoint: that of --checkpoint, the newest that the platform was given (--platform), or the
newest beside the journal. It is written in the text form of C2SP tlog-proof (--since: of tlog-witness); docs/journal.md
has the few lines that check it without this program.

Exit status: 0 with a proof, 1 when there is none because records are not those that were logged, 2 when options or
journal cannot be used.

Examples:
  $ onecard journal prove --config gateway.json --decision gw-1:0123456789abcdef:1201 --platform --record-out record.bin
  $ onecard journal prove --data data --since june.txt`;

interface ProveOptions extends CheckpointOptions {
  readonly position?: number;
  readonly decision?: string;
  readonly since?: string;
  readonly recordOut?: string;
  readonly json?: boolean;
}

export function proveCommand(): Command {
  return addCheckpointOptions(addDataFolderOptions(new Command('prove')))
    .description('Prove that a decision is in the log, or that the log goes on from an older checkpoint.')
    .option('--position <number>', 'the record of this position', readCount)
    .option('--decision <id>', 'the record of this decision id, as a receipt shows it')
    .option('--since <file>', 'that the log goes on from the checkpoint in this file')
    .option('--record-out <file>', 'also write the record, as it is stored, to this file')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action((options: ProveOptions) => explained('prove', () => prove(options), [PlatformError]));
}

export function checkpointCommand(): Command {
  return addDataFolderOptions(new Command('checkpoint'))
    .description('Show the newest checkpoint: keep it elsewhere, and hold the journal to it later.')
    .option('--platform', 'the newest that the platform was given (asks it; needs --config)')
    .option(
      '--verifier-key',
      'the public key that checkpoints are signed with, as C2SP signed-note writes it',
    )
    .action((options: CheckpointOptions & { readonly verifierKey?: boolean }) =>
      explained('checkpoint', async () => {
        const collected = await collectCheckpoints(options);
        const checkpoint = chosen(options, collected, null);
        if (!options.verifierKey) process.stdout.write(checkpoint.text);
        else console.log(verifierKey(checkpoint, keyOf(checkpoint, collected)));
      }, [PlatformError]),
    );
}

async function prove(options: ProveOptions): Promise<void> {
  const wanted = [options.position, options.decision, options.since].filter((each) => each !== undefined);
  if (wanted.length !== 1) throw new UnusableError('say what to prove: --position, --decision or --since');
  const collected = await collectCheckpoints(options);
  const position = options.position ?? positionOf(options.decision);
  const older = options.since === undefined ? null : (readFromFile(options.since).at(-1) ?? null);
  const checkpoint = chosen(options, collected, position, older);
  await withReader(options, (reader) => {
    const text = provenText(reader, collected, options, { checkpoint, position, older });
    if (text !== null) process.stdout.write(text);
  });
}

interface Wanted {
  readonly checkpoint: SignedCheckpoint;
  readonly position: number | null;
  readonly older: SignedCheckpoint | null;
}

/** Null, and told, when there is no proof. */
function provenText(
  reader: JournalReader,
  { folder }: CollectedCheckpoints,
  { json, recordOut, decision }: ProveOptions,
  { checkpoint, position, older }: Wanted,
): string | null {
  const { begins, tree } = checkpoint;
  const hashes = new LogHashes(treeFolder(folder, checkpoint), begins, tree);
  const storedAt = (at: number) => reader.records.get(positionKey(at)) ?? null;
  try {
    if (older) {
      const proof = proveConsistency(hashes, storedAt, older, checkpoint);
      return json ? `${JSON.stringify(consistencyJson(proof))}\n` : consistencyText(proof);
    }
    if (position !== null) requireRecord(reader, position, decision);
    const proof = proveInclusion(hashes, storedAt, position ?? 0, checkpoint);
    if (recordOut !== undefined) {
      if (proof.record === null) throw new ProofError(`the record at position ${position} was trimmed`);
      writeFileSync(recordOut, proof.record);
    }
    return json ? `${JSON.stringify(inclusionJson(proof))}\n` : inclusionText(proof);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    console.error(`onecard journal prove: ${error.message}`);
    process.exitCode = FOUND_EXIT_CODE;
    return null;
  }
}

/** A record that was trimmed has a hash; any other that is not there was taken away. Throws ProofError, UnusableError. */
function requireRecord(reader: JournalReader, position: number, decision: string | undefined): void {
  const stored = reader.records.get(positionKey(position));
  if (stored === undefined && position >= reader.firstPosition)
    throw new ProofError(`the record at position ${position} is missing`);
  const epoch = readLineage(reader.cursors)?.at(position).epoch;
  if (decision !== undefined && !decision.endsWith(`:${epoch}:${position}`))
    throw new UnusableError(
      `${decision} was not decided under this journal: here, position ${position} is of epoch ${epoch}`,
    );
}

/**
 * The checkpoint to prove against: the newest, of the tree that has the position, or the older checkpoint. Throws
 * UnusableError when there is none that covers it.
 */
function chosen(
  options: CheckpointOptions,
  { held }: CollectedCheckpoints,
  position: number | null,
  older: SignedCheckpoint | null = null,
): SignedCheckpoint {
  const from = options.platform ? PLATFORM : (options.checkpoint ?? KEPT_HERE);
  const all = held.filter((each) => each.from === from).map(({ checkpoint }) => checkpoint);
  const newest = all.at(-1);
  if (!newest) throw new UnusableError(`there is no checkpoint ${from}`);
  const ofTree = older === null ? all : all.filter((each) => isSameTree(each, older));
  const fitting =
    position === null || position < 1
      ? ofTree.at(-1)
      : (ofTree.findLast(({ begins, size }) => begins <= position && position <= size) ??
        ofTree.findLast(({ follows, size }) => follows === null && position <= size));
  if (fitting) return fitting;
  const wanted = position ?? older?.size ?? 0;
  if (newest.size >= wanted) {
    throw new UnusableError(`no checkpoint ${from} is of the tree that has position ${wanted}`);
  }
  throw new UnusableError(
    `the newest checkpoint (${from}) covers the records up to position ${newest.size}, not ${wanted} yet`,
  );
}

/** Of the gateway, by which a checkpoint is signed. Throws UnusableError. */
function keyOf({ tree }: SignedCheckpoint, { keys }: CollectedCheckpoints): VerifyingKey {
  const key = keys.find(({ algorithm }) => (algorithm === 'SM2') === (tree === 'SM3'));
  if (key) return key;
  throw new UnusableError('the key is not here');
}

/** A decision id ends in the position of its record. */
function positionOf(decision: string | undefined): number | null {
  if (decision === undefined) return null;
  const [, position] = /:[0-9a-f]{16}:([1-9]\d{0,15})$/.exec(decision) ?? [];
  if (position === undefined) throw new UnusableError(`${decision} is no decision id of a gateway`);
  return Number(position);
}
