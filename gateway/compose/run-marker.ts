/**
 * A file that is there while a gateway runs on a data folder: one that is found at the start means that the last run did
 * not stop, but died. Whoever writes it owns the folder.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readIfThere, replacePrivateFile } from '../storage/private-files.ts';

const FILE = 'running.json';

export interface Run {
  readonly pid: number;
  /** Milliseconds since 1970 UTC. */
  readonly startedAtMs: number;
}

export interface RunMarker {
  /** The run before this one, where it ended unclean; `unknown` when its file cannot be read. Null: it stopped. */
  readonly died: Run | 'unknown' | null;
  /** Why the file could not be written, so that nobody will learn how this run ends; null when it was. */
  readonly fault: Error | null;
  /** To be called when everything is closed. Throws what the file system throws. */
  end(): void;
}

const RunSchema = Compile(Type.Object({ pid: Type.Integer(), startedAtMs: Type.Number() }));

/** Marks the folder, which must be there, as run by this process. A full disk does not keep a gateway from starting. */
export function markRun(dataFolder: string, startedAtMs: number): RunMarker {
  const file = join(dataFolder, FILE);
  const found = readIfThere(file);
  const died = found === null ? null : readRun(found);
  let fault: Error | null = null;
  try {
    replacePrivateFile(file, `${JSON.stringify({ pid: process.pid, startedAtMs } satisfies Run)}\n`);
  } catch (error) {
    fault = error as Error;
  }
  return { died, fault, end: () => rmSync(file, { force: true }) };
}

function readRun(bytes: Buffer): Run | 'unknown' {
  try {
    const run: unknown = JSON.parse(bytes.toString('utf8'));
    return RunSchema.Check(run) ? run : 'unknown';
  } catch {
    return 'unknown';
  }
}
