/** What crosses the line between the gateway's main thread and the desk's. Plain data only: the desk asks, the main thread answers. */
import type { HotelSettings, Settings } from '../../config/settings.ts';
import type { SharedClockState } from '../knowledge/clock/guarded-clock.ts';
import type { Mode } from '../verification.ts';
import type { DeskCore } from './desk-core.ts';
import type { DeskGaugeValues } from './desk-gauges.ts';

export type DeskVerb = keyof DeskCore;

/** A call of DeskCore. */
export interface Asked {
  readonly kind: 'ask';
  readonly id: number;
  readonly verb: DeskVerb;
  readonly args: readonly unknown[];
}

export type FromDesk =
  | Asked
  | { readonly kind: 'listening'; readonly port: number }
  /** It cannot be run: a key is missing, the address is taken, a file cannot be used. */
  | { readonly kind: 'unusable'; readonly why: string }
  /** A line for the log. `fields` names no person. */
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: Readonly<Record<string, string | number | boolean | null>>;
      readonly message: string;
    }
  /** Sums and states for metrics, all of them. */
  | { readonly kind: 'gauges'; readonly values: DeskGaugeValues }
  /** Said once, on the operator's own terminal and nowhere else: the first password. */
  | { readonly kind: 'once'; readonly text: string };

export type ToDesk =
  | { readonly kind: 'answered'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly why: string }
  /** The mode is another now, or an operator has forced it or lets it go. */
  | { readonly kind: 'mode'; readonly mode: Mode; readonly forced: boolean }
  | { readonly kind: 'stop' };

/** Parameters of Argon2id (RFC 9106). */
export interface PasswordCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

export interface DeskData {
  readonly hotel: HotelSettings;
  readonly crypto: Settings['crypto'];
  readonly gatewayId: string;
  /** Of the gateway; the desk's own is `desk` in it. */
  readonly dataDir: string;
  readonly clock: SharedClockState;
  readonly clockToleranceMs: number;
  /** Of the hashes of passwords, where they are not to cost what they do: for tests. */
  readonly passwordCost?: PasswordCost;
  /** The gateway's version. */
  readonly version: string;
}
