/** Readers at a desk under test: agents with virtual readers, and what the stream of a workplace says. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { vi } from 'vitest';
import { ReaderAgent } from '../../client/reader/agent.ts';
import { pair } from '../../client/reader/pairing.ts';
import { VirtualSource } from '../../client/reader/sources/virtual.ts';
import type { ReadingNews } from '../../hotel/reader/desk-reading.ts';
import type { ReaderNews } from '../../hotel/reader/reader-hub.ts';
import type { Verification } from '../../hotel/verification/verification.ts';
import { VirtualReader } from '../../platform/virtual-card/virtual-reader.ts';
import type { ComposedDesk } from './desk.rig.ts';
import type { DeskSession } from './desk-session.rig.ts';

export interface Followed {
  readonly reader: readonly ReaderNews[];
  readonly reading: readonly ReadingNews[];
  readonly verification: readonly Verification[];
  readonly scanned: readonly { readonly bytes: number; readonly taken: boolean }[];
  /** Forgets what was said so far. */
  clear(): void;
  stop(): Promise<void>;
}

/** What the stream of the session's workplace says. */
export async function follow(session: DeskSession): Promise<Followed> {
  const answer = await session.ask('/v1/desk/stream');
  const said = { reader: [], reading: [], verification: [], scanned: [] } as Record<string, unknown[]>;
  const lines = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (lines === undefined || answer.status !== 200) throw new Error(`no stream: ${answer.status}`);
  const read = async () => {
    for (let text = ''; ; ) {
      const { value, done } = await lines.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, event = '', data = 'null'] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
        said[event]?.push(JSON.parse(data));
        text = text.slice(end + 2);
      }
    }
  };
  const reading = read().catch(() => {});
  return {
    ...(said as unknown as Omit<Followed, 'clear' | 'stop'>),
    clear: () => {
      for (const each of Object.values(said)) each.length = 0;
    },
    async stop() {
      await lines.cancel();
      await reading;
    },
  };
}

export interface PairedAgent {
  readonly virtual: VirtualReader;
  readonly token: string;
  readonly readerId: string;
  readonly said: string[];
  /** Whether the desk turned it away. */
  readonly refused: () => boolean;
  stop(): Promise<void>;
}

export async function pairing(session: DeskSession, desk: ComposedDesk, name = 'front desk PC') {
  const { code } = await session.json<{ code: string }>('/v1/readers/pairings', { body: {} });
  return pair({ url: desk.url, code, name, caFile: null });
}

/** Paired with the session's workplace, connected, with nothing on its reader. `through`: an address in place of the desk's. */
export async function startAgent(
  session: DeskSession,
  desk: ComposedDesk,
  through = desk.url,
): Promise<PairedAgent> {
  const { token, readerId } = await pairing(session, desk);
  const virtual = new VirtualReader();
  const port = await virtual.listen();
  const said: string[] = [];
  let isRefused = false;
  const agent = new ReaderAgent({
    ...{ url: through, token, say: (line) => void said.push(line) },
    sources: [new VirtualSource({ host: '127.0.0.1', port })],
    onRefused: () => {
      isRefused = true;
    },
    pauses: { firstPauseMs: 20, longestPauseMs: 200 },
  });
  await vi.waitFor(() => {
    if (!said.some((line) => line.startsWith('connected')))
      throw new Error(`not connected: ${said.join('; ')}`);
  }, 10_000);
  return {
    ...{ virtual, token, readerId, said },
    refused: () => isRefused,
    async stop() {
      await agent.stop();
      await virtual.close();
    },
  };
}

/** Passes bytes on to the desk, until it is cut. */
export async function startPassage(
  desk: ComposedDesk,
): Promise<{ url: string; cut(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((from) => {
    const to = connect({ port: Number(new URL(desk.url).port), host: '127.0.0.1' });
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        from.destroy();
        to.destroy();
      });
    }
    from.pipe(to);
    to.pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    ...{ url: `http://127.0.0.1:${port}`, cut },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
