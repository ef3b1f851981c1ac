/** What was accepted twice, counted over journals: the report's sums. */
import { OnecardError } from '../config/onecard-error.ts';
import {
  type Acceptance,
  byTime,
  type DoubleAcceptance,
  inDoubles,
  judgePresentation,
} from './accepted-again.ts';
import { type Outage, outagesOf } from './outages.ts';

export interface ReplayReport {
  /** Acceptances whose presentation has a name in the cluster. */
  readonly acceptances: number;
  /** Of those: decided by one gateway alone, as the store did not answer. */
  readonly alone: number;
  /** Taps that were decided at a second gateway, since their gate had moved. No doubles. */
  readonly moved: number;
  /** Of a platform: came when their presentation was forgotten already, and were held against nothing. */
  readonly tooLate: number;
  /** By time. */
  readonly doubles: readonly DoubleAcceptance[];
  /** By gateway, then by time. */
  readonly outages: readonly Outage[];
}

/** There are more presentations than are looked at at once. */
export class ReplayReportError extends OnecardError {
  override readonly name = 'ReplayReportError';
  readonly code = 'too_many';
}

const PRESENTATIONS_MAX = 2_000_000;

/** A presentation; one that is joined to another is found there. */
interface Group {
  into: Group | null;
  acceptances: Acceptance[];
}

export class ReplayCount {
  readonly #groups = new Map<string, Group>();
  readonly #max: number;
  #acceptances = 0;

  constructor(presentationsMax = PRESENTATIONS_MAX) {
    this.#max = presentationsMax;
  }

  /** `names`: what the presentation is called in the cluster, at least one. Throws ReplayReportError. */
  add(acceptance: Acceptance, names: readonly string[]): void {
    const known = new Set(names.flatMap((name) => this.#find(name) ?? []));
    const [group = { into: null, acceptances: [] }, ...others] = known;
    for (const other of others) {
      group.acceptances.push(...other.acceptances);
      other.acceptances = [];
      other.into = group;
    }
    group.acceptances.push(acceptance);
    for (const name of names) this.#groups.set(name, group);
    this.#acceptances += 1;
    if (this.#groups.size > this.#max) {
      throw new ReplayReportError(
        `there are more than ${this.#max} presentations: look at fewer days at once (--since, --until)`,
      );
    }
  }

  report(): ReplayReport {
    const doubles: DoubleAcceptance[] = [];
    const alone: Outage[] = [];
    let moved = 0;
    for (const { acceptances } of new Set(
      [...this.#groups.keys()].flatMap((name) => this.#find(name) ?? []),
    )) {
      const judged = judgePresentation(acceptances);
      const twice = inDoubles(judged);
      doubles.push(...judged.doubles);
      moved += judged.moved;
      for (const each of acceptances) {
        if (each.scope === 'local') alone.push(outageOfOne(each, twice.has(each)));
      }
    }
    return {
      ...{ acceptances: this.#acceptances, alone: alone.length, moved, tooLate: 0 },
      doubles: doubles.sort((a, b) => byTime(a.first, b.first) || byTime(a.again, b.again)),
      outages: outagesOf(alone),
    };
  }

  #find(name: string): Group | null {
    let group = this.#groups.get(name) ?? null;
    while (group !== null && group.into !== null) group = group.into;
    return group;
  }
}

function outageOfOne({ gateway, atMs }: Acceptance, isDouble: boolean): Outage {
  return { gateway, fromMs: atMs, toMs: atMs, accepted: 1, doubles: isDouble ? 1 : 0 };
}
