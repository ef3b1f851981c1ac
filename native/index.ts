/**
 * The one door to the native addon: for engines and RSA through `workers/engine`, for digests through `workers/names` and
 * `workers/prefixed-digests.ts`.
 */
import { createRequire } from 'node:module';
import type * as Addon from './addon.d.ts';

export type NativeAddon = typeof Addon;

export type NativeLoad =
  | { readonly addon: NativeAddon; readonly reason: null }
  | { readonly addon: null; readonly reason: string };

/** Built by `native/install.ts`, in a clone and in the package. */
const BUILT_FILES = ['./onecard-engine.node', '../../native/onecard-engine.node'];
const require = createRequire(import.meta.url);
/** Its newest function tells: an older addon takes other arguments, and would give wrong answers. */
const OUTDATED = 'the native addon was built from older sources (npm run native builds it anew)';

/**
 * The package that has the addon built for this system, where one is installed: `onecard-gateway-linux-x64-gnu`. Null
 * where it is not.
 */
export function platformPackage(): string | null {
  try {
    return require.resolve(`onecard-gateway-${platformName()}`);
  } catch {
    return null;
  }
}

/** As packages for a platform are named: system, processor and, on Linux, C library. */
export function platformName(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${platform}-${arch}-${header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`;
}

/** What was loaded, unless it was built from sources older than these. */
export function usableAddon(addon: Partial<NativeAddon>): NativeLoad {
  if (typeof addon.rsaRecover !== 'function') return { addon: null, reason: OUTDATED };
  return { addon: addon as NativeAddon, reason: null };
}

/** Never throws: where there is no addon, the reason says why and how to get it. */
export function loadAddon(): NativeLoad {
  const files = [...BUILT_FILES, platformPackage()].filter((file) => file !== null);
  for (const file of files) {
    try {
      return usableAddon(require(file) as Partial<NativeAddon>);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code !== 'MODULE_NOT_FOUND') return { addon: null, reason: message };
    }
  }
  return { addon: null, reason: 'the native addon was not built (npm run native builds it; needs cargo)' };
}
