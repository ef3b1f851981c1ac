/** How many of a journal's decisions would be others under another city document, where, and of whom. Counts, and no person. */
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import type { Hypothesis, Unsaid } from '../gateway/tap/judge-again.ts';
import { groupsHeld } from './groups-held.ts';

export type Counts = Readonly<Record<string, number>>;

/** Decisions of one scene that go from one code to another. */
export interface PolicyChange {
  readonly scene: string;
  /** Codes; `NO_SCENE` where a document has no such scene. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** Of whom. Somebody of two groups counts under both. */
  readonly groups: Counts;
  readonly regions: Counts;
  readonly families: Counts;
  /** Ids of the first few. */
  readonly decisions: readonly string[];
}

export interface PolicyDiff {
  readonly oldRevision: string;
  readonly newRevision: string;
  readonly decisions: number;
  readonly same: number;
  readonly changed: number;
  /** By what one of the documents asks and the records do not say. */
  readonly cannot: Readonly<Record<Unsaid, number>>;
  /** That the old document would not have decided as they were: the journal was made under another, or by what was asked since. */
  readonly decidedOtherwise: number;
  /** The most frequent first. */
  readonly changes: readonly PolicyChange[];
}

export const NO_SCENE = 'no_scene';
const NONE = 'none';
const DECISIONS_SHOWN = 5;

interface Tally {
  readonly scene: string;
  readonly from: string;
  readonly to: string;
  count: number;
  readonly groups: Map<string, number>;
  readonly regions: Map<string, number>;
  readonly families: Map<string, number>;
  readonly decisions: string[];
}

export class PolicyComparison {
  readonly #oldRevision: string;
  readonly #newRevision: string;
  readonly #cardBits: ReadonlyMap<string, number>;
  readonly #tallies = new Map<string, Tally>();
  readonly #cannot: Record<Unsaid, number> = { named_list: 0, direction: 0, live: 0 };
  #decisions = 0;
  #same = 0;
  #changed = 0;
  #decidedOtherwise = 0;

  /** `cardBits`: of the groups, by which people are told apart (`groups-held.ts`). */
  constructor(oldRevision: string, newRevision: string, cardBits: ReadonlyMap<string, number>) {
    this.#oldRevision = oldRevision;
    this.#newRevision = newRevision;
    this.#cardBits = cardBits;
  }

  /** `before`, `after`: what the two documents make of it. */
  add(record: DecisionRecord, before: Hypothesis, after: Hypothesis): void {
    this.#decisions += 1;
    if (before.kind === 'cannot') this.#cannot[before.why] += 1;
    else if (after.kind === 'cannot') this.#cannot[after.why] += 1;
    else this.#compare(record, codeOf(before), codeOf(after));
  }

  #compare(record: DecisionRecord, from: string, to: string): void {
    if (from !== record.answer.code) this.#decidedOtherwise += 1;
    if (from === to) {
      this.#same += 1;
      return;
    }
    this.#changed += 1;
    note(this.#tallyOf(record.scene, from, to), record, groupsHeld(record, this.#cardBits));
  }

  diff(): PolicyDiff {
    const changes = [...this.#tallies.values()].toSorted((a, b) => b.count - a.count).map(changeOf);
    return {
      oldRevision: this.#oldRevision,
      newRevision: this.#newRevision,
      decisions: this.#decisions,
      same: this.#same,
      changed: this.#changed,
      cannot: { ...this.#cannot },
      decidedOtherwise: this.#decidedOtherwise,
      changes,
    };
  }

  #tallyOf(scene: string, from: string, to: string): Tally {
    const key = `${scene} ${from} ${to}`;
    const tally = this.#tallies.get(key) ?? {
      ...{ scene, from, to, count: 0, decisions: [] },
      ...{ groups: new Map(), regions: new Map(), families: new Map() },
    };
    this.#tallies.set(key, tally);
    return tally;
  }
}

function codeOf(hypothesis: Exclude<Hypothesis, { kind: 'cannot' }>): string {
  return hypothesis.kind === 'decided' ? hypothesis.decision.code : NO_SCENE;
}

function note(tally: Tally, record: DecisionRecord, groups: readonly string[]): void {
  tally.count += 1;
  for (const group of groups.length === 0 ? [NONE] : groups) oneMore(tally.groups, group);
  oneMore(tally.regions, record.proof.region ?? NONE);
  oneMore(tally.families, record.family);
  if (tally.decisions.length < DECISIONS_SHOWN) tally.decisions.push(record.answer.decisionId);
}

function oneMore(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function changeOf({ groups, regions, families, ...tally }: Tally): PolicyChange {
  return { ...tally, groups: sorted(groups), regions: sorted(regions), families: sorted(families) };
}

function sorted(counts: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries([...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}
