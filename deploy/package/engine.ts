/** Packages that have the engine built: `@onecard/engine-linux-x64-gnu` and so on (native/targets.ts). */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enginePackageName, platformName } from '../../native/index.ts';
import { ENGINE_TARGETS, type EngineTarget, engineTarget } from '../../native/targets.ts';

const ADDON_NAME = 'onecard-engine.node';
const CRATE = 'onecard-engine-node';

export interface BuiltEngine {
  readonly target: EngineTarget;
  readonly file: string;
}

/** For this platform what `npm ci` built, for another what is built now. A sentence where it cannot be built here. */
export function builtEngine(root: string, name: string): BuiltEngine | string {
  const target = engineTarget(name);
  if (target === null) return `there is no ${name}: ${ENGINE_TARGETS.map((known) => known.name).join(', ')}`;
  const own = join(root, 'native', ADDON_NAME);
  if (name === platformName()) {
    return existsSync(own)
      ? { target, file: own }
      : 'nothing was built here (npm run native builds it; needs cargo)';
  }
  return crossBuilt(join(root, 'native'), target);
}

function crossBuilt(folder: string, target: EngineTarget): BuiltEngine | string {
  const { rust, library, linker, rustFlags } = target;
  const sysroot = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8', cwd: folder });
  if (sysroot.status !== 0) return 'rustc was not found';
  if (!existsSync(join(sysroot.stdout.trim(), 'lib/rustlib', rust))) {
    return `the compiler has no target ${rust} (rustup target add ${rust})`;
  }
  if (linker !== undefined && spawnSync(linker, ['--version']).error)
    return `the linker ${linker} was not found`;
  const variable = `CARGO_TARGET_${rust.toUpperCase().replaceAll('-', '_')}`;
  const { status } = spawnSync(
    'cargo',
    ['build', '--release', '--locked', '--target', rust, '--package', CRATE],
    {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        ...(linker !== undefined && { [`${variable}_LINKER`]: linker }),
        ...(rustFlags !== undefined && { [`${variable}_RUSTFLAGS`]: rustFlags }),
      },
    },
  );
  const file = join(folder, 'target', rust, 'release', library);
  return status === 0 ? { target, file } : `cargo could not build it for ${rust}`;
}

interface Manifest {
  readonly version: string;
  readonly license: string;
}

/** The package, unpacked, in a folder. */
export function layEnginePackage(root: string, { target, file }: BuiltEngine, folder: string): void {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const { name, os, cpu, libc } = target;
  const manifest = {
    name: enginePackageName(name),
    version,
    description: `The signature engine of onecard-gateway, built for ${name}.`,
    license,
    main: ADDON_NAME,
    files: [ADDON_NAME],
    os: [os],
    cpu: [cpu],
    ...(libc !== undefined && { libc: [libc] }),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(file, join(folder, ADDON_NAME));
}
