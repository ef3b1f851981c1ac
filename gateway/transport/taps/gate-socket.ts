/**
 * The WebSocket side of `onecard.gate.v1`: hello, pipelined taps, heartbeats, drain. It parses and decodes, hands taps
 * to the pipeline and writes what the pipeline answers; it decides nothing.
 */
import type * as uWS from 'uWebSockets.js';
import type { Code } from '../../../config/codes.ts';
import type { Limits } from '../../../config/settings.ts';
import { toHex } from '../../../workers/codecs/hex.ts';
import { type MsgpackLimits, viewStrictMsgpack } from '../../../workers/codecs/strict-msgpack.ts';
import { binForm } from '../../../workers/families/byte-form.ts';
import type { AuthResult } from '../../devices/auth.ts';
import type { Enrolled } from '../../devices/standing.ts';
import { isRecord, PresentationDecoder } from '../../tap/1-decode/decode.ts';
import { DirectDecoder } from '../../tap/1-decode/direct-decode.ts';
import type { Answer, Device, Presentation } from '../../verification.ts';
import { Lingering } from '../lingering.ts';
import { Places } from '../places.ts';
import type { TransportOptions } from '../transport.ts';
import { DeviceConnections } from './device-connections.ts';
import { issueToGate } from './gate-challenges.ts';
import { CUT_BY_LIBRARY, GateConnection, type GateSocketHandle, keepWaiting } from './gate-connection.ts';
import { GateOutbox } from './gate-outbox.ts';
import {
  asksChallenge,
  closeCode,
  encodeAnswer,
  encodeDrain,
  encodePong,
  encodeRefusal,
  type Hello,
  isBye,
  isPing,
  peekSeq,
  readHello,
  seqOf,
  TapEnvelope,
} from './gate-protocol.ts';
import { mayBeSaidAgain, noWelcome, welcomeTo } from './hello-answers.ts';
import { messageLimitsOf, payloadBytesMax } from './message-sizes.ts';
import { OtherMessages } from './other-messages.ts';
import type { UnreadAnswers } from './unread-answers.ts';

/** When a refusal of the transport's own can be tried again. */
const RETRY_AFTER_MS = 50;
/** RFC 6455 clause 7.4.1: normal closure. */
const NORMAL_CLOSURE = 1_000;

export interface GateSocketOptions
  extends Pick<
    TransportOptions,
    'families' | 'intake' | 'challenges' | 'devices' | 'now' | 'metrics' | 'log'
  > {
  readonly gatewayId: string;
  readonly limits: Limits;
  readonly unread: UnreadAnswers;
}

export class GateSockets {
  readonly #options: GateSocketOptions;
  /** Of those who are not let in. */
  readonly #messageLimits: MsgpackLimits;
  readonly #decoder: PresentationDecoder<typeof TapEnvelope>;
  readonly #direct: DirectDecoder;
  readonly #open = new Set<GateConnection>();
  readonly #greeted = new DeviceConnections();
  /** Of connections that are not let in yet. */
  readonly #hellos: Places;
  readonly #lingering: Lingering;
  readonly #outbox: GateOutbox;
  readonly #others: OtherMessages;
  #draining = false;
  #onEmpty: () => void = () => {};

