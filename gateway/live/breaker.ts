/** Circuit breaker, one per class of askers: opens when requests fail, and half-opens with a single request. */
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type IBackoffFactory,
} from 'cockatiel';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface Breaker {
  readonly state: BreakerState;
  /** Requests that may be sent now: `all` while it is closed, `one` to try, `none` while it is open. */
  admits(): 'all' | 'one' | 'none';
  /** Runs a request that was admitted; its rejection counts as a failure and is passed on. */
  run<T>(request: () => Promise<T>): Promise<T>;
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  readonly onState: (state: BreakerState) => void;
}

export function createBreaker({ failures, openMs, now, onState }: BreakerOptions): Breaker {
  const pause = new MonotonicPause(openMs, now);
  const policy: CircuitBreakerPolicy = circuitBreaker(handleAll, {
    halfOpenAfter: pause,
    breaker: new ConsecutiveBreaker(failures),
  });
  policy.onStateChange((state) => onState(NAMES[state]));
  return {
    get state() {
      return NAMES[policy.state];
    },
    admits() {
      if (policy.state === CircuitState.Closed) return 'all';
      return policy.state === CircuitState.Open && pause.over ? 'one' : 'none';
    },
    run: (request) => policy.execute(request),
  };
}

const NAMES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
};

/**
 * The library measures the pause by the wall clock: set back by an hour, the breaker would stay open for an hour. This
 * pause is measured by the monotonic clock. Its length is given as infinite until it is over, and negative after.
 */
class MonotonicPause implements IBackoffFactory<unknown> {
  readonly #openMs: number;
  readonly #now: () => number;
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(openMs: number, now: () => number) {
    this.#openMs = openMs;
    this.#now = now;
  }

  get over(): boolean {
    return this.#now() >= this.#endsAt;
  }

  get duration(): number {
    return this.over ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** Called each time it opens. */
  next(): this {
    this.#endsAt = this.#now() + this.#openMs;
    return this;
  }
}
