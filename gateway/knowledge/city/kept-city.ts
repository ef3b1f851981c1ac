/**
 * City documents that the platform published, on disk: each with all the metadata that vouches for it, and verified again from
 * the pinned root whenever it is read.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metadata, Root } from '@tufjs/models';
import { parseScenes, ScenesError, type SceneTable } from '../../../config/scenes.ts';
import type { Settings } from '../../../config/settings.ts';
import { parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { PRESENTABLE_FAMILIES } from '../../../workers/families/table.ts';
import { BundleStore } from '../trust/bundle-store.ts';
import {
  type ContentRule,
  checkContentBytes,
  contentOf,
  contentRule,
  sm2RootOf,
} from '../trust/signed-content.ts';
import { cityTarget } from '../trust/trust-bundle.ts';
import { TrustUpdateError, trustUpdateError } from '../trust/trust-update-error.ts';
import {
  type BundleFiles,
  CITY_PATH,
  checkTargetBytes,
  parseRoot,
  sha256Of,
  verifyMetadata,
} from '../trust/verify-bundle.ts';

export interface PublishedCity {
  /** Of the target, 64 hex digits. */
  readonly sha256: string;
  readonly scenes: SceneTable;
}

const JSON_LIMITS = { depth: 32, entries: 500_000 };

export class KeptCity {
  readonly #store: BundleStore;
  readonly #pinned: Metadata<Root>;
  readonly #rule: ContentRule;

  /** `folder`: of its own, made when it is not there. Throws TrustUpdateError on a first root that is none. */
  constructor(folder: string, rootFile: string, limits: Settings['limits'], rule: ContentRule) {
    this.#rule = rule;
    this.#pinned = parseRoot(readFileSync(rootFile));
    this.#store = new BundleStore(folder, Math.max(limits.metadata_bytes, limits.city_bytes));
  }

  /**
   * The newest that is good; null: none is kept. It may be older than what trust may be used for: no tap passes by trust that
   * may not. `onRefused`: one that is not good, where an older one may be. Throws TrustUpdateError, the fault of the newest,
   * when none is good.
   */
  load(onRefused: (error: TrustUpdateError) => void = () => {}): PublishedCity | null {
    let refusal: TrustUpdateError | null = null;
    for (const name of this.#store.names()) {
      try {
        return this.#verified(this.#store.read(name), true);
      } catch (error) {
        const refused = trustUpdateError(error);
        onRefused(refused);
        refusal ??= refused;
      }
    }
    if (refusal) throw refusal;
    return null;
  }

  /** Verified and checked first, and on disk when this returns. Throws TrustUpdateError; then what was kept stays. */
  add(files: BundleFiles): PublishedCity {
    const city = this.#verified(files, false);
    try {
      this.#store.add(files);
    } catch (error) {
      throw trustUpdateError(error);
    }
    return city;
  }

  #verified(files: BundleFiles, isKept: boolean): PublishedCity {
    const metadata = verifyMetadata(this.#pinned, files);
    const target = cityTarget(metadata);
    if (!target) throw new TrustUpdateError('city_unusable', 'its metadata names no city document');
    const bytes = files.get(CITY_PATH) ?? Buffer.alloc(0);
    checkTargetBytes(target, bytes);
    const root = sm2RootOf(this.#rule, metadata, files);
    checkContentBytes(CITY_PATH, contentOf(target, { root, crypto: this.#rule.crypto, isKept }), bytes);
    return { sha256: sha256Of(target), scenes: usable(bytes) };
  }
}

/** Where a gateway's settings have it kept; null: it follows none, or none was ever kept. */
export function keptCityOf({ platform, data_dir, limits, crypto }: Settings): KeptCity | null {
  if (!platform?.follow_city) return null;
  const folder = cityFolder(join(data_dir, 'platform'));
  return existsSync(folder)
    ? new KeptCity(folder, platform.root_file, limits, contentRule(platform, crypto))
    : null;
}

/** `folder`: of what is kept of the platform. */
export function cityFolder(folder: string): string {
  return join(folder, 'city');
}

function usable(bytes: Buffer): SceneTable {
  const read = parseStrictJson(bytes.toString('utf8'), JSON_LIMITS);
  if (!read.ok) throw new TrustUpdateError('city_unusable', `${CITY_PATH} is no JSON that can be read`);
  try {
    return parseScenes(read.value, PRESENTABLE_FAMILIES);
  } catch (cause) {
    if (!(cause instanceof ScenesError)) throw cause;
    throw new TrustUpdateError('city_unusable', `${CITY_PATH} of the platform: ${cause.message}`, { cause });
  }
}
