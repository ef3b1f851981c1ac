/** Reads server-sent events as a browser does: enough of them for tests. */
export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** The next event; null: the stream has ended. */
  next(): Promise<StreamedEvent | null>;
  /** The next of that name, others passed over. Throws where the stream ends before. */
  nextOf(event: string): Promise<StreamedEvent>;
  close(): void;
}

export async function readEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<StreamedEvent | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const field = (name: string) => block.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];
        const event = field('event');
        if (event !== undefined) return { event, data: JSON.parse(field('data') ?? 'null') as unknown };
        continue;
      }
      const more = await reader?.read();
      if (more === undefined || more.done) return null;
      text += more.value;
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    async nextOf(event) {
      for (;;) {
        const each = await next();
        if (each === null) throw new Error(`the stream ended before an event ${event}`);
        if (each.event === event) return each;
      }
    },
    close: () => abort.abort(),
  };
}
