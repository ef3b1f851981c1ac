/** Programs that these tests start; `.ci/tlcp-tools` builds what is missing here. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const BIN = join(process.env['ONECARD_TLCP_TOOLS'] ?? join(CACHE, 'onecard-tlcp-tools'), 'bin');

export const FRONT = join(BIN, 'onecard-front');
/** Of github.com/tjfoc/gmsm. */
export const OTHER_CLIENT = join(BIN, 'tlcp-client');

/** A sentence about what is not here; null: all is. */
export function missing(): string | null {
  const absent = [FRONT, OTHER_CLIENT].filter((program) => !existsSync(program));
  return absent.length === 0 ? null : `${absent.join(', ')}: not here (.ci/tlcp-tools builds it)`;
}
