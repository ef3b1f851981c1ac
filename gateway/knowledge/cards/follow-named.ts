/** Named lists as this gateway follows them: each a snapshot that is replaced whole when the platform publishes another. */
import type { Limits } from '../../../config/settings.ts';
import type { NamedDigest } from '../../../crypto/named-digest.ts';
import { ListFileError } from '../../../lists/list-errors.ts';
import type { ListHandle } from '../../../lists/list-handle.ts';
import type { SignedThing } from '../clock/guarded-clock.ts';
import { CARDS } from './follow-cards.ts';
import type { AnnouncedList, Download, ListFolder } from './follow-folder.ts';

export interface NamedListsOptions {
  readonly folder: ListFolder;
  readonly limits: Pick<Limits, 'named_lists' | 'named_list_cards'>;
  /** When a list was signed. False: that is later than it can be by now. */
  readonly observe: (signedAtMs: number, from: SignedThing) => boolean;
  readonly onList: (list: ListHandle) => void;
  readonly onRemoved: (name: string) => void;
  /** What was in force stays. `message` names no card. */
  readonly onFault: (error: Error) => void;
}

const NAMED_PATH = /^lists\/named\/([a-z0-9][a-z0-9._-]{0,62})\.list$/;

export class NamedLists {
  readonly #options: NamedListsOptions;
  /** Hash of the snapshot in force, by name. */
  readonly #held = new Map<string, NamedDigest>();

  constructor(options: NamedListsOptions) {
    this.#options = options;
  }

  /** Puts in force what is on disk; what cannot be read is reported, and fetched again by `follow`. */
  async restore(): Promise<void> {
    for (const { name, digest } of this.#options.folder.snapshots()) {
      if (name === CARDS || this.#held.size >= this.#options.limits.named_lists) continue;
      await this.#guarded(async () => {
        const { folder, limits, observe } = this.#options;
        const list = await folder.read(name, digest, limits.named_list_cards);
        observe(list.head.issuedAtMs, 'disk');
        this.#hold(name, digest, list);
      });
    }
  }

  /** Fetches what is new among the targets, and lets go of lists that are no longer published. Never rejects. */
  async follow(targets: readonly AnnouncedList[], download: Download, signal: AbortSignal): Promise<void> {
    const { limits, folder, observe, onRemoved, onFault } = this.#options;
    const published = new Map(targets.flatMap((target) => named(target)));
    for (const name of this.#held.keys()) {
      if (published.has(name)) continue;
      folder.remove(name);
      this.#held.delete(name);
      onRemoved(name);
    }
    const taken = [...published].slice(0, limits.named_lists);
    if (taken.length < published.size) {
      onFault(new Error(`${published.size} named lists are more than the ${limits.named_lists} allowed`));
    }
    for (const [name, target] of taken) {
      if (this.#held.get(name) === target.digest) continue;
      await this.#guarded(async () => {
        const list = await folder.fetch(target, limits.named_list_cards, download, signal);
        if (list.head.name !== name) throw new Error('a named list was published under the name of another');
        if (!observe(list.head.issuedAtMs, 'download')) {
          throw new ListFileError('future', 'a named list is signed later than it can be by now');
        }
        folder.keep(name, target.digest);
        this.#hold(name, target.digest, list);
      });
    }
  }

  #hold(name: string, digest: NamedDigest, list: ListHandle): void {
    this.#held.set(name, digest);
    this.#options.onList(list);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.onFault(error as Error);
    }
  }
}

/** A list that calls itself as the card list does would take its place. */
function named(target: AnnouncedList): [string, AnnouncedList][] {
  const name = NAMED_PATH.exec(target.path)?.[1];
  return name === undefined || name === CARDS ? [] : [[name, target]];
}
