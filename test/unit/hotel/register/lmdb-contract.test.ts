/** The register's contract on LMDB. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbRowStore } from '../../../../hotel/register/lmdb/lmdb-row-store.ts';
import { contractOf } from './contract.rig.ts';

contractOf({
  name: 'LMDB',
  async place() {
    const folder = mkdtempSync(join(tmpdir(), 'onecard-register-'));
    return {
      open: async (hotelId = 'harbour') => new LmdbRowStore({ folder, hotelId, maxBytes: 2 ** 30 }),
      remove: async () => rmSync(folder, { recursive: true }),
    };
  },
});
