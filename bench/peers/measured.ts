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
  /** Wrong answers by what came instead of what, a few. */
  readonly faults: readonly string[];
}

const FAULTS_KEPT = 5;

/** Counts answers, and those that are not right. */
export class AnswerCount {
  answered = 0;
  wrong = 0;
  readonly faults: string[] = [];

  add(status: number, body: string, right: string): void {
    this.answered += 1;
    const code = status === 200 ? codeOf(body) : `status ${status}`;
    if (code === right) return;
    this.wrong += 1;
    if (this.faults.length < FAULTS_KEPT) this.faults.push(`${code} instead of ${right}`);
  }
}

function codeOf(body: string): string {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code);
  } catch {
    return 'no JSON';
  }
}
