/**
 * A client written from docs/protocol.md alone, with a WebSocket library, a MessagePack library, node:crypto, and the SM2 of
 * the platform. It shares nothing with the gateway.
 */
import { createPrivateKey, type JsonWebKey, randomBytes, randomUUID, sign } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';
import { sm2KeyOf, sm2Sign } from '../../platform/sm2.ts';

/** A gateway and a device enrolled at it. */
export interface PlainClientTarget {
  /** For example `ws://127.0.0.1:8790/v1/gate`. */
  readonly url: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  /** P-256, Ed25519 or SM2. */
  readonly privateKey: JsonWebKey;
  /** The device's own time for its tokens, milliseconds since 1970 UTC. Default: this machine's. */
  readonly nowMs?: number;
  /** Certificate that the gateway is believed by, PEM, where it speaks TLS. */
  readonly ca?: string;
}

export type PlainMessage = Readonly<Record<string, unknown>>;

export interface PlainAnswer {
  readonly message: PlainMessage;
  readonly frame: Buffer;
}

interface Waiting {
  readonly resolve: (answer: PlainAnswer) => void;
  readonly reject: (error: Error) => void;
}

export function makeToken({ gatewayId, deviceId, privateKey, nowMs }: PlainClientTarget): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const alg = { Ed25519: 'EdDSA', SM2: 'SGD_SM3_SM2' }[privateKey.crv ?? ''] ?? 'ES256';
  const now = Math.floor((nowMs ?? Date.now()) / 1000);
  const header = { alg, typ: 'onecard-device+jwt', kid: deviceId };
  const claims = { iss: deviceId, sub: deviceId, aud: gatewayId, iat: now, exp: now + 60, jti: randomUUID() };
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signatureOf(privateKey, Buffer.from(input)).toString('base64url')}`;
}

function signatureOf(jwk: JsonWebKey, input: Buffer): Buffer {
  if (jwk.crv === 'SM2') {
    const scalar = BigInt(`0x${Buffer.from(jwk.d ?? '', 'base64url').toString('hex')}`);
    return Buffer.from(sm2Sign(sm2KeyOf(scalar), input));
  }
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return jwk.crv === 'Ed25519'
    ? sign(null, input, key)
    : sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
}

/** What the gateway said in place of `welcome`. The message is its code, as in the close frame that follows. */
export class RefusedHello extends Error {
  override readonly name = 'RefusedHello';
  readonly said: PlainMessage;

  constructor(said: PlainMessage) {
    super(String(said['code']));
    this.said = said;
  }
}

export class PlainClient {
  readonly welcome: PlainMessage;
  /** Answers to taps that were answered before, or never sent. */
  readonly unasked: PlainMessage[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  /** By the number that asked for a challenge. */
  readonly #challenges = new Map<number, (message: PlainMessage) => void>();
  #pong: ((message: PlainMessage) => void) | null = null;
  /** Resolves with the gateway's notice that it is going. */
  readonly drained: Promise<PlainMessage>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(socket: WebSocket, welcome: PlainMessage) {
    this.#socket = socket;
    // One listener for each tap that waits.
    socket.setMaxListeners(0);
    this.welcome = welcome;
    let drained: (message: PlainMessage) => void = () => {};
    this.drained = new Promise((resolve) => {
      drained = resolve;
    });
    socket.on('message', (frame: Buffer) => {
      const message = decode(frame) as PlainMessage;
      if (message['t'] === 'drain') drained(message);
      else if (message['t'] === 'pong') this.#pong?.(message);
      else if (message['id'] !== undefined && this.#challenges.has(message['id'] as number))
        this.#challenged(message);
      else this.#answered({ message, frame });
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        for (const { reject } of this.#waiting.values()) reject(new Error('the connection closed'));
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  #challenged(message: PlainMessage): void {
    const id = message['id'] as number;
    this.#challenges.get(id)?.(message);
    this.#challenges.delete(id);
  }

  #answered(answer: PlainAnswer): void {
    const seq = answer.message['seq'] as number;
    const waiting = this.#waiting.get(seq);
    if (waiting === undefined) this.unasked.push(answer.message);
    this.#waiting.delete(seq);
    waiting?.resolve(answer);
  }

  /**
   * Connects and says hello; rejects with the text of the close frame when the gateway refuses. `from`: the address it
   * comes from.
   */
  static connect(
    target: PlainClientTarget,
    stream: Uint8Array = randomBytes(16),
    from?: string,
  ): Promise<PlainClient> {
    const socket = new WebSocket(target.url, 'onecard.gate.v1', {
      ...(from !== undefined && { localAddress: from }),
      ...(target.ca !== undefined && { ca: target.ca }),
    });
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        socket.send(encode({ t: 'hello', v: 1, token: makeToken(target), stream: new Uint8Array(stream) }));
      });
      socket.on('close', (_code, reason) => reject(new Error(reason.toString())));
      socket.once('message', (data: Buffer) => {
        const first = decode(data) as PlainMessage;
        if (first['t'] === 'welcome') resolve(new PlainClient(socket, first));
        else reject(new RefusedHello(first));
      });
    });
  }

  /** The answer, and the bytes it came in. */
  tap(seq: number, presentation: PlainMessage): Promise<PlainAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject });
      this.#socket.send(encode({ t: 'tap', seq, ...presentation }));
    });
  }

  /** What the gateway says to it: a challenge, or a refusal. */
  challenge(id: number, wish: PlainMessage = {}): Promise<PlainMessage> {
    return new Promise((resolve) => {
      this.#challenges.set(id, resolve);
      this.#socket.send(encode({ t: 'challenge', id, ...wish }));
    });
  }

  ping(): Promise<PlainMessage> {
    return new Promise((resolve) => {
      this.#pong = resolve;
      this.#socket.send(encode({ t: 'ping', at_ms: Date.now() }));
    });
  }

  /** Resolves with the close code. */
  async bye(): Promise<number> {
    this.#socket.send(encode({ t: 'bye' }));
    return (await this.closed).code;
  }
}
