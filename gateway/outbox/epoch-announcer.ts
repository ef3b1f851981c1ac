/**
 * Tells the platform where an epoch began, before the first record that is named after it: once in each process. A
 * platform that knows nothing of epochs misses nothing by it, since each upload says its epoch and positions.
 */
import type { Lineage } from '../journal/journal-tables.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import type { SealKeys } from '../outbound/platform-request.ts';
import { checkTaken } from './upload-answer.ts';
import type { UploadRoute } from './upload-route.ts';

export interface AnnouncerOptions {
  readonly route: UploadRoute;
  readonly gatewayId: string;
  readonly reader: { readonly lineage: Lineage };
  readonly signal: AbortSignal;
}

const ANSWER_BYTES_MAX = 4_096;
/** Of a platform that has no such address, or does not understand what comes there. */
const UNKNOWN_STATUSES: readonly (number | null)[] = [400, 404, 405, 415, 501];

export class EpochAnnouncer {
  readonly #options: AnnouncerOptions;
  readonly #told = new Set<string>();

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Whether `announced` has nothing to wait for. */
  isAnnounced(position: number): boolean {
    const { epoch, parent } = this.#options.reader.lineage.at(position);
    return parent === null || this.#told.has(epoch);
  }

  /** Resolves when the platform knows of the epoch that names a position, or cannot know. Rejects with PlatformError. */
  async announced(position: number, sealKeys: SealKeys): Promise<void> {
    const { route, gatewayId: gateway, reader, signal } = this.#options;
    const { epoch, parent, first } = reader.lineage.at(position);
    if (this.isAnnounced(position)) return;
    try {
      const body = { gateway, epoch, parent, first };
      const request = { path: '/v1/journal/epochs', body, maxBytes: ANSWER_BYTES_MAX, signal, sealKeys };
      checkTaken((await route.send(request)).body, 1);
    } catch (error) {
      if (!(error instanceof PlatformError) || !UNKNOWN_STATUSES.includes(error.status)) throw error;
    }
    this.#told.add(epoch);
  }
}
