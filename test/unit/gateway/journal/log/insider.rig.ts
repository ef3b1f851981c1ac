/** Somebody with the data folder, who knows the formats: writes as a process of its own, as the insider would. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('./insider-process.rig.ts', import.meta.url));

/** `action`: see the script. Rejects when it could not be done. */
export async function insider(journalFolder: string, action: string): Promise<void> {
  await promisify(execFile)(process.execPath, [SCRIPT, journalFolder, ...action.split(' ')]);
}
