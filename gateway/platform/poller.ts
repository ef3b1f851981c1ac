/** Looks for new documents again and again, at times that differ from gateway to gateway. */
import type { PlatformClient, PutInForce } from './client.ts';
import { jittered, pause } from './pause.ts';
import { PlatformError } from './platform-error.ts';
import type { DocumentKind } from './signed-document.ts';

export interface PollerOptions {
  readonly client: Pick<PlatformClient, 'update'>;
  readonly pollMs: number;
  readonly putInForce: { readonly [K in DocumentKind]: PutInForce<K> };
  /** Every failure; what was in force stays. */
  readonly onFault: (kind: DocumentKind, error: PlatformError) => void;
  /** Called after each look, whether anything was new. */
  readonly onLooked?: (kind: DocumentKind, changed: boolean) => void;
}

export interface Poller {
  /** Stops looking; resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** Part of the interval by which a wait may be shorter or longer: gateways that started together do not stay so. */
const JITTER = 0.2;

/** Looks at once, and then every `pollMs` or so. Each kind on its own: one that fails does not hold up the other. */
export function startPolling(options: PollerOptions): Poller {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loops = [
    poll('trust', options.putInForce.trust, options, signal),
    poll('cards', options.putInForce.cards, options, signal),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function poll<K extends DocumentKind>(
  kind: K,
  putInForce: PutInForce<K>,
  { client, pollMs, onFault, onLooked }: PollerOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const changed = await client.update(kind, putInForce, signal);
      onLooked?.(kind, changed);
    } catch (error) {
      if (signal.aborted) return;
      onFault(
        kind,
        error instanceof PlatformError ? error : new PlatformError('unusable', (error as Error).message),
      );
    }
    await pause(jittered(pollMs, JITTER), signal);
  }
}
