/**
 * The one door to the native addon: for engines and RSA through `workers/engine`, for digests through `workers/names` and
 * `workers/prefixed-digests.ts`, for what is sealed through `crypto/sealing`, for the store of a cluster through
 * `gateway/cluster/store-thread/store-lane.ts`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Addon from './addon.d.ts';

export type NativeAddon = typeof Addon;

export type NativeLoad =
  /** `origin`: where the addon comes from, for people. */
  | { readonly addon: NativeAddon; readonly reason: null; readonly origin: string }
  | { readonly addon: null; readonly reason: string };

/** Built by `native/install.ts`, in a clone and in the package. */
const BUILT_FILES = ['./onecard-engine.node', '../../native/onecard-engine.node'];
const BUILT = 'built here by cargo';
const IS_CLONE = existsSync(new URL('./Cargo.toml', import.meta.url));
const require = createRequire(import.meta.url);
/** Its newest function tells: an older addon takes other arguments, and would give wrong answers. */
const OUTDATED = 'the native addon was built from older sources (npm run native builds it anew)';

/** The package that has the addon built for one platform. */
export interface EnginePackage {
  readonly name: string;
  readonly file: string;
  /** Why it is not used: it belongs to another version of the gateway. Null: it is. */
  readonly fault: string | null;
}

export function enginePackageName(platform = platformName()): string {
  return `@onecard/engine-${platform}`;
}

/** The one for this system, where it is installed. */
export function enginePackage(): EnginePackage | null {
  const name = enginePackageName();
  let file: string;
  try {
    file = require.resolve(name);
  } catch {
    return null;
  }
  return { name, file, fault: versionFault(name) };
}

function versionFault(name: string): string | null {
  try {
    const [its, own] = [versionIn(`${name}/package.json`), versionIn('../package.json')];
    return its === own ? null : `${name} is of version ${its}, and this gateway of ${own}: install that one`;
  } catch (cause) {
    return `the version of ${name} cannot be read: ${(cause as Error).message}`;
  }
}

/** Beside the sources in a clone, and in `dist` in the package. */
function versionIn(manifest: string): string {
  return (require(manifest) as { readonly version: string }).version;
}

/** As packages for a platform are named: system, processor and, on Linux, C library. */
export function platformName(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  return `${platform}-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
}

/** By what this process has mapped. The whole report of the process says it too, and takes milliseconds of every thread's start. */
function isMusl(): boolean {
  try {
    return readFileSync('/proc/self/maps', 'utf8').includes('/ld-musl-');
  } catch {
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime === undefined;
  }
}

/** What was loaded, unless it was built from sources older than these. */
export function usableAddon(addon: Partial<NativeAddon>, origin = BUILT): NativeLoad {
  if (typeof addon.sealKey !== 'function') return { addon: null, reason: OUTDATED };
  return { addon: addon as NativeAddon, reason: null, origin };
}

/**
 * The package of this platform, else what was built here; the other way round in a clone, where whoever builds wants that.
 * Never throws: where there is no addon, the reason says why and how to get it.
 */
export function loadAddon(): NativeLoad {
  const faults: string[] = [];
  const addon = IS_CLONE
    ? (loadBuilt(faults) ?? loadPackage(faults))
    : (loadPackage(faults) ?? loadBuilt(faults));
  return addon ?? { addon: null, reason: faults[0] ?? notThere() };
}

function loadPackage(faults: string[]): NativeLoad | null {
  const pack = enginePackage();
  if (pack === null) return null;
  if (pack.fault === null) return loadFile(pack.file, pack.name, faults);
  faults.push(pack.fault);
  return null;
}

function loadBuilt(faults: string[]): NativeLoad | null {
  for (const file of BUILT_FILES) {
    const load = loadFile(file, BUILT, faults);
    if (load !== null) return load;
  }
  return null;
}

/** Null where it is not there or cannot be used; why not is added to the faults. */
function loadFile(file: string, origin: string, faults: string[]): NativeLoad | null {
  try {
    const load = usableAddon(require(file) as Partial<NativeAddon>, origin);
    if (load.addon !== null) return load;
    faults.push(load.reason);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND') faults.push(message);
  }
  return null;
}

function notThere(): string {
  return `the native addon was not built (npm run native builds it in a clone; needs cargo), and ${enginePackageName()} is not installed`;
}
