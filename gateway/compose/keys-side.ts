/** Keys that a token or a cipher machine holds: how they are reached, and what is told of it. */
import type { Settings } from '../../config/settings.ts';
import { type ElsewhereKind, openKeyHolder } from '../../crypto/holders/open-holder.ts';
import type { KeyHolder } from '../../crypto/key-holder.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ClosingStack } from './run.ts';

export type HolderState = 'unasked' | 'answers' | 'no_answer';

export interface HeldKeysOptions {
  readonly settings: Pick<Settings, 'crypto'>;
  readonly metrics: Pick<Metrics, 'keys'>;
  readonly log: Pick<Log, 'info' | 'error'>;
}

/** One for a gateway; a holder is opened when the first key of it is wanted. */
export class HeldKeys {
  readonly #options: HeldKeysOptions;
  readonly #closing: ClosingStack;
  readonly #holders = new Map<ElsewhereKind, KeyHolder>();
  readonly #states = new Map<ElsewhereKind, HolderState>();

  constructor(options: HeldKeysOptions, closing: ClosingStack) {
    this.#options = options;
    this.#closing = closing;
  }

  holder(kind: ElsewhereKind): KeyHolder {
    const holder = this.#holders.get(kind) ?? this.#open(kind);
    this.#holders.set(kind, holder);
    return holder;
  }

  /** Of all that are used, for whoever asks how the gateway is. */
  get checks(): Readonly<Record<string, HolderState>> {
    return Object.fromEntries([...this.#states].map(([kind, state]) => [`key_holder_${kind}`, state]));
  }

  #open(kind: ElsewhereKind): KeyHolder {
    const { settings, metrics, log } = this.#options;
    const counted = metrics.keys();
    this.#states.set(kind, 'unasked');
    const holder = openKeyHolder(kind, settings.crypto, {
      answered: (elapsedMs) => {
        counted.answered(kind, elapsedMs);
        if (this.#states.get(kind) === 'no_answer')
          log.info({ holder: kind }, 'the holder of keys answers again');
        this.#states.set(kind, 'answers');
      },
      failed: (detail) => {
        counted.failed(kind);
        if (this.#states.get(kind) !== 'no_answer') {
          log.error(
            { holder: kind, error: detail },
            'the holder of keys does not answer as it should: what needs it waits',
          );
        }
        this.#states.set(kind, 'no_answer');
      },
    });
    this.#closing.add(() => holder.close());
    return holder;
  }
}
