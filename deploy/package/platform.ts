/**
 * `npm run package`: the package and, beside it, the one for this platform that has the native addon built:
 *
 *     node deploy/package/platform.ts [--out DIR]
 *
 * Install both. Without the second the addon is built by `cargo` where that is, and else JavaScript verifies.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { platformName } from '../../native/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ADDON = join(ROOT, 'native/onecard-engine.node');
const ADDON_NAME = 'onecard-engine.node';

const { values } = parseArgs({ options: { out: { type: 'string', default: '.' } } });
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
packed(ROOT);
if (existsSync(ADDON)) packPlatform();
else
  console.error('there is no native addon here (npm run native builds it): only the package itself was made');

function packPlatform(): void {
  const { version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const [system, processor, libc] = platformName().split('-');
  const folder = mkdtempSync(join(tmpdir(), 'onecard-platform-'));
  const manifest = {
    name: `onecard-gateway-${platformName()}`,
    version,
    description: `The native addon of onecard-gateway for ${platformName()}.`,
    license,
    main: ADDON_NAME,
    files: [ADDON_NAME],
    os: [system],
    cpu: [processor],
    ...(libc && { libc: [libc === 'gnu' ? 'glibc' : libc] }),
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(ADDON, join(folder, ADDON_NAME));
  packed(folder);
  rmSync(folder, { recursive: true });
}

interface Manifest {
  readonly version: string;
  readonly license: string;
}

function packed(folder: string): void {
  const { status } = spawnSync('npm', ['pack', '--silent', '--pack-destination', out], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
