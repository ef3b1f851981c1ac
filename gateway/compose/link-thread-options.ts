/** Of the thread of the platform link. Apart from what uses them: the declarations of the package show them, and nothing of LMDB. */
import type { Worker } from 'node:worker_threads';

export interface LinkThreadOptions {
  /** Another entry module for the thread of the platform link: tests put a faulty one here. */
  readonly linkEntry?: URL;
  /** That thread, started before settings were read (`startLinkThread`). Default: it is started here. */
  readonly linkAhead?: Worker;
}
