/** A tap between its admission and its answer. */
import type { Policy } from '../../config/scenes.ts';
import type { Expiring } from '../scheduling/deadline-wheel.ts';
import type { Answer, DeviceClass, IncomingTap } from '../verification.ts';
import type { TapStream } from './tap-streams.ts';

export interface Flight extends Expiring {
  readonly tap: IncomingTap;
  /** Where it counts as in flight. */
  readonly stream: TapStream;
  readonly class: DeviceClass;
  readonly scene: string;
  readonly policy: Policy;
  /** Monotonic clock, milliseconds. */
  readonly admittedAt: number;
  deadlineAt: number;
  /** Expected work on a thread when it was admitted, milliseconds. */
  readonly costMs: number;
  /** Gives back what an answer from elsewhere took for it; null where there is nothing, or the decision stands. */
  giveBack: (() => void) | null;
  /** The next tap of its device in the same queue. */
  behind: Flight | null;
  /**
   * - `waiting`: in a queue; - `proving`: on a thread; - `asking`: proven, the platform is asked for its status;
   * - `recording`: decided, waits to be durable; - `over`: answered or given up.
   */
  state: 'waiting' | 'proving' | 'asking' | 'recording' | 'over';
  /**
   * Who waits for the answer; a tap resent while in flight adds itself. Empty once the deadline passed while the
   * decision was being recorded: those were refused, and the decision waits for the tap to be sent again.
   */
  readonly replies: ((answer: Answer) => void)[];
}
