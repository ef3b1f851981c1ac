/** One gate of the load: a raw socket that writes frames made before, many in one system call. */
import { randomBytes } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decodeMessage, encodeHello, SUBPROTOCOL } from '../../client/messages.ts';
import { answerHead } from './answer.ts';
import { binaryFrame, FrameReader, pongFrame } from './frames.ts';

const STREAM_BYTES = 16;
const WRITE_BYTES = 256 * 1024;

export interface ConnectionOptions {
  /** `ws://host:port/path`, or `wss:`. */
  readonly url: string;
  readonly token: string;
  readonly onAnswer: (seq: number, code: string) => void;
  readonly onClosed: (reason: string) => void;
}

export class LoadConnection {
  readonly #socket: Socket;
  readonly #batch = Buffer.allocUnsafeSlow(WRITE_BYTES);
  #filled = 0;
  #closing = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves once the gate is welcome. Rejects when it is not. */
  static open(options: ConnectionOptions): Promise<LoadConnection> {
    const url = new URL(options.url);
    const { socket, ready } = socketTo(url);
    const connection = new LoadConnection(socket);
    return new Promise((resolve, reject) => {
      const frames = new FrameReader({
        message: (bytes, start, end) => {
          const { seq, code } = answerHead(bytes, start, end);
          if (seq >= 0) options.onAnswer(seq, code);
          else if (decodeMessage(bytes.subarray(start, end)).kind === 'welcome') resolve(connection);
        },
        ping: (payload) => socket.write(pongFrame(payload)),
        close: (reason) => {
          reject(new Error(`the gateway closed the connection: ${reason}`));
          if (!connection.#closing) options.onClosed(reason);
        },
      });
      socket.once('error', reject);
      socket.once(ready, () => socket.write(upgradeRequest(url)));
      const upgraded = readUpgrade((rest) => {
        socket.off('data', upgraded);
        socket.on('data', (chunk: Buffer) => frames.push(chunk));
        socket.write(binaryFrame(encodeHello(options.token, randomBytes(STREAM_BYTES)), 0));
        if (rest.length > 0) frames.push(rest);
      }, reject);
      socket.on('data', upgraded);
    });
  }

  /** Bytes the kernel has not taken yet. */
  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /** Adds a frame to what the next `flush` writes. */
  add(frame: Uint8Array): void {
    if (this.#filled + frame.length > WRITE_BYTES) this.flush();
    this.#batch.set(frame, this.#filled);
    this.#filled += frame.length;
  }

  flush(): void {
    if (this.#filled === 0) return;
    this.#socket.write(Buffer.from(this.#batch.subarray(0, this.#filled)));
    this.#filled = 0;
  }

  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }
}

/** An IPv6 address stands in brackets in a URL, and nowhere else. */
function socketTo(url: URL): { readonly socket: Socket; readonly ready: 'connect' | 'secureConnect' } {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'wss:') {
    return { socket: connect({ host, port: Number(url.port || 80), noDelay: true }), ready: 'connect' };
  }
  const socket = connectTls({ host, port: Number(url.port || 443), servername: isIP(host) ? '' : host });
  socket.setNoDelay(true);
  return { socket, ready: 'secureConnect' };
}

function upgradeRequest(url: URL): string {
  return [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    '',
    '',
  ].join('\r\n');
}

/** Collects the answer to the upgrade, and hands on what came behind it. */
function readUpgrade(done: (rest: Buffer) => void, refuse: (error: Error) => void) {
  let text = Buffer.alloc(0);
  return (chunk: Buffer) => {
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const status = text.toString('latin1', 0, text.indexOf('\r\n'));
    if (!status.includes(' 101 ')) refuse(new Error(`no WebSocket: ${status}`));
    else done(text.subarray(end + 4));
  };
}
