// After an install: repairs the built libraries of lmdb, and sees to a native signature engine; of the package, also removes
// what the server library brings for other systems. In a clone the sources run as they are, on the Node the clone pins; the
// package has them compiled. Nothing here makes an install fail.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const isClone = existsSync(new URL('./install.ts', import.meta.url));
const steps = ['gateway/storage/repair-lmdb', 'native/install'];
if (!isClone) steps.push('gateway/transport/remove-foreign-builds');
for (const step of steps) {
  const file = isClone ? `../${step}.ts` : `../dist/${step}.js`;
  spawnSync(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], { stdio: 'inherit' });
}
