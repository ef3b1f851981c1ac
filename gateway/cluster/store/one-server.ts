/** One server, or a replica that was promoted behind the same name: connected to again for ever. */
import { placeOf, retryMs, type ServerAccess } from './server-access.ts';
import { ServerLink } from './server-link.ts';
import type { StoreQuestion } from './store.ts';
import type { ServersEvents, StoreServers } from './store-servers.ts';

export class OneServer implements StoreServers {
  readonly #open: () => ServerLink;
  #link: ServerLink;
  #tries = 0;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(url: string, access: ServerAccess, events: ServersEvents) {
    const place = placeOf(url);
    this.#open = () =>
      new ServerLink(place, access, {
        ready: (info, address) => {
          this.#tries = 0;
          events.up([{ place: `${place.host}:${place.port}`, info, ...(address !== null && { address }) }]);
        },
        closed: (detail) => {
          this.#again();
          events.down(detail);
        },
      });
    this.#link = this.#open();
  }

  send(questions: readonly StoreQuestion[], onReply: (at: number, reply: unknown) => void): void {
    this.#link.send(questions, onReply);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#link.close();
  }

  #again(): void {
    if (this.#isClosed) return;
    this.#tries += 1;
    this.#retry = setTimeout(() => {
      this.#link = this.#open();
    }, retryMs(this.#tries));
  }
}
