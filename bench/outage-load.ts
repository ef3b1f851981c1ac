/** The load of `bench/outage.ts`: one steady stream of taps, cut into phases. */
import { seededInteger } from '../platform/seed.ts';
import type { BenchGateway } from './drive/gateway.ts';
import { LoadConnection } from './load/connection.ts';
import { type LoadResult, OpenLoop } from './load/open-loop.ts';

export const WARM_UP_S = 3;
/** Into a phase, so that what happens meets load that is under way. */
const HAPPENS_AFTER_MS = 1_000;
const OUTSTANDING_MAX = 10_000;

export interface PhaseOptions {
  /** Taps a second. */
  readonly rate: number;
  /** Of each phase. */
  readonly seconds: number;
  readonly seed: string;
  readonly tell: (text: string) => void;
}

export class LoadPhases {
  readonly #frames: readonly Uint8Array[];
  readonly #options: PhaseOptions;
  #connection: LoadConnection | null = null;
  #loop: OpenLoop | null = null;
  #sent = 0;
  /** Taps that were not answered, or not allowed. */
  failed = 0;

  private constructor(frames: readonly Uint8Array[], options: PhaseOptions) {
    this.#frames = frames;
    this.#options = options;
  }

  static async open(
    gateway: BenchGateway,
    frames: readonly Uint8Array[],
    options: PhaseOptions,
  ): Promise<LoadPhases> {
    const load = new LoadPhases(frames, options);
    load.#connection = await LoadConnection.open({
      url: gateway.gate,
      token: await gateway.token('gate', 0),
      onAnswer: (seq, code) => load.#loop?.answered(seq, code),
      onClosed: (reason) => options.tell(`\n  the gateway closed the connection: ${reason}\n`),
    });
    return load;
  }

  async warmUp(): Promise<void> {
    await this.#drive('warm-up', WARM_UP_S);
  }

  /** `happens`: a second into it. */
  async run(name: string, happens: () => Promise<void> = async () => {}): Promise<LoadResult> {
    const happened = new Promise<void>((resolve, reject) => {
      setTimeout(() => happens().then(resolve, reject), HAPPENS_AFTER_MS);
    });
    const result = await this.#drive(name, this.#options.seconds);
    await happened;
    const allowed = result.codes['allow.good'] ?? 0;
    this.failed += result.intended - allowed;
    return result;
  }

  close(): void {
    this.#connection?.close();
  }

  async #drive(name: string, seconds: number): Promise<LoadResult> {
    const { rate, seed, tell } = this.#options;
    const from = this.#sent;
    this.#sent += rate * seconds;
    let draws = 0;
    this.#loop = new OpenLoop({
      ratePerS: rate,
      frames: this.#frames.slice(from, this.#sent),
      firstSeq: from,
      connections: this.#connection === null ? [] : [this.#connection],
      outstandingMax: OUTSTANDING_MAX,
      draw: () => (1 + seededInteger(seed, name, draws++, 1 << 30)) / (1 << 30),
      onSecond: (sent, answered) => tell(`\r  ${name}: ${sent} sent, ${answered} answered   `),
    });
    return await this.#loop.run();
  }
}
