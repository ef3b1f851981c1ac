/** The demonstration's folder: its own, and nobody else's. */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type FolderLock, FolderTakenError, lockFolder } from '../../gateway/storage/folder-lock.ts';
import { UnusableError } from '../unusable.ts';

export interface DemoFolder {
  readonly folder: string;
  /** Held until the demonstration ends. */
  readonly lock: FolderLock;
}

/** Demonstrations at once in folders that nobody chose. */
const FOLDERS_MAX = 9;
const WHO = 'the demonstration';
/** Written by a demonstration and by nobody else. */
const MARK = 'platform-root.json';

/**
 * Takes the folder. Where nobody chose it, and another has it, the next one that is free: `data/demo-2` after
 * `data/demo`. Throws FolderTakenError when there is none, and UnusableError when the folder holds another's data.
 */
export function takeDemoFolder(wanted: string, chosen: boolean, tell: (line: string) => void): DemoFolder {
  for (let number = 1; ; number += 1) {
    const folder = resolve(number === 1 ? wanted : `${wanted}-${number}`);
    try {
      return taken(folder);
    } catch (error) {
      const another = error instanceof FolderTakenError || error instanceof UnusableError;
      if (!another || chosen || number === FOLDERS_MAX) throw error;
      tell(`${error.message.split(':')[0]}: taking another`);
    }
  }
}

function taken(folder: string): DemoFolder {
  const lock = lockFolder(folder, WHO);
  const names = readdirSync(folder);
  if (names.includes('journal') && !names.includes(MARK)) {
    lock.release();
    throw new UnusableError(
      `the folder ${folder} holds the data of a gateway that is no demonstration: give --data another one`,
    );
  }
  return { folder, lock };
}
