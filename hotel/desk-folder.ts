import { join } from 'node:path';

/** Everything the desk keeps is below this folder of the gateway's data folder. */
export function deskFolder(dataDir: string): string {
  return join(dataDir, 'desk');
}
