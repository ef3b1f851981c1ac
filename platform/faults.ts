/** Faults that the reference platform can be put under, so that gateways can be watched while they last. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  | { readonly fault: 'down' }
  | { readonly fault: 'slow'; readonly delay_ms: number }
  | { readonly fault: 'flapping'; readonly period_ms: number }
  | { readonly fault: 'garbage' }
  | { readonly fault: 'bad_signature' }
  | { readonly fault: 'old_revision' }
  | { readonly fault: 'forked_chain' }
  | { readonly fault: 'unsigned' }
  | { readonly fault: 'foreign_key' }
  | { readonly fault: 'replayed_answer' }
  | { readonly fault: 'other_question' }
  | { readonly fault: 'clock_off'; readonly offset_ms: number };

export type FaultName = Fault['fault'];

interface FaultEntry {
  readonly help: string;
  /** Its number, where it has one. */
  readonly number?: {
    readonly name: 'delay_ms' | 'period_ms' | 'offset_ms';
    readonly min: number;
    readonly max: number;
  };
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 8_760 * HOUR_MS;

/** The one table of faults. */
export const FAULTS: Readonly<Record<FaultName, FaultEntry>> = {
  down: { help: 'connections are reset, established ones and new ones' },
  slow: {
    help: 'every answer comes this many milliseconds late; 0: not before the fault ends',
    number: { name: 'delay_ms', min: 0, max: HOUR_MS },
  },
  flapping: {
    help: 'down for this many milliseconds, up for as long, and so on',
    number: { name: 'period_ms', min: 1, max: HOUR_MS },
  },
  garbage: { help: 'every answer is random bytes under status 200' },
  bad_signature: {
    help: 'metadata, deltas, heads and seals carry signatures that do not verify',
  },
  old_revision: {
    help: 'metadata and head of the card list are those of the start',
  },
  forked_chain: { help: 'newest delta and head are others, rightly signed, under the same revision' },
  unsigned: { help: 'answers to what gateways send carry no seal' },
  foreign_key: { help: 'they are sealed with a key that trust does not name' },
  replayed_answer: {
    help: 'they are those to the first such question since the fault began, as they were sealed then',
  },
  other_question: { help: 'they are sealed for a question that nobody asked' },
  clock_off: {
    help: "the platform's clock is this many milliseconds ahead, or behind when negative",
    number: { name: 'offset_ms', min: -10 * YEAR_MS, max: 10 * YEAR_MS },
  },
};

/**
 * The fault of an object such as `{"fault":"slow","delay_ms":2000}`; null when it is none. Other members are not
 * tolerated, since one misspelt would be taken for its absence.
 */
export function readFault(value: unknown): Fault | null {
  if (typeof value !== 'object' || value === null) return null;
  const members = value as Readonly<Record<string, unknown>>;
  const name = members['fault'];
  if (typeof name !== 'string' || !Object.hasOwn(FAULTS, name)) return null;
  const { number } = FAULTS[name as FaultName];
  if (Object.keys(members).length !== (number ? 2 : 1)) return null;
  if (number) {
    const given = members[number.name];
    if (!Number.isSafeInteger(given) || Number(given) < number.min || Number(given) > number.max) return null;
  }
  return value as Fault;
}

/** The fault of a text such as `down` or `slow:2000`; null when it is none. */
export function parseFault(text: string): Fault | null {
  const [, fault = '', digits] = /^([a-z_]+)(?::(-?\d{1,15}))?$/.exec(text) ?? [];
  if (!Object.hasOwn(FAULTS, fault)) return null;
  const { number } = FAULTS[fault as FaultName];
  if (digits === undefined) return readFault({ fault });
  return readFault(number ? { fault, [number.name]: Number(digits) } : null);
}

/** How `parseFault` takes it, with what it does: one line for each fault. */
export function faultHelp(): string {
  return Object.entries(FAULTS)
    .map(
      ([name, { help, number }]) =>
        `  ${(number ? `${name}:${number.name.toUpperCase()}` : name).padEnd(20)} ${help}`,
    )
    .join('\n');
}

/** The fault in force. */
export class FaultSwitch {
  #fault: Fault | null = null;
  #changed = new AbortController();
  #flapping: NodeJS.Timeout | null = null;
  #isDown = false;
  readonly #listeners = new Set<() => void>();

  /** Calls back after each change of the fault, and each time that flapping goes down or up. Answers how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  /** Whether connections are to be reset. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** Milliseconds that the platform's clock is ahead. */
  get clockOffsetMs(): number {
    return this.#fault?.fault === 'clock_off' ? this.#fault.offset_ms : 0;
  }

  set(fault: Fault | null): void {
    if (this.#flapping) clearInterval(this.#flapping);
    this.#flapping = null;
    this.#fault = fault;
    this.#isDown = fault?.fault === 'down' || fault?.fault === 'flapping';
    if (fault?.fault === 'flapping') {
      this.#flapping = setInterval(() => {
        this.#isDown = !this.#isDown;
        this.#tell();
      }, fault.period_ms);
      this.#flapping.unref();
    }
    const before = this.#changed;
    this.#changed = new AbortController();
    before.abort();
    this.#tell();
  }

  /** Resolves when an answer may go out: at once, or after the delay, or when the fault that has none ends. */
  async held(): Promise<void> {
    while (this.#fault?.fault === 'slow') {
      const { delay_ms } = this.#fault;
      const { signal } = this.#changed;
      try {
        await sleep(delay_ms === 0 ? HOUR_MS : delay_ms, undefined, { signal, ref: false });
        if (delay_ms > 0) return;
      } catch {
        // The fault changed: what is in force now decides.
      }
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
