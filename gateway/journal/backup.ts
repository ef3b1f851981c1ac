/**
 * A backup of a journal: a consistent copy of its data file, taken from a running gateway or beside a stopped one, with
 * its key and everything else that its folder holds. It appears whole under its name, or not at all.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { DigestAlgorithm } from '../../crypto/algorithms.ts';
import { digesting } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { liveBytes } from '../storage/lmdb-environment.ts';
import { createPrivateFile, PRIVATE_FILE_MODE, syncFolder } from '../storage/private-files.ts';
import { JournalError } from './journal-error.ts';
import { IDENTITY_NOTE, keyFingerprint, profileOfFingerprint, readIdentity } from './journal-identity.ts';
import { journalKeysIfThere } from './journal-key.ts';
import { type JournalReader, openJournalReader } from './journal-reader.ts';
import { CURSORS } from './journal-tables.ts';
import { verifyJournal } from './verify-journal.ts';

/** What a backup says of itself, in `backup.json`. */
export interface BackupManifest {
  readonly format: 'onecard-journal-backup.v1';
  readonly made_at_ms: number;
  /** Null: of a journal that no gateway of this version has opened. */
  readonly gateway_id: string | null;
  readonly epoch: string | null;
  readonly key_fingerprint: string;
  readonly records: number;
  /** Positions; 0 when there is no record. */
  readonly first: number;
  readonly last: number;
  /** Newest position that the platform had confirmed. */
  readonly confirmed: number;
  /** What `verify` finds wrong, up to the first hundred: it was so in the journal. */
  readonly faults: readonly string[];
  /** When the newest record was decided, milliseconds since 1970 UTC; 0 when there is none. */
  readonly newest_at_ms: number;
  readonly files: readonly BackupFile[];
}

interface BackupFile {
  /** Path within the folder, with `/`. */
  readonly name: string;
  readonly bytes: number;
  /** One of the two, hex: SM3 of a journal that is kept in the profile `sm`. */
  readonly sha256?: string;
  readonly sm3?: string;
}

const MANIFEST_FILE = 'backup.json';
const DATA_FILE = 'data.mdb';
/** LMDB's own lock says nothing of another place. */
const LOCK_FILE = 'lock.mdb';
const PROGRESS_MS = 100;

const position = Type.Integer({ minimum: 0 });
const digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Manifest = Compile(
  Type.Object({
    format: Type.Literal('onecard-journal-backup.v1'),
    made_at_ms: Type.Integer(),
    gateway_id: Type.Union([Type.String(), Type.Null()]),
    epoch: Type.Union([Type.String(), Type.Null()]),
    key_fingerprint: Type.String(),
    records: position,
    first: position,
    last: position,
    confirmed: position,
    faults: Type.Array(Type.String()),
    newest_at_ms: position,
    files: Type.Array(
      Type.Object({
        name: Type.String({ pattern: '^(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9._/-]*$' }),
        bytes: position,
        sha256: Type.Optional(digest),
        sm3: Type.Optional(digest),
      }),
    ),
  }),
);

/** `fraction`: from 0 to 1. */
export type OnProgress = (fraction: number, doing: string) => void;

/**
 * Backs a journal up into a folder that is not there yet, or is empty. Rejects with JournalError `unusable` when the
 * journal or its copy cannot be opened; nothing is left then. Damaged records are copied as they are, and told.
 */
