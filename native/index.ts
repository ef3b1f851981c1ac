/**
 * The one door to the native addon: for engines through `workers/engine`, for digests through `workers/names` and
 * `workers/prefixed-digests.ts`.
 */
import { createRequire } from 'node:module';
import type * as Addon from './addon.d.ts';

export type NativeAddon = typeof Addon;

export type NativeLoad =
  | { readonly addon: NativeAddon; readonly reason: null }
  | { readonly addon: null; readonly reason: string };

/** Built by `native/install.ts`. */
const ADDON_FILE = './onecard-engine.node';

/** Never throws: where there is no addon, the reason says why and how to get it. */
export function loadAddon(): NativeLoad {
  try {
    return { addon: createRequire(import.meta.url)(ADDON_FILE) as NativeAddon, reason: null };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const missing = code === 'MODULE_NOT_FOUND';
    return {
      addon: null,
      reason: missing ? 'the native addon was not built (npm run native builds it; needs cargo)' : message,
    };
  }
}
