/** The thread that signs receipts, from the main thread: started when the first is asked for, and anew after it died. */
import { Worker } from 'node:worker_threads';
import { ObservedTimeout } from '../../workers/observed-time.ts';
import { ProofError } from '../journal/log/prove-log.ts';
import { type HeldReceiptKey, heldKid } from './held-receipt-key.ts';
import { ReceiptsError } from './receipts-error.ts';
import { signatureOf } from './sign.ts';
import type { FromSigning, SigningData, SigningJob, ToSigning } from './signing-messages.ts';

const ENTRY = new URL('./signing-thread-entry.ts', import.meta.url);
/** Of a thread that has work and says nothing: its modules are loaded within it, on a busy machine. */
const HANG_MS = 30_000;

interface Waiting {
  readonly resolve: (jws: string) => void;
  readonly reject: (error: Error) => void;
}

export class SigningThread {
  readonly #data: SigningData;
  readonly #held: HeldReceiptKey | null;
  readonly #entry: URL;
  #worker: Worker | null = null;
  #silence: ObservedTimeout | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;

  /** `held`: the key that somebody else holds; null: none. `entry`: another entry module; tests put a faulty one here. */
  constructor(data: SigningData, held: HeldReceiptKey | null, entry: URL = ENTRY) {
    this.#data = data;
    this.#held = held;
    this.#entry = entry;
  }

  /** Resolves to the compact JWS. Rejects with ProofError, or ReceiptsError where it could not be signed. */
  sign(job: SigningJob): Promise<string> {
    const worker = this.#worker ?? this.#start();
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#watch();
      worker.postMessage({ number, job } satisfies ToSigning);
    });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#lose('it was stopped');
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#data });
    this.#worker = worker;
    let reason = 'it ended';
    worker.on('message', (message: FromSigning) => {
      if (this.#worker === worker) this.#receive(message);
    });
    worker.on('error', (error: Error) => {
      reason = error.message;
    });
    worker.once('exit', () => {
      if (this.#worker === worker) this.#lose(reason);
    });
    return worker;
  }

  #receive(message: FromSigning): void {
    const waiting = this.#waiting.get(message.number);
    this.#waiting.delete(message.number);
    this.#watch();
    if (waiting === undefined) return;
    const { resolve, reject } = waiting;
    if ('jws' in message) resolve(message.jws);
    else if ('signingInput' in message) void this.#signElsewhere(message).then(resolve, reject);
    else if (message.fault === 'no_proof') reject(new ProofError(message.message));
    else reject(new ReceiptsError('unusable', message.message));
  }

  /** The time that it may take is the holder's own limit. */
  async #signElsewhere({
    signingInput,
    kid,
  }: Extract<FromSigning, { signingInput: string }>): Promise<string> {
    const held = this.#held;
    if (held === null || heldKid(held) !== kid) {
      throw new ReceiptsError('unusable', `the key ${kid} is held elsewhere, and settings do not say where`);
    }
    const signature = await signatureOf(held.key, signingInput);
    return `${signingInput}.${signature.toString('base64url')}`;
  }

  /** Counts from the last sign of life, while it has work. */
  #watch(): void {
    this.#silence?.end();
    this.#silence = null;
    if (this.#waiting.size === 0) return;
    this.#silence = new ObservedTimeout(HANG_MS, () => {
      const worker = this.#worker;
      this.#lose(`it said nothing for ${HANG_MS} ms`);
      void worker?.terminate();
    });
  }

  #lose(reason: string): void {
    this.#worker = null;
    this.#silence?.end();
    this.#silence = null;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost)
      reject(new ReceiptsError('unusable', `the thread that signs receipts was lost: ${reason}`));
  }
}
