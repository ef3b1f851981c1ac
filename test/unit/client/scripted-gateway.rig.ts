/** A gateway that says what the test tells it to, over a real WebSocket, to see what the client does with it. */
import type { AddressInfo } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import { type WebSocket, WebSocketServer } from 'ws';

export type Message = Readonly<Record<string, unknown>>;

export interface Session {
  readonly hello: Message;
  /** Everything after hello. */
  readonly received: Message[];
  readonly frames: Uint8Array[];
  readonly socket: WebSocket;
  send(message: Message): void;
}

export interface ScriptedGateway {
  readonly url: string;
  readonly sessions: Session[];
  close(): Promise<void>;
}

export const WELCOME: Message = {
  t: 'welcome',
  v: 1,
  gateway: 'gw-1',
  server_time_ms: 1_795_161_600_000,
  heartbeat_ms: 15_000,
  max_in_flight: 100,
  max_frame_bytes: 4_096,
  deadline_ms: 500,
  device: 'gate-1',
  scenes: ['29/gate'],
};

export function decisionFor(seq: unknown): Message {
  return {
    t: 'decision',
    seq,
    id: `d-${seq}`,
    outcome: 'allow',
    code: 'allow.good',
    at_ms: 1_795_161_600_000,
    mode: 'lists',
    scene: '29/gate',
    facts: {},
  };
}

/** `onHello` greets (the default) or does something worse; `onMessage` sees everything after hello. */
export async function startScriptedGateway(script: {
  readonly onHello?: (session: Session, index: number) => void;
  readonly onMessage?: (session: Session, message: Message, index: number) => void;
}): Promise<ScriptedGateway> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: () => 'onecard.gate.v1',
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const sessions: Session[] = [];
  server.on('connection', (socket) => {
    const session = {
      hello: {} as Message,
      received: [] as Message[],
      frames: [] as Uint8Array[],
      socket,
      send,
    };
    let index = -1;
    function send(message: Message): void {
      socket.send(encode(message));
    }
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const message = decode(data) as Message;
      if (index < 0) {
        session.hello = message;
        index = sessions.push(session) - 1;
        if (script.onHello) script.onHello(session, index);
        else send(WELCOME);
        return;
      }
      session.received.push(message);
      session.frames.push(new Uint8Array(data));
      if (message['t'] === 'bye') socket.close(1_000, 'bye');
      else script.onMessage?.(session, message, index);
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/gate`,
    sessions,
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}
