/**
 * What crosses the line between the main thread and the thread that serves operators. Plain data only. The thread asks,
 * and the main thread answers, so that nobody who asks the thread can make the main thread work more often than is set.
 */
import type { Code } from '../../../config/codes.ts';

/** What only the main thread knows. */
export type Asked = 'metrics' | 'live' | 'ready' | 'mode';

/** An answer to hand out. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type ToAdmin =
  | { readonly kind: 'page'; readonly asked: Asked; readonly page: Page }
  | { readonly kind: 'stop' };

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

export interface AdminData {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM files; null: plain HTTP. */
  readonly tls: { readonly cert_file: string; readonly key_file: string } | null;
  /** SHA-256 of the bearer token that must be shown; null: none. */
  readonly tokenDigest: Uint8Array | null;
  /** Whether liveness and readiness are told, yes or no, to who shows no token. */
  readonly probesWithoutToken: boolean;
  readonly connections: number;
  readonly metricsMs: number;
  readonly readinessMs: number;
}
