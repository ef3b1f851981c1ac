/** Where tuf-js gets metadata from; keeps what came, and the first failure as it was before tuf-js words it anew. */
import type { Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { metadataJson } from './metadata-json.ts';
import { downloadBytes, type RepositoryEndpoint, StatusError } from './repository-client.ts';
import { TrustUpdateError, trustUpdateError } from './trust-update-error.ts';

/** `timestamp.json`, `N.snapshot.json`, `N.root.json` and so on. */
export type MetadataSet = ReadonlyMap<string, Buffer>;

const ROOT_FILE = /\/([1-9]\d{0,8}\.root\.json)$/;
const NOT_FOUND = 404;

export class MetadataFetcher implements Fetcher {
  /** Roots that came, by name. */
  readonly roots = new Map<string, Buffer>();
  failure: TrustUpdateError | null = null;
  readonly #endpoint: RepositoryEndpoint;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #from: MetadataSet | null;

  /** `from`: metadata that came another way, by name: then nothing else is asked. */
  constructor(
    endpoint: RepositoryEndpoint,
    maxBytes: number,
    signal?: AbortSignal,
    from: MetadataSet | null = null,
  ) {
    this.#endpoint = endpoint;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
    this.#from = from;
  }

  /**
   * Read up to our own limit, not the length that other metadata gives: what has another length than that is of
   * another snapshot, which is found when it is compared, and not too large.
   */
  async downloadBytes(url: string): Promise<Buffer> {
    const path = url.slice(this.#endpoint.baseUrl.replace(/\/+$/, '').length + 1);
    const root = ROOT_FILE.exec(url)?.[1];
    try {
      const bytes = await this.#bytesOf(path);
      metadataJson(bytes);
      if (root) this.roots.set(root, bytes);
      return bytes;
    } catch (error) {
      // How tuf-js is told that there is no newer root.
      if (root && error instanceof StatusError && error.status === NOT_FOUND) {
        throw new DownloadHTTPError('no newer root', NOT_FOUND);
      }
      this.failure = trustUpdateError(error);
      throw this.failure;
    }
  }

  async #bytesOf(path: string): Promise<Buffer> {
    const maxBytes = this.#maxBytes;
    if (this.#from === null)
      return await downloadBytes(this.#endpoint, { path, maxBytes, signal: this.#signal });
    const bytes = this.#from.get(path.slice(path.lastIndexOf('/') + 1));
    if (bytes === undefined) throw new StatusError(NOT_FOUND);
    if (bytes.length > maxBytes) throw new TrustUpdateError('oversized', `more than ${maxBytes} bytes came`);
    return bytes;
  }

  /** Targets are not fetched through tuf-js: it would hold them in the system's folder for temporary files. */
  downloadFile(): Promise<never> {
    return Promise.reject(new Error('only metadata is fetched here'));
  }
}