  constructor(options: GateSocketOptions) {
    const { limits } = options;
    this.#options = options;
    this.#messageLimits = messageLimitsOf(limits, null);
    this.#decoder = new PresentationDecoder(binForm, TapEnvelope, options.families);
    this.#direct = new DirectDecoder(options.families, this.#messageLimits);
    this.#hellos = new Places({ all: limits.hellos, perAddress: limits.hellos_per_address });
    this.#lingering = new Lingering(limits.hellos);
    this.#others = new OtherMessages(limits.other_messages_per_s);
    this.#outbox = new GateOutbox({
      unread: options.unread,
      log: options.log,
      retryAfterMs: RETRY_AFTER_MS,
      slow: (connection) => this.#close(connection, 'connection.slow_reader'),
      caughtUp: (connection) => {
        if (connection.leaving) this.#leave(connection);
      },
    });
  }

  /** Connections open now, greeted or not. */
  get size(): number {
    return this.#open.size;
  }

  /** Enrolments that have a connection open now, each once. */
  get connected(): Iterable<Enrolled> {
    return this.#greeted.enrolments();
  }

  /** State of one that was admitted. */
  connectionFrom(address: string): GateConnection {
    return new GateConnection(address, this.#messageLimits);
  }

  /** Takes a place for one that connects from there; or returns why there is none. Whoever got a place must open. */
  admit(address: string): Code | null {
    if (this.#draining) return 'gateway.draining';
    const { connections } = this.#options.limits;
    return this.#greetedNow >= connections || !this.#hellos.take(address) ? 'connection.too_many' : null;
  }

  get #greetedNow(): number {
    return this.#open.size - this.#hellos.taken;
  }

  /**
   * Tells every client to finish and leave. Taps that still come go to the pipeline, which refuses them. Resolves when
   * all have left, or after `graceMs`.
   */
  drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const connection of this.#open) {
      if (connection.state === 'ready') this.#outbox.send(connection, encodeDrain(graceMs));
    }
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Closes every connection of an enrolment, as when its device is revoked or enrolled anew. */
  disconnect(enrolled: Enrolled, code: Code): void {
    for (const connection of this.#greeted.under(enrolled)) this.#close(connection, code);
  }

  closeAll(code: Code): void {
    this.#outbox.flush();
    for (const connection of [...this.#open]) this.#close(connection, code);
  }

  /** What uWebSockets.js calls. The upgrade itself is the HTTP side's. */
  behavior(): uWS.WebSocketBehavior<GateConnection> {
    const { limits } = this.#options;
    return {
      maxPayloadLength: payloadBytesMax(limits),
      maxBackpressure: limits.send_buffer_bytes,
      // uWebSockets.js takes 0 or 8 to 960 seconds, and pings by itself before the time is over.
      idleTimeout: Math.min(960, Math.max(8, Math.ceil((limits.heartbeat_ms * 2) / 1_000))),
      sendPingsAutomatically: true,
      open: (socket) => this.#opened(socket),
      drain: (socket) => this.#outbox.look(socket.getUserData()),
      // The library has answered it by itself.
      ping: (socket) => {
        if (this.#mayCome(socket.getUserData())) this.#outbox.look(socket.getUserData());
      },
      message: (socket, message, isBinary) => this.#received(socket.getUserData(), message, isBinary),
      close: (socket, _code, reason) => {
        const cut = CUT_BY_LIBRARY.get(Buffer.from(reason).toString());
        if (cut !== undefined) this.#options.metrics.connectionRefused(cut);
        this.#closed(socket.getUserData());
      },
    };
  }

  #opened(socket: GateSocketHandle): void {
    const connection = socket.getUserData();
    connection.socket = socket;
    this.#open.add(connection);
    this.#awaitHello(connection);
  }

  #awaitHello(connection: GateConnection): void {
    const { hello_timeout_ms } = this.#options.limits;
    connection.helloTimer = setTimeout(
      () => this.#close(connection, 'connection.hello_timeout'),
      hello_timeout_ms,
    );
  }

  #closed(connection: GateConnection): void {
    connection.socket = null;
    connection.outbox = [];
    connection.waiting = [];
    connection.unread?.over();
    if (connection.helloTimer !== null) clearTimeout(connection.helloTimer);
    if (connection.device === null) this.#hellos.giveBack(connection.address);
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#onEmpty();
    if (connection.device !== null) this.#greeted.remove(connection.device.deviceId, connection);
  }

  #received(connection: GateConnection, message: ArrayBuffer, isBinary: boolean): void {
    const bytes = new Uint8Array(message);
    if (!isBinary) this.#close(connection, 'connection.text_frame');
    else if (bytes.length > connection.messageLimits.bytes) this.#close(connection, 'request.too_large');
    else if (connection.state === 'ready') this.#take(connection, connection.device, bytes);
    else if (connection.state === 'authenticating') this.#wait(connection, bytes);
    else this.#greet(connection, bytes);
  }

  /** Keeps a message until the token is checked. */
  #wait(connection: GateConnection, bytes: Uint8Array): void {
    if (keepWaiting(connection, bytes)) return;
    this.#refuse(connection, peekSeq(bytes), 'tap.too_many_in_flight', RETRY_AFTER_MS);
  }

  #greet(connection: GateConnection, bytes: Uint8Array): void {
    const hello = this.#draining ? 'gateway.draining' : readHello(bytes, this.#messageLimits);
    // What it sent behind its first hello may still be on its way.
    if (hello === 'auth.missing' && connection.state === 'again') {
      this.#wait(connection, bytes);
      return;
    }
    if (connection.helloTimer !== null) clearTimeout(connection.helloTimer);
    if (typeof hello === 'string') {
      this.#close(connection, hello);
      return;
    }
    connection.state = 'authenticating';
    const authenticated = this.#options.devices.authenticateToken(hello.token);
    authenticated
      .then((result) => this.#authenticated(connection, result, hello))
      .catch((cause) => {
        this.#options.log.error({ err: cause }, 'device authentication failed');
        this.#close(connection, 'gateway.internal');
      });
  }

  #authenticated(connection: GateConnection, result: AuthResult, hello: Hello): void {
    if (connection.socket === null) return;
    // The token was on its way to disk meanwhile: the device may have been enrolled anew.
    const code = result.ok ? this.#options.devices.standing(result.device) : result.code;
    if (this.#draining) this.#close(connection, 'gateway.draining');
    else if (result.ok && code === null) this.#welcome(connection, result.device, hello);
    else if (code !== null) this.#reject(connection, code);
  }

  #reject(connection: GateConnection, code: Code): void {
    const said = noWelcome(code, RETRY_AFTER_MS, this.#options);
    if (said !== null) {
      this.#outbox.send(connection, said);
      this.#outbox.flush();
    }
    if (mayBeSaidAgain(code) && !connection.wasAskedAgain) {
      this.#options.metrics.connectionRefused(code);
      connection.wasAskedAgain = true;
      connection.state = 'again';
      this.#awaitHello(connection);
    } else this.#close(connection, code);
  }

  #welcome(connection: GateConnection, device: Device, hello: Hello): void {
    const { limits } = this.#options;
    const stream = toHex(hello.stream);
    for (const sibling of this.#greeted.of(device.deviceId)) {
      // An earlier enrolment ended when this one began: what is left of it holds no place.
      if (sibling.device?.enrolment !== device.enrolment) this.#close(sibling, 'auth.enrolment_ended');
      // The same stream again is the same client come back; what it left behind is dead, whatever TCP says.
      else if (sibling.stream === stream) this.#close(sibling, 'connection.superseded');
    }
    if (this.#others.isKeptOut(device.deviceId)) {
      this.#close(connection, 'connection.too_many_messages');
      return;
    }
    const ofDevice = this.#greeted.of(device.deviceId).length;
    if (ofDevice >= limits.connections_per_device || this.#greetedNow >= limits.connections) {
      this.#close(connection, 'connection.too_many');
      return;
    }
    this.#hellos.giveBack(connection.address);
    this.#greeted.add(device.deviceId, connection);
    connection.device = device;
    connection.messageLimits = messageLimitsOf(limits, device.class);
    connection.stream = stream;
    connection.reply = (answer) => this.#answered(connection, answer);
    connection.state = 'ready';
    this.#outbox.send(connection, welcomeTo(device, connection.messageLimits.bytes, this.#options));
    for (const bytes of connection.waiting.splice(0)) this.#take(connection, device, bytes);
  }

  /** One message of a greeted client. */
  #take(connection: GateConnection, device: Device | null, bytes: Uint8Array): void {
    if (device === null || connection.leaving || connection.socket === null) return;
    try {
      // Decoding packs what it keeps before the library takes the frame back.
      const direct = this.#direct.decode(bytes);
      if (direct !== null) {
        this.#submit(connection, device, direct.seq, direct.presentation);
        return;
      }
      const parsed = viewStrictMsgpack(bytes, connection.messageLimits);
      if (parsed.ok) this.#dispatch(connection, device, parsed.value);
      else this.#refuse(connection, peekSeq(bytes), parsed.code, 0);
    } catch (cause) {
      // A confined fault of ours costs this one message a coded answer.
      this.#options.log.error({ err: cause }, 'a message of a gate failed');
      this.#refuse(connection, peekSeq(bytes), 'gateway.internal', RETRY_AFTER_MS);
    }
  }

  #dispatch(connection: GateConnection, device: Device, message: unknown): void {
    const kind = isRecord(message) ? message['t'] : undefined;
    if (kind === 'tap') this.#tap(connection, device, message);
    else if (isPing(message)) this.#ping(connection, message.at_ms);
    else if (asksChallenge(message)) {
      if (this.#mayCome(connection))
        this.#outbox.send(connection, issueToGate(this.#options, device, message));
    } else if (kind === 'hello') this.#close(connection, 'connection.hello_repeated');
    else if (isBye(message)) this.#leave(connection);
    else this.#refuse(connection, null, 'request.wrong_type', 0);
  }

  #tap(connection: GateConnection, device: Device, message: unknown): void {
    const decoded = this.#decoder.decode(message);
    if (decoded.ok) this.#submit(connection, device, decoded.envelope.seq, decoded.presentation);
    else this.#refuse(connection, seqOf(message), decoded.code, 0);
  }

  #submit(connection: GateConnection, device: Device, seq: number, presentation: Presentation): void {
    this.#options.intake.submit({
      id: { deviceId: device.deviceId, stream: connection.stream, seq },
      device,
      presentation,
      reply: connection.reply,
    });
    // After the hand-over, which may already have answered: a tap that could not be handed over is not owed.
    connection.unanswered++;
  }

  /** The socket may be gone: then the pipeline keeps the decision for when the tap is sent again. */
  #answered(connection: GateConnection, answer: Answer): void {
    connection.unanswered--;
    if (connection.socket === null) return;
    this.#outbox.send(connection, answer.kind === 'decision' ? answer : encodeAnswer(answer));
    if (connection.leaving) this.#leave(connection);
  }

  #ping(connection: GateConnection, atMs: number): void {
    if (this.#mayCome(connection)) this.#outbox.send(connection, encodePong(atMs, this.#options.now()));
  }

  /** A message came that is no tap, or cannot be read. False: it was one too many, and the connection is over. */
  #mayCome(connection: GateConnection): boolean {
    connection.others ??= this.#others.begin();
    if (this.#others.mayCome(connection.others)) return true;
    if (connection.device !== null) this.#others.keepOut(connection.device.deviceId);
    this.#close(connection, 'connection.too_many_messages');
    return false;
  }

  #refuse(connection: GateConnection, seq: number | null, code: Code, retryAfterMs: number): void {
    if (!this.#mayCome(connection)) return;
    this.#options.metrics.connectionRefused(code);
    this.#outbox.send(connection, encodeRefusal(seq, code, retryAfterMs));
  }

  /** Answers what is unanswered, then closes. */
  #leave(connection: GateConnection): void {
    connection.leaving = true;
    if (connection.unanswered > 0) return;
    this.#outbox.flush();
    // What it has not read is bounded while the connection is open alone.
    if (connection.unread !== null) return;
    connection.socket?.end(NORMAL_CLOSURE, 'bye');
  }

  /** Tells the client why, and closes; one that does not read what it is told is cut. */
  #close(connection: GateConnection, code: Code): void {
    const { socket } = connection;
    if (socket === null) return;
    this.#options.metrics.connectionRefused(code);
    this.#options.log.info(
      { code, device: connection.device?.deviceId, unanswered: connection.unanswered },
      'gate connection closed',
    );
    if (connection.unread !== null || code === 'connection.slow_reader' || !this.#lingering.mayTell()) {
      socket.close();
    } else {
      socket.end(closeCode(code), code);
    }
  }
}
