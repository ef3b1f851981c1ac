/** What stands behind a connection to the store: one server, or those of a Redis Cluster. */
import type { StoreQuestion } from './store.ts';

export interface StoreServers {
  /** Sends all together. Calls back once for each, in any order: with what was returned, or an error. */
  send(questions: readonly StoreQuestion[], onReply: (at: number, reply: unknown) => void): void;
  close(): void;
}

/** What one server says of itself. */
export interface ServerInfo {
  /** What it is called in sentences. */
  readonly place: string;
  /** Its answer to `INFO`. */
  readonly info: string;
  /** Address and port of the one server there is, where it is spoken to without TLS. */
  readonly address?: string;
}

export interface ServersEvents {
  /** There are new connections, and each server has said what it is. */
  up(said: readonly ServerInfo[]): void;
  down(detail: string): void;
}
