/** What the stand-in for the kubelet saw and did, in order: tests look into it in place of at clocks. */
export type NodeEvent =
  | 'started'
  | 'startup probe succeeded'
  | 'ready'
  | 'not ready'
  | 'liveness probe failed'
  | 'terminating'
  | 'preStop ended'
  | 'SIGTERM'
  | 'grace ended'
  | 'exited'
  | 'removed';

export interface LedgerLine {
  readonly node: string;
  readonly pod: string;
  readonly uid: string;
  readonly event: NodeEvent;
  /** Exit status of `exited`. */
  readonly status?: number;
}

export class Ledger {
  readonly #lines: LedgerLine[] = [];

  add(line: LedgerLine): void {
    this.#lines.push(line);
  }

  get lines(): readonly LedgerLine[] {
    return this.#lines;
  }

  /** Of one pod's life: a StatefulSet gives the same name to the next. */
  eventsOf(uid: string): string[] {
    return this.#lines
      .filter((line) => line.uid === uid)
      .map(({ event, status }) => (status === undefined ? event : `${event} ${status}`));
  }

  /** Without when readiness went, which is asked for every two seconds only. */
  lifeOf(uid: string): string[] {
    return this.eventsOf(uid).filter((event) => event !== 'not ready');
  }
}
