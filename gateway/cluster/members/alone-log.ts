/** What this gateway accepted alone, by outage, and what became of it as far as the platform knows. Pure, and bounded. */
import { OUTAGE_GAP_MS } from '../../../config/outage-gap.ts';
import { OUTAGES_MAX, type OutageWord } from './word.ts';

export interface Compared {
  /** Milliseconds since 1970 UTC. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Accepted alone, in journals at the platform by now, and of those, accepted elsewhere too. */
  readonly accepted: number;
  readonly doubles: number;
}

interface Own {
  fromMs: number;
  toMs: number;
  accepted: number;
}

export class AloneLog {
  /** Of this run, the newest first. */
  #own: Own[] = [];
  #compared: readonly Compared[] = [];
  #accepted = 0;

  /** Accepted alone since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  take(atMs: number): void {
    this.#accepted += 1;
    const [last] = this.#own;
    if (last !== undefined && atMs - last.toMs <= OUTAGE_GAP_MS) {
      last.toMs = Math.max(last.toMs, atMs);
      last.accepted += 1;
      return;
    }
    this.#own = [{ fromMs: atMs, toMs: atMs, accepted: 1 }, ...this.#own].slice(0, OUTAGES_MAX);
  }

  /** All that the platform knows of. Returns those in which more turned out to be accepted twice than was known. */
  compared(outages: readonly Compared[]): readonly Compared[] {
    const known = (outage: Compared) =>
      this.#compared.filter((before) => isOne(before, outage)).reduce((sum, { doubles }) => sum + doubles, 0);
    const news = outages.filter((outage) => outage.doubles > known(outage));
    this.#compared = outages;
    return news;
  }

  /** The newest first; those of earlier runs too, where the platform has told of them. */
  words(): OutageWord[] {
    const own = this.#own.map((outage) => ({ ...outage, ...sumOf(this.#compared, outage) }));
    const earlier = this.#compared
      .filter((outage) => !this.#own.some((each) => isOne(each, outage)))
      .map(({ fromMs, toMs, accepted, doubles }) => ({
        ...{ fromMs, toMs, accepted, compared: accepted, twice: doubles },
      }));
    return [...own, ...earlier]
      .sort((a, b) => b.toMs - a.toMs)
      .slice(0, OUTAGES_MAX)
      .map(({ fromMs, toMs, accepted, compared, twice }) => ({
        ...{ from_ms: fromMs, to_ms: toMs, accepted, compared, twice },
      }));
  }
}

function sumOf(compared: readonly Compared[], outage: Own): Pick<OutageWord, 'compared' | 'twice'> {
  const known = compared.filter((each) => isOne(each, outage));
  if (known.length === 0) return { compared: null, twice: null };
  return {
    compared: known.reduce((sum, { accepted }) => sum + accepted, 0),
    twice: known.reduce((sum, { doubles }) => sum + doubles, 0),
  };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function isOne(a: Span, b: Span): boolean {
  return a.fromMs <= b.toMs + OUTAGE_GAP_MS && b.fromMs <= a.toMs + OUTAGE_GAP_MS;
}
