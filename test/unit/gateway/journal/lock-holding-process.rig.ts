/** Holds the journal's write lock for a while, as a process stopped in the middle of a write would. */
import { writeSync } from 'node:fs';
import { openEnvironment } from '../../../../gateway/storage/lmdb-environment.ts';

const [folder = '', holdMs = '0'] = process.argv.slice(2);
const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 20, databases: 3 });
environment.transactionSync(() => {
  writeSync(1, 'holding\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(holdMs));
});
await environment.close();
