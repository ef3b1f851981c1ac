/** What flows along the path of a tap. Each stage narrows or adds; none looks back. */
import type { Code } from '../config/codes.ts';
import type { Mode } from './knowledge/mode/mode.ts';

export type { Mode } from './knowledge/mode/mode.ts';

/** Shedding order: a gate's tap goes before a desk's, a desk's before a batch's. */
export const DEVICE_CLASSES = ['gate', 'desk', 'batch'] as const;
export type DeviceClass = (typeof DEVICE_CLASSES)[number];

/** An authenticated device, as enrolled. */
export interface Device {
  readonly deviceId: string;
  readonly class: DeviceClass;
  /** Scenes it may name; the first is meant when a tap names none. */
  readonly scenes: readonly string[];
  /** Names the enrolment it was authenticated under; never shown. */
  readonly enrolment: string;
}

/** Names one tap for ever. `stream` is chosen by the client when its own counter starts, 16 bytes in hex. */
export interface TapId {
  readonly deviceId: string;
  readonly stream: string;
  readonly seq: number;
}

/** Result of decode: a presentation whose shape is known good. */
export interface Presentation {
  readonly family: string;
  /** The family's input, packed once: it is digested, and goes to a thread, as it is. */
  readonly packedInput: Uint8Array;
  /** Presentations with the same key cost about the same to prove. */
  readonly costKey: string;
  /** Null: the device's first scene. */
  readonly scene: string | null;
  /** What the client asks for, milliseconds; null: the default of the device's class. */
  readonly deadlineMs: number | null;
}

/** What a transport hands to the pipeline. */
export interface IncomingTap {
  readonly id: TapId;
  /** Only there, and true, when the gateway drew the stream for this request: nothing of it was decided before. */
  readonly drawnStream?: true;
  readonly device: Device;
  readonly presentation: Presentation;
  /** Called exactly once. */
  readonly reply: (answer: Answer) => void;
}

export type Outcome = 'allow' | 'deny' | 'refer';

/** A decision, already durable. Sent again unchanged when the tap is sent again. */
export interface DecisionAnswer {
  readonly kind: 'decision';
  readonly seq: number;
  readonly decisionId: string;
  readonly outcome: Outcome;
  readonly code: Code;
  /** When it was decided, milliseconds since 1970 UTC by the gateway's clock. */
  readonly atMs: number;
  readonly mode: Mode;
  readonly scene: string;
  /** What a gate may show: issuer, region, kind of account. Never a number or a name. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** Only there, and true, when trust was past its expiry and used within its signed grace. */
  readonly trustGrace?: true;
}

/** The tap was not judged. */
export interface RefusalAnswer {
  readonly kind: 'refusal';
  readonly seq: number;
  readonly code: Code;
  readonly retry: boolean;
  /** When trying again makes sense, milliseconds from now; 0 where it does not. */
  readonly retryAfterMs: number;
}

export type Answer = DecisionAnswer | RefusalAnswer;

/** The door of the pipeline. */
export interface TapIntake {
  submit(tap: IncomingTap): void;
}