export async function backUpJournal(
  folder: string,
  to: string,
  nowMs: number,
  progress: OnProgress,
): Promise<BackupManifest> {
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new JournalError('unusable', `${to} holds something already: name a folder that is not there yet`);
  const partial = `${to}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  try {
    // Before the data file, which then holds at least what the others speak of.
    for (const name of filesIn(folder)) copyWhole(folder, partial, name);
    await copyData(folder, partial, progress);
    const manifest = await verified(partial, nowMs, progress);
    createPrivateFile(join(partial, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    syncFolder(partial);
    renameSync(partial, to);
    syncFolder(dirname(to));
    return manifest;
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    throw cause;
  }
}

/** Reads and checks what a backup holds. Throws JournalError `unusable`. */
export function checkedBackup(from: string): BackupManifest {
  const file = join(from, MANIFEST_FILE);
  if (!existsSync(file))
    throw new JournalError('unusable', `${from} holds no backup of a journal: there is no ${MANIFEST_FILE}`);
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Told below, as any other wrong content.
  }
  if (!Manifest.Check(manifest))
    throw new JournalError('unusable', `${file} is damaged: the backup is not used`);
  for (const { name, bytes, sha256, sm3 } of manifest.files) {
    const path = join(from, name);
    const found = () => digestOf(path, sm3 === undefined ? 'SHA-256' : 'SM3');
    if (!existsSync(path) || statSync(path).size !== bytes || found() !== (sm3 ?? sha256))
      throw new JournalError(
        'unusable',
        `${path} is not what was backed up: the backup is damaged, and not used`,
      );
  }
  return manifest;
}

/** Copies the files of a checked backup, and waits until they are on disk. */
export function unpackBackup(from: string, { files }: BackupManifest, to: string): void {
  for (const { name } of files) copyWhole(from, to, name);
}

/** Everything but the data file and LMDB's lock. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => name !== DATA_FILE && name !== LOCK_FILE && !name.endsWith('.new'));
}

/** A file that a running gateway has just removed is left out. */
function copyWhole(from: string, to: string, name: string): void {
  const target = join(to, name);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  try {
    copyFileSync(join(from, name), target, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  chmodSync(target, PRIVATE_FILE_MODE);
  syncFile(target);
  syncFolder(dirname(target));
}

async function copyData(folder: string, to: string, progress: OnProgress): Promise<void> {
  const reader = openJournalReader(folder);
  const copy = join(to, DATA_FILE);
  const { environment, records, taps, cursors } = reader;
  const wholeBytes = Math.max(1, liveBytes(environment, [records, taps, cursors]));
  const timer = setInterval(() => {
    if (existsSync(copy)) progress(Math.min(1, statSync(copy).size / wholeBytes) / 2, 'copied');
  }, PROGRESS_MS);
  try {
    await environment.backup(to, true);
  } finally {
    clearInterval(timer);
    await reader.close();
  }
  chmodSync(copy, PRIVATE_FILE_MODE);
  syncFile(copy);
}

async function verified(folder: string, nowMs: number, progress: OnProgress): Promise<BackupManifest> {
  const reader = openJournalReader(folder);
  try {
    const facts = factsOf(reader, folder, progress);
    const algorithm = algorithmFor('backup-digest', profileOfFingerprint(facts.key_fingerprint));
    const files = [...filesIn(folder), DATA_FILE].map((name) => ({
      name: name.replaceAll('\\', '/'),
      bytes: statSync(join(folder, name)).size,
      ...named(algorithm, digestOf(join(folder, name), algorithm)),
    }));
    return { format: 'onecard-journal-backup.v1', made_at_ms: nowMs, ...facts, files };
  } finally {
    await reader.close();
    rmSync(join(folder, LOCK_FILE), { force: true });
  }
}

function factsOf(reader: JournalReader, folder: string, progress: OnProgress) {
  const { lastPosition, firstPosition } = reader;
  const report = verifyJournal(reader, (at) =>
    progress(0.5 + (at - firstPosition) / (2 * (lastPosition - firstPosition + 1)), 'checked'),
  );
  const note = reader.note(IDENTITY_NOTE);
  const identity = note && readIdentity(note);
  const profile = profileOfFingerprint(identity?.keyFingerprint ?? '');
  const key = journalKeysIfThere(folder)[profile];
  if (key === null) throw new JournalError('unusable', 'the journal has no key: nothing was backed up');
  return {
    gateway_id: identity?.gatewayId ?? null,
    epoch: reader.epoch,
    key_fingerprint: keyFingerprint(key, profile),
    records: report.records,
    first: report.first,
    last: report.last,
    confirmed: reader.cursor(CURSORS.confirmed),
    faults: report.faults,
    newest_at_ms: reader.latestMs(() => undefined),
  };
}

function named(algorithm: DigestAlgorithm, hex: string): Pick<BackupFile, 'sha256' | 'sm3'> {
  return algorithm === 'SM3' ? { sm3: hex } : { sha256: hex };
}

function digestOf(file: string, algorithm: DigestAlgorithm): string {
  const hash = digesting(algorithm);
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(1 << 20);
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk))
      hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
