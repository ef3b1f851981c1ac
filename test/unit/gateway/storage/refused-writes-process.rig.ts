/**
 * Fills an LMDB environment beyond what the system lets this process write, and goes on trying:
 * `node refused-writes-process.rig.ts FOLDER REFUSALS`. Prints what became of the writes.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { commitFailure, openEnvironment, openTable } from '../../../../gateway/storage/lmdb-environment.ts';

const [, , folder = '', refusals = ''] = process.argv;
const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 2 ** 30, databases: 1 });
const table = openTable(environment, 'table');
if (table === null) throw new Error('the table is made');
const VALUE = Buffer.alloc(3_000, 1);
const GROUP = 200;
const codes = new Set<number | null>();
let kept = 0;
for (let refused = 0; refused < Number(refusals); ) {
  // Large groups to get there; then groups of every small size, so that few pages and many are written at once.
  const count = refused === 0 ? GROUP : 1 + (refused % 40);
  const batch = environment.batch(() => {
    for (let i = 0; i < count; i += 1) void table.put(Buffer.from(`key ${kept + i}`), VALUE);
  });
  try {
    await batch;
    kept += count;
  } catch (error) {
    codes.add((await commitFailure(error)).code);
    refused += 1;
  }
}
console.log(JSON.stringify({ kept, codes: [...codes], bytes: statSync(join(folder, 'data.mdb')).size }));
