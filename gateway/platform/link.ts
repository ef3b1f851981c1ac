/**
 * The gateway's link to its central platform: the trust and card list in force, and the journal on its way out. Starts
 * from disk when the platform is out of reach; what is in force stays until something newer verifies.
 */
import { readFileSync } from 'node:fs';
import type { Settings } from '../../config/settings.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import { buildCardList, type DocumentList as CardList } from '../lists/document-list.ts';
import type { Log } from '../observe/log.ts';
import { checkTrust, type Trust } from '../trust-in-force.ts';
import { PlatformClient, type PutInForce } from './client.ts';
import { PlatformError } from './platform-error.ts';
import type { PlatformEndpoint } from './platform-request.ts';
import { startPolling } from './poller.ts';
import { DOCUMENT_KINDS, type DocumentKind, readPlatformKey } from './signed-document.ts';
import { Uploader } from './uploader.ts';

export interface PlatformLink {
  readonly trust: Trust;
  /** Null until one was fetched or found on disk. */
  readonly cardList: CardList | null;
  /** Called with every newer trust. */
  onTrust(listener: (trust: Trust) => void): void;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly settings: Settings;
  /** Where the last good documents are kept. */
  readonly folder: string;
  readonly journal: LmdbJournal;
  readonly log: Log;
  readonly metrics: { faultSeen(where: string): void };
}

/** Rejects with PlatformError when there is no trust to start with: neither from the platform nor from disk. */
export async function connectPlatform(options: LinkOptions): Promise<PlatformLink> {
  const { settings, folder, journal, log, metrics } = options;
  const platform = settings.platform;
  if (!platform) throw new TypeError('the settings name no platform');
  const endpoint: PlatformEndpoint = {
    url: platform.url,
    token: readPlatformToken(platform.token_file),
    timeoutMs: platform.timeout_ms,
  };
  const client = new PlatformClient({
    endpoint,
    publicKey: readPlatformKey(platform.public_key_file),
    folder,
    maxDocumentBytes: settings.limits.platform_document_bytes,
  });
  const fault = (what: string) => (error: Error) => {
    metrics.faultSeen(`platform_${error instanceof PlatformError ? error.fault : 'journal'}`);
    log.warn({ what, error: error.message }, 'the platform link has a fault; what was in force stays');
  };
  const inForce = new InForce(settings.limits.cards, log);
  await firstDocuments(client, inForce, fault);
  const trust = inForce.trust;
  if (!trust) throw new PlatformError('unusable', noTrust(platform.url));
  const poller = startPolling({
    client,
    pollMs: platform.poll_ms,
    putInForce: inForce.put,
    onFault: (kind, error) => fault(kind)(error),
  });
  const uploader = new Uploader({
    endpoint,
    gatewayId: settings.gateway_id,
    journal,
    batchRecords: platform.upload_batch,
    onFault: fault('journal'),
    onSkipped: (position, error) => {
      metrics.faultSeen('journal_record_skipped');
      log.error({ position, error: error.message }, 'a damaged journal record was not uploaded');
    },
  });
  return {
    get trust() {
      return inForce.trust ?? trust;
    },
    get cardList() {
      return inForce.cardList;
    },
    onTrust: (listener) => {
      inForce.onTrust = listener;
    },
    async close() {
      await poller.stop();
      await uploader.stop();
    },
  };
}

class InForce {
  trust: Trust | null = null;
  cardList: CardList | null = null;
  onTrust: (trust: Trust) => void = () => {};
  readonly put: { readonly [K in DocumentKind]: PutInForce<K> };

  constructor(maxCards: number, log: Log) {
    this.put = {
      trust: ({ document, revision }) => {
        this.trust = checkTrust(document, revision);
        this.onTrust(this.trust);
      },
      cards: async (document) => {
        this.cardList = await buildCardList(document, maxCards);
        log.info({ revision: document.revision, cards: this.cardList.size }, 'new card list in force');
      },
    };
  }
}

/** From disk first, so that nothing older than what was once in force is taken; then whatever the platform has. */
async function firstDocuments(
  client: PlatformClient,
  inForce: InForce,
  fault: (what: string) => (error: Error) => void,
): Promise<void> {
  const one = async <K extends DocumentKind>(kind: K, put: PutInForce<K>) => {
    await client.restore(kind, put).catch(fault(kind));
    await client.update(kind, put).catch(fault(kind));
  };
  await Promise.all(DOCUMENT_KINDS.map((kind) => one(kind, inForce.put[kind] as PutInForce<typeof kind>)));
}

/** The token the platform knows this gateway by. Throws PlatformError. */
export function readPlatformToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new PlatformError('unusable', `cannot read the platform token: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function noTrust(url: string): string {
  return `no trust to start with: ${url} did not give any that verifies, and none is kept from an earlier run`;
}
