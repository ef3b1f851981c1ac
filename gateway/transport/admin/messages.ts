/**
 * What crosses the line between the main thread and the thread that serves operators. Plain data only. The thread asks,
 * and the main thread answers, so that nobody who asks the thread can make the main thread work more often than is set.
 */
import type { Code } from '../../../config/codes.ts';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { TlsPair } from '../tls-files.ts';

/** What only the main thread knows. */
export type Asked = 'metrics' | 'live' | 'ready' | 'mode' | 'about' | 'cluster' | Tried;
/** What the demonstration tries: a ride code that is new, the same again, one that is forged. */
export type Tried = 'try_fresh' | 'try_again' | 'try_forged';

/** Shows a ride code, and answers with what the gateway said to it. */
export type TryOut = (tried: Tried) => Promise<object>;

/** An answer to hand out. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type ToAdmin =
  | { readonly kind: 'page'; readonly asked: Asked; readonly page: Page }
  /** TLS and token are these from now on. */
  | { readonly kind: 'renewed'; readonly secrets: AdminSecrets }
  | { readonly kind: 'stop' };

/** What may change while the thread runs. */
export interface AdminSecrets {
  /** Null: plain HTTP. */
  readonly tls: TlsPair | null;
  /** Of the bearer token that must be shown; null: none. */
  readonly tokenDigest: Uint8Array | null;
}

export type FromAdmin =
  | { readonly kind: 'listening'; readonly port: number }
  /** The address cannot be listened on. */
  | { readonly kind: 'unusable'; readonly why: string }
  /** `refused`: what was refused since it asked last, by code. */
  | {
      readonly kind: 'asked';
      readonly asked: Asked;
      readonly refused: readonly (readonly [code: Code, count: number])[];
    };

export interface AdminData extends AdminSecrets {
  readonly tokenDigestAlgorithm: DigestAlgorithm;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Whether liveness and readiness are told, yes or no, to who shows no token. */
  readonly probesWithoutToken: boolean;
  /** Whether `/` is a page for people. */
  readonly page: boolean;
  /** Whether it is one of many, and says how they stand. */
  readonly hasCluster: boolean;
  /** Whether taps may be tried there. */
  readonly canTry: boolean;
  readonly connections: number;
  readonly metricsMs: number;
  readonly readinessMs: number;
}
