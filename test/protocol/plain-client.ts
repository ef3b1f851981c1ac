/**
 * A client written from docs/protocol.md alone, with a WebSocket library, a MessagePack library and node:crypto. It
 * shares nothing with the gateway.
 */
import { createPrivateKey, type JsonWebKey, randomBytes, randomUUID, sign } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';

/** A gateway and a device enrolled at it. */
export interface PlainClientTarget {
  /** For example `ws://127.0.0.1:8790/v1/gate`. */
  readonly url: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  /** P-256 or Ed25519. */
  readonly privateKey: JsonWebKey;
}

export type PlainMessage = Readonly<Record<string, unknown>>;

export function makeToken({ gatewayId, deviceId, privateKey }: PlainClientTarget): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const alg = privateKey.crv === 'Ed25519' ? 'EdDSA' : 'ES256';
  const now = Math.floor(Date.now() / 1000);
  const header = { alg, typ: 'onecard-device+jwt', kid: deviceId };
  const claims = { iss: deviceId, sub: deviceId, aud: gatewayId, iat: now, exp: now + 60, jti: randomUUID() };
  const input = `${part(header)}.${part(claims)}`;
  const key = createPrivateKey({ key: privateKey, format: 'jwk' });
  const signature =
    alg === 'EdDSA'
      ? sign(null, Buffer.from(input), key)
      : sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export class PlainClient {
  readonly welcome: PlainMessage;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: PlainMessage, frame: Buffer) => void>();
  #other: ((message: PlainMessage) => void) | null = null;

  private constructor(socket: WebSocket, welcome: PlainMessage) {
    this.#socket = socket;
    // One listener for each tap that waits.
    socket.setMaxListeners(0);
    this.welcome = welcome;
    socket.on('message', (data: Buffer) => {
      const message = decode(data) as PlainMessage;
      const { seq } = message;
      const done = typeof seq === 'number' ? this.#waiting.get(seq) : undefined;
      if (done === undefined) this.#other?.(message);
      else {
        this.#waiting.delete(seq as number);
        done(message, data);
      }
    });
  }

  /** Connects and says hello; rejects with the text of the close frame when the gateway refuses. */
  static connect(target: PlainClientTarget, stream: Uint8Array = randomBytes(16)): Promise<PlainClient> {
    const socket = new WebSocket(target.url, 'onecard.gate.v1');
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        socket.send(encode({ t: 'hello', v: 1, token: makeToken(target), stream: new Uint8Array(stream) }));
      });
      socket.on('close', (_code, reason) => reject(new Error(reason.toString())));
      socket.once('message', (data: Buffer) =>
        resolve(new PlainClient(socket, decode(data) as PlainMessage)),
      );
    });
  }

  /** The answer, and the bytes it came in. */
  tap(seq: number, presentation: PlainMessage): Promise<{ message: PlainMessage; frame: Buffer }> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, (message, frame) => resolve({ message, frame }));
      this.#socket.once('close', () => reject(new Error('the connection closed')));
      this.#socket.send(encode({ t: 'tap', seq, ...presentation }));
    });
  }

  ping(): Promise<PlainMessage> {
    return new Promise((resolve) => {
      this.#other = resolve;
      this.#socket.send(encode({ t: 'ping', at_ms: Date.now() }));
    });
  }

  /** Resolves with the close code. */
  bye(): Promise<number> {
    return new Promise((resolve) => {
      this.#socket.on('close', (code) => resolve(code));
      this.#socket.send(encode({ t: 'bye' }));
    });
  }
}
