/** What one run of the generator against one server comes to. */
import type { Histogram } from 'hdr-histogram-js';

/** Where requests go. */
export interface Target {
  readonly http: string;
  readonly token: string;
}

export interface Measured {
  /** Sent in the time measured. */
  readonly answered: number;
  readonly seconds: number;
  /** Answers with another code than is right for their tap, or no answer. */
  readonly wrong: number;
  /** Unit 1 µs. */
  readonly latency: Histogram;
  /** Wrong answers by what came instead of what, and how often: the most frequent. */
  readonly faults: readonly string[];
}

const FAULTS_KEPT = 5;

/** Counts answers, and those that are not right. */
export class AnswerCount {
  answered = 0;
  wrong = 0;
  readonly #faults = new Map<string, number>();

  add(status: number, body: string, right: string): void {
    this.answered += 1;
    const said = codeOf(body);
    const code = status === 200 ? said : `status ${status} ${said}`;
    if (code === right) return;
    this.wrong += 1;
    const fault = `${code} instead of ${right}`;
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
  }

  /** The most frequent first. */
  get faults(): readonly string[] {
    const most = [...this.#faults].sort(([, a], [, b]) => b - a).slice(0, FAULTS_KEPT);
    return most.map(([fault, times]) => `${times} × ${fault}`);
  }
}

function codeOf(body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return code === undefined ? 'without a code' : String(code);
  } catch {
    return 'without JSON';
  }
}
