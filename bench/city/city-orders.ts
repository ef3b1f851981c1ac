/** What the threads of a city are told, and what they say. */
import type { Latency } from '../report/result.ts';
import type { Traffic } from './traffic.ts';

/** Of every side. */
export interface CitySide {
  readonly cluster: string;
  /** `redis://…`, `nats://…`. */
  readonly store: string;
  readonly bus: string;
  readonly gateways: number;
  readonly seed: string;
}

/** One load: all sides begin at the same time. */
export interface LoadOrder {
  readonly seconds: number;
  /** Milliseconds since 1970 UTC. */
  readonly startAtMs: number;
  readonly traffic: Traffic;
  /** Gateways that have records to upload: the first so many. */
  readonly uploading: number;
}

/** Questions that were asked at the times they were meant for, and what became of them. */
export interface QuestionFigures {
  readonly intended: number;
  readonly answered: number;
  /** Told otherwise than is right. */
  readonly wrong: number;
  /** No answer within the store's deadline: a gateway would have decided alone. */
  readonly late: number;
  /** From the intended time to the answer. */
  readonly latency: Latency;
  /** p99 of how late questions left. */
  readonly lagP99Ms: number;
  readonly cpuUs: number;
}

export interface GatewaysOnBusFigures {
  readonly messages: number;
  readonly records: number;
  /** Gateways whose upload was not confirmed in time. */
  readonly unconfirmed: number;
  /** From the publication of an upload to the platform's word. */
  readonly confirmed: Latency;
  /** By sequence in the stream: when a delta was taken by each gateway, milliseconds since 1970 UTC. */
  readonly taken: readonly (readonly [sequence: number, atMs: readonly number[]])[];
  readonly words: number;
  readonly faults: readonly string[];
  readonly cpuUs: number;
}

export interface PlatformFigures {
  /** Deltas, and when each was due. */
  readonly published: readonly (readonly [sequence: number, dueMs: number])[];
  readonly deltaBytes: number;
  readonly uploads: number;
  readonly records: number;
  /** Uploads that were not the next of their gateway. */
  readonly outOfOrder: number;
  /** Words of gateways that it heard. */
  readonly words: number;
  readonly cpuUs: number;
}
