/** The page's side of the worker that reads codes: one picture at a time, the newest only. */

import workerUrl from './qr.worker.ts?worker&url';
import type { FromReader, ToReader } from './qr-messages.ts';

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

/** The page's policy lets no text be the address of a script, but what this one made: of one address alone. */
function trustedWorkerUrl(): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('desk-worker', {
    createScriptURL: (url) => (url === workerUrl ? url : ''),
  });
  return policy?.createScriptURL(workerUrl) ?? workerUrl;
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

export class QrReader {
  readonly #worker = new Worker(trustedWorkerUrl(), { type: 'module' });
  #waiting: ((answer: FromReader) => void) | null = null;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<FromReader>) => this.#answer(data);
    this.#worker.onerror = () => this.#answer({ kind: 'failed' });
  }

  /** Whether a picture is being looked at: another one is not taken meanwhile. */
  get isBusy(): boolean {
    return this.#waiting !== null;
  }

  read(message: ToReader): Promise<FromReader> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      const transfer: Transferable[] = message.kind === 'frame' ? [message.frame] : [];
      this.#worker.postMessage(message, transfer);
    });
  }

  close(): void {
    this.#worker.terminate();
    this.#answer({ kind: 'failed' });
  }

  #answer(answer: FromReader): void {
    const waits = this.#waiting;
    this.#waiting = null;
    waits?.(answer);
  }
}

export interface OneCode {
  readonly kind: 'one' | 'none' | 'several' | 'failed';
  readonly bytes: Uint8Array;
}

/** Two codes that differ are none: nobody knows which one is meant. */
export function oneCode(answer: FromReader): OneCode {
  const none = new Uint8Array();
  if (answer.kind === 'failed') return { kind: 'failed', bytes: none };
  const [first, second] = answer.codes;
  if (first === undefined) return { kind: 'none', bytes: none };
  const isSame =
    second === undefined || (first.length === second.length && first.every((b, i) => b === second[i]));
  return isSame ? { kind: 'one', bytes: first } : { kind: 'several', bytes: none };
}
