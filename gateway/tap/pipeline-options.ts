/** What the path of a tap is built of. */
import type { Code } from '../../config/codes.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { Limits, Settings } from '../../config/settings.ts';
import type { PackedItem, ProveStats } from '../../workers/contract.ts';
import type { BatchOutcome } from '../../workers/pool.ts';
import type { Journal } from '../journal/journal.ts';
import type { Pseudonyms } from '../journal/pseudonym.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { ModeState } from '../knowledge/mode/mode.ts';
import type { LiveStatus } from '../live/live-answer.ts';
import type { DeviceClass } from '../verification.ts';
import type { Challenges } from './2-admit/challenges.ts';
import type { ResolvingOptions } from './4-status/resolving.ts';
import type { ListInForce, NamedListInForce } from './4-status/status.ts';
import type { Claims } from './5-decide/claims.ts';
import type { Passages } from './5-decide/passages.ts';
import type { ReplayWindow } from './5-decide/replay-window.ts';
import type { RiskBudget } from './5-decide/risk-budget.ts';
import type { TokenStatusOf } from './judge.ts';

/** What is told to metrics and logs. Never a credential, a subject or a sequence of either. */
export interface PipelineEvents {
  decided(record: DecisionRecord, deviceClass: DeviceClass, elapsedMs: number): void;
  resent(): void;
  refused(code: Code, deviceClass: DeviceClass): void;
  stage(stage: 'queue' | 'prove' | 'decide' | 'journal', elapsedMs: number): void;
  batch(items: number, stats: ProveStats): void;
  fault(where: string, cause: unknown): void;
  /** The main thread stood still: taps whose time passed meanwhile are refused. */
  stoodStill(lastedMs: number): void;
}

export interface PipelineOptions {
  readonly gatewayId: string;
  readonly limits: Limits;
  readonly workers: Settings['workers'];
  readonly scenes: SceneTable;
  readonly journal: Journal;
  readonly pseudonyms: Pseudonyms;
  /** Those of the records from before the algorithms were changed. Default: there are no such records. */
  readonly formerPseudonyms?: Pseudonyms | null;
  /** Whether persons and cards may be asked for by them: then taps come with both names. Default: no. */
  readonly former?: boolean;
  readonly replay: ReplayWindow;
  /** Of this gateway. Default: there are none, and none is asked for. */
  readonly challenges?: Pick<Challenges, 'check'>;
  readonly cardList: () => ListInForce | null;
  /** Default: there are none. */
  readonly namedList?: (name: string) => NamedListInForce | null;
  /** What the status list of tokens says that a credential refers to. Default: there are no such lists. */
  readonly tokenStatus?: TokenStatusOf;
  /** Default: the platform cannot be asked. */
  readonly live?: LiveStatus;
  /** Asks all gateways' store about what is used up, or counted. Default: there is none, so all of that is of this gateway. */
  readonly claims?: Claims;
  /** Default: no family is resolved. */
  readonly resolving?: Pick<ResolvingOptions, 'families' | 'resolver'>;
  /** The mode in force. Default: what follows from the card list alone. */
  readonly mode?: () => ModeState;
  /** Whether trust of this revision, with which a batch was proven, is past its expiry. Default: never. */
  readonly trustInGrace?: (trustRevision: string) => boolean;
  /** Default: rebuilt from the journal. */
  readonly budget?: RiskBudget;
  /** Default: rebuilt from the journal. */
  readonly passages?: Passages;
  readonly pool: {
    readonly size: number;
    readonly room: number;
    run(items: readonly PackedItem[]): Promise<BatchOutcome> | null;
  };
  readonly events: PipelineEvents;
  /** Milliseconds since 1970 UTC: the clock that everything is judged by. */
  readonly wallClockMs: () => number;
  /** Up to when used presentations are forgotten, milliseconds since 1970 UTC. Default: that clock. */
  readonly forgetMs?: () => number;
}
