/**
 * Brings new trust to all proving threads. Until it stands on every one of them, batches go on under the trust before, and
 * then all change together. What cannot be loaded changes nothing, is said, and is tried again.
 */
import type { LoadOutcome } from './proving-thread.ts';
import type { TrustDelivery } from './thread-entry.ts';
import type { TrustDocument } from './trust/document.ts';

export interface Trust {
  readonly revision: string;
  readonly document: TrustDocument;
}

export interface TrustReceiver {
  readonly isReady: boolean;
  has(trustRevision: string): boolean;
  load(trust: TrustDelivery): Promise<LoadOutcome>;
  keepOnly(trustRevision: string): void;
}

export interface HandOverOptions {
  readonly receivers: readonly TrustReceiver[];
  /** Another revision is in force: batches given from now on are proven under it. */
  readonly onTrust: (revision: string) => void;
  /** This revision could not be loaded; the one before stays in force. It is tried again. */
  readonly onFault: (revision: string, detail: string) => void;
}

/** A thread that has to come back first is waited for as long. */
const LOOK_AGAIN_MS = 100;
const TRY_AGAIN_MS = 10_000;

export class TrustHandOver {
  readonly #options: HandOverOptions;
  #inForce: TrustDelivery;
  #next: TrustDelivery | null = null;
  #again: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: HandOverOptions, trust: Trust) {
    this.#options = options;
    this.#inForce = deliveryOf(trust);
  }

  get inForce(): TrustDelivery {
    return this.#inForce;
  }

  /** The newest counts: one that is still on its way gives way to it. */
  bring(trust: Trust): void {
    if (trust.revision === (this.#next ?? this.#inForce).revision) return;
    this.#stopWaiting();
    if (trust.revision === this.#inForce.revision) {
      this.#next = null;
      this.#keepInForce();
      return;
    }
    this.#next = deliveryOf(trust);
    void this.#handOver(this.#next);
  }

  close(): void {
    this.#closed = true;
    this.#stopWaiting();
  }

  async #handOver(next: TrustDelivery): Promise<void> {
    const { receivers } = this.#options;
    let ended = 0;
    while (this.#isWanted(next)) {
      const ready = receivers.filter(({ isReady }) => isReady);
      const lacking = ready.filter((each) => !each.has(next.revision));
      if (ready.length > 0 && lacking.length === 0) {
        this.#putInForce(next);
        return;
      }
      // Threads that are not ready warm up with what is in force then.
      if (ready.length === 0) {
        await this.#pause(LOOK_AGAIN_MS);
        continue;
      }
      const outcomes = await Promise.all(lacking.map((each) => each.load(next)));
      if (!this.#isWanted(next)) return;
      const failed = outcomes.find((outcome) => 'detail' in outcome);
      if (failed === undefined) continue;
      // It may have ended for another reason; if it does again, it is this trust.
      if (outcomes.some(({ kind }) => kind === 'ended')) ended += 1;
      if (ended === 1) continue;
      ended = 0;
      this.#options.onFault(next.revision, failed.detail);
      this.#keepInForce();
      await this.#pause(TRY_AGAIN_MS);
    }
  }

  #isWanted(next: TrustDelivery): boolean {
    return !this.#closed && this.#next === next;
  }

  #putInForce(next: TrustDelivery): void {
    this.#inForce = next;
    this.#next = null;
    this.#keepInForce();
    this.#options.onTrust(next.revision);
  }

  /** Those that are warming up forget nothing: they hold one revision. */
  #keepInForce(): void {
    const { revision } = this.#inForce;
    for (const each of this.#options.receivers) if (each.isReady) each.keepOnly(revision);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      this.#again = setTimeout(done, ms);
      this.#again.unref();
    });
  }

  #stopWaiting(): void {
    if (this.#again) clearTimeout(this.#again);
    this.#again = null;
  }
}

/** Once for all threads. 4,096 anchors take 2 ms, the largest document that is allowed some 30. */
function deliveryOf({ revision, document }: Trust): TrustDelivery {
  const text = new TextEncoder().encode(JSON.stringify(document));
  const json = new Uint8Array(new SharedArrayBuffer(text.length));
  json.set(text);
  return { revision, json };
}
