/**
 * What one device can make the gateway ask of the resolver of online codes, and what it need not ask again. Codes can be made
 * up without end: each device has so many questions under way, and what was refused lately is refused again without asking.
 */
import type { NoAnswer } from './live-answer.ts';
import type { CodeResolver, Refusal, ResolverAnswer, ResolverQuestion } from './resolver.ts';

export interface ResolverBounds {
  readonly codes_per_device: number;
  readonly refused_codes: number;
  readonly refused_code_ms: number;
}

interface Refused {
  readonly kind: Refusal;
  readonly untilAt: number;
}

export class BoundedResolver implements CodeResolver {
  readonly #resolver: CodeResolver;
  readonly #bounds: ResolverBounds;
  readonly #now: () => number;
  /** By device: questions under way. */
  readonly #underWay = new Map<string, number>();
  /** By scene and name of the code; in the order in which they end. */
  readonly #refused = new Map<string, Refused>();

  /** `now`: monotonic, milliseconds. */
  constructor(resolver: CodeResolver, bounds: ResolverBounds, now: () => number) {
    this.#resolver = resolver;
    this.#bounds = bounds;
    this.#now = now;
  }

  ask(question: ResolverQuestion, reply: (answer: ResolverAnswer | NoAnswer) => void): void {
    const key = keyOf(question);
    const known = this.#knownRefusal(key);
    const { device } = question;
    const underWay = this.#underWay.get(device) ?? 0;
    if (known !== null || underWay >= this.#bounds.codes_per_device) {
      queueMicrotask(() => reply({ kind: known ?? 'not_asked' }));
      return;
    }
    this.#underWay.set(device, underWay + 1);
    this.#resolver.ask(question, (answer) => {
      this.#over(device);
      this.#note(key, answer);
      reply(answer);
    });
  }

  #over(device: string): void {
    const left = (this.#underWay.get(device) ?? 1) - 1;
    if (left > 0) this.#underWay.set(device, left);
    else this.#underWay.delete(device);
  }

  #knownRefusal(key: string): Refusal | null {
    const refused = this.#refused.get(key);
    return refused !== undefined && refused.untilAt > this.#now() ? refused.kind : null;
  }

  /**
   * What was answered well is never kept: it is good once, at one scene. Nor is `used`: who used it first is told by the
   * platform alone.
   */
  #note(key: string, { kind }: ResolverAnswer | NoAnswer): void {
    if (kind !== 'expired' && kind !== 'unknown' && kind !== 'refused') return;
    const { refused_codes, refused_code_ms } = this.#bounds;
    const nowAt = this.#now();
    this.#refused.delete(key);
    this.#refused.set(key, { kind, untilAt: nowAt + refused_code_ms });
    for (const [oldest, { untilAt }] of this.#refused) {
      if (untilAt > nowAt && this.#refused.size <= refused_codes) break;
      this.#refused.delete(oldest);
    }
  }
}

/** A scene holds no zero byte. */
function keyOf({ scene, name }: ResolverQuestion): string {
  return `${scene}\0${Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')}`;
}
