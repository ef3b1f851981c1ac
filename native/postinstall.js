// After an install: repairs the built libraries of lmdb, and sees to a native signature engine. In a clone the sources run
// as they are, on the Node the clone pins; the package has them compiled. Nothing here makes an install fail.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const isClone = existsSync(new URL('./install.ts', import.meta.url));
for (const step of ['gateway/storage/repair-lmdb', 'native/install']) {
  const file = isClone ? `../${step}.ts` : `../dist/${step}.js`;
  spawnSync(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], { stdio: 'inherit' });
}
