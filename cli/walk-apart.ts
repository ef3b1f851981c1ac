/**
 * Reading a file that may kill its reader: a process of its own walks, so that this one can say where it died. Damage deep
 * in a file that is mapped ends a process with SIGBUS or SIGSEGV, which nobody can catch.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { UNUSABLE_EXIT_CODE } from './unusable.ts';

const WALKER = 'ONECARD_WALKER';
/** The walker's pipe, on which it says how far it is. */
const PIPE = 3;
/** A system call for so many records. */
const NOTE_EVERY = 64;

/**
 * Runs `walk` in a process of its own, started with the same arguments; this one ends with its status. `said`: the begin
 * of a sentence, the file's name, for a walker that is killed.
 */
export async function walkApart(
  said: string,
  walk: (at: (position: number) => void) => Promise<void>,
): Promise<void> {
  if (process.env[WALKER] === '1') {
    let seen = 0;
    await walk((position) => {
      if (seen % NOTE_EVERY === 0) writeSync(PIPE, `${position}\n`);
      seen += 1;
    });
    return;
  }
  const walker = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [WALKER]: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  let position = 'the beginning';
  walker.stdio[PIPE]?.on('data', (chunk: Buffer) => {
    const newest = chunk.toString().trimEnd().split('\n').at(-1);
    position = `position ${newest} or up to ${NOTE_EVERY} records behind it`;
  });
  const [status, signal] = (await once(walker, 'close')) as [number | null, NodeJS.Signals | null];
  process.exitCode = status ?? UNUSABLE_EXIT_CODE;
  if (signal === null) return;
  console.error(
    `${said} kills its reader: ${signal} at ${position}. It is damaged there: restore a backup (onecard journal ` +
      'restore), or begin a new journal and keep this one aside (onecard serve --new-journal)',
  );
}
