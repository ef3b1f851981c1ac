/** Card readers and scanners at the workplaces: builds what knows them, and takes their agents' connections. */
import fastifyWebsocket from '@fastify/websocket';
import { CLOSES, MESSAGE_BYTES_MAX } from '../../client/reader/wire.ts';
import type { DeskContext } from '../context.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Routes } from '../http/server.ts';
import { Connection } from './connection.ts';
import { DeskReading } from './desk-reading.ts';
import { PairedReaders } from './paired-readers.ts';
import { PairingCodes } from './pairing-codes.ts';
import { ReaderHub } from './reader-hub.ts';
import { readerRoutes } from './reader-routes.ts';

export interface Readers {
  readonly routes: Routes;
  /** A session is over: what it asked for is, too. */
  endSession(session: string): void;
}

/** Agents that did not say yet who they are, and those that did. */
const CONNECTIONS_MAX = 256;
/** RFC 6455 clause 7.4.1: going away; try again later. */
const GOING_AWAY = 1001;
const TRY_LATER = 1013;

/** `folder`: the desk's own. Throws HotelError `unusable` when its file is damaged. */
export function openReaders(context: DeskContext, folder: string): Readers {
  const { crypto, core, streams, verifications, now, log } = context;
  const paired = new PairedReaders(folder, crypto.profile);
  const codes = new PairingCodes(crypto.profile);
  const hub = new ReaderHub(paired);
  const reading = new DeskReading({
    ...{ hub, core, now },
    judge: async (wish) => (await verifications.judge(wish)).verification,
    push: (desk, event, data, session) => streams.push(desk, event, data, session),
    onFault: (cause) => log('error', { error: (cause as Error).name }, 'a reading at the desk failed'),
  });
  const onChanged = (desk: string) => {
    streams.push(desk, 'reader', hub.news(desk));
    reading.changed(desk);
  };
  streams.greetBy((stream, { desk }) => {
    if (desk !== null) stream.send('reader', hub.news(desk));
  });
  const unpair = (readerId: string) => hub.connection(readerId)?.close(CLOSES.unknownReader);
  const parts = { paired, codes, hub, reading, onChanged, unpair };
  return {
    endSession: (session) => reading.endSession(session),
    async routes(app, given) {
      const open = new Set<Connection>();
      app.addHook('preClose', async () => reading.close());
      await app.register(fastifyWebsocket, {
        options: { maxPayload: MESSAGE_BYTES_MAX },
        errorHandler: (_, socket) => socket.terminate(),
        preClose: (done) => {
          for (const connection of open) connection.close(GOING_AWAY);
          done();
        },
      });
      app.get(
        '/reader/connect',
        {
          websocket: true,
          config: { scope: null },
          schema: { hide: true },
          preValidation: async ({ headers }) => {
            // A browser says where its page is from; an agent has no page.
            if (headers.origin !== undefined) throw new ProblemResponse('desk.cross_site');
          },
        },
        (socket) => {
          if (open.size >= CONNECTIONS_MAX) {
            socket.close(TRY_LATER);
            return;
          }
          const connection = new Connection(socket, {
            ...{ paired, hub, reading, onChanged },
            log: (fields, message) => log('info', fields, message),
          });
          open.add(connection);
          socket.once('close', () => open.delete(connection));
        },
      );
      await readerRoutes(parts)(app, given);
    },
  };
}
