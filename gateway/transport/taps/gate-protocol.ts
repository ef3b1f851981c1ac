/**
 * Messages of `onecard.gate.v1`, as docs/protocol.md describes them: MessagePack maps whose key `t` names the kind.
 * Names are snake_case on the wire. What the gateway writes is made here, key by key in a fixed order, so that one
 * decision is always the same bytes.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Code, codeEntry } from '../../../config/codes.ts';
import { type DisclosedClaims, disclosed, type PersonalText } from '../../../workers/claims.ts';
import { MsgpackWriter } from '../../../workers/codecs/msgpack-writer.ts';
import { type MsgpackLimits, parseStrictMsgpack } from '../../../workers/codecs/strict-msgpack.ts';
import { isRecord, SceneName, SequenceNumber } from '../../tap/1-decode/decode.ts';
import type { Answer, DecisionAnswer, IssuedChallenge } from '../../verification.ts';
import { ChallengeBytes } from './rest-schemas.ts';

export const GATE_SUBPROTOCOL = 'onecard.gate.v1';
export const GATE_PATH = '/v1/gate';
export const STREAM_BYTES = 16;
/** Upper bound of a device token as text; a token of the documented claims has about 400 bytes. */
export const TOKEN_BYTES_MAX = 4_096;

const closed = { additionalProperties: false } as const;

const Hello = Type.Object(
  {
    t: Type.Literal('hello'),
    v: Type.Literal(1),
    token: Type.String({ minLength: 1, maxLength: TOKEN_BYTES_MAX }),
    stream: Type.Refine(
      Type.Unsafe<Uint8Array>({}),
      (value) => value instanceof Uint8Array && value.byteLength === STREAM_BYTES,
      () => `must be bin of ${STREAM_BYTES} bytes`,
    ),
  },
  closed,
);

const Ping = Type.Object(
  { t: Type.Literal('ping'), at_ms: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) },
  closed,
);

const AskChallenge = Type.Object(
  {
    t: Type.Literal('challenge'),
    /** Chosen by the gate; comes back with the answer. */
    id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    scene: Type.Optional(SceneName),
    bytes: Type.Optional(ChallengeBytes),
  },
  closed,
);

const Bye = Type.Object({ t: Type.Literal('bye') }, closed);

/** Fields of a tap besides the presentation. */
export const TapEnvelope = { t: Type.Literal('tap'), seq: SequenceNumber };

export type Hello = Static<typeof Hello>;
export type Ping = Static<typeof Ping>;
export type AskChallenge = Static<typeof AskChallenge>;

const hello = Compile(Hello);
const ping = Compile(Ping);
const askChallenge = Compile(AskChallenge);
const bye = Compile(Bye);

export const isPing = (value: unknown): value is Ping => ping.Check(value);
export const asksChallenge = (value: unknown): value is AskChallenge => askChallenge.Check(value);
export const isBye = (value: unknown): boolean => bye.Check(value);

/** The hello, or why there is none. */
export function readHello(bytes: Uint8Array, limits: MsgpackLimits): Hello | Code {
  const parsed = parseStrictMsgpack(bytes, limits);
  if (!parsed.ok) return parsed.code;
  const message: unknown = parsed.value;
  if (hello.Check(message)) return message;
  return isRecord(message) && message['t'] !== 'hello' ? 'auth.missing' : 'request.wrong_type';
}

/** Sequence number of a message that was parsed; null where it has none. */
export function seqOf(message: unknown): number | null {
  const seq = isRecord(message) ? message['seq'] : null;
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 ? seq : null;
}

/**
 * WebSocket close code of a code: 4000 plus the HTTP status it has elsewhere (RFC 6455 clause 7.4.2 leaves 4000 to
 * 4999 to the application). The close reason is the code itself.
 */
export function closeCode(code: Code): number {
  return 4_000 + codeEntry(code).http;
}

/**
 * Sequence number of a tap that could not be parsed, where it begins as documented: a map whose first two keys are `t`
 * ("tap") and `seq`. Null otherwise.
 */
export function peekSeq(bytes: Uint8Array): number | null {
  const head = bytes[0] ?? 0;
  const at = head >= 0x82 && head <= 0x8f ? 1 : head === 0xde ? 3 : head === 0xdf ? 5 : 0;
  if (at === 0 || TAP_THEN_SEQ.some((byte, i) => bytes[at + i] !== byte)) return null;
  return readUint(bytes, at + TAP_THEN_SEQ.length);
}

/** fixstr "t", fixstr "tap", fixstr "seq". */
const TAP_THEN_SEQ = [0xa1, 0x74, 0xa3, 0x74, 0x61, 0x70, 0xa3, 0x73, 0x65, 0x71];

/** An unsigned integer in any of MessagePack's widths; null when it is another type, too large or cut short. */
function readUint(bytes: Uint8Array, at: number): number | null {
  const head = bytes[at] ?? 0xc1;
  if (head < 0x80) return head;
  const width = head >= 0xcc && head <= 0xcf ? 1 << (head - 0xcc) : 0;
  if (width === 0 || at + width >= bytes.length) return null;
  let value = 0;
  for (let i = 1; i <= width; i++) value = value * 256 + (bytes[at + i] as number);
  return Number.isSafeInteger(value) ? value : null;
}

const writer = new MsgpackWriter();

const encoded = (message: unknown): Uint8Array => writer.reset().value(message).pooled();

export interface Welcome {
  readonly gatewayId: string;
  readonly serverTimeMs: number;
  readonly heartbeatMs: number;
  readonly maxInFlight: number;
  readonly maxFrameBytes: number;
  readonly deadlineMs: number;
  readonly deviceId: string;
  readonly scenes: readonly string[];
}

export function encodeWelcome(welcome: Welcome): Uint8Array {
  return encoded({
    t: 'welcome',
    v: 1,
    gateway: welcome.gatewayId,
    server_time_ms: welcome.serverTimeMs,
    heartbeat_ms: welcome.heartbeatMs,
    max_in_flight: welcome.maxInFlight,
    max_frame_bytes: welcome.maxFrameBytes,
    deadline_ms: welcome.deadlineMs,
    device: welcome.deviceId,
    scenes: welcome.scenes,
  });
}

/** Bytes of its own. What most answers are written by, to the same bytes, is `AnswerWriter`. */
export function encodeAnswer(answer: Answer): Uint8Array {
  if (answer.kind === 'refusal') return encodeRefusal(answer.seq, answer.code, answer.retryAfterMs);
  return encoded({ t: 'decision', ...decisionFields(answer) });
}

/** Fields of a decision on every wire. Facts are in the order of their names, whoever made them. */
export function decisionFields(answer: DecisionAnswer) {
  const facts = Object.fromEntries(sortedNames(answer.facts).map((name) => [name, answer.facts[name]]));
  const fields = {
    seq: answer.seq,
    id: answer.decisionId,
    outcome: answer.outcome,
    code: answer.code,
    at_ms: answer.atMs,
    mode: answer.mode,
    scene: answer.scene,
    facts,
  };
  return {
    ...fields,
    ...(answer.disclosed !== undefined && { disclosed: inTheClear(answer.disclosed) }),
    ...(answer.trustGrace && { trust_grace: true }),
  };
}

/** For the device whose scene asks for them. */
function inTheClear(claims: DisclosedClaims): Readonly<Record<string, string>> {
  const names = Object.keys(claims).sort();
  return Object.fromEntries(names.map((name) => [name, disclosed(claims[name] as PersonalText)]));
}

function sortedNames(facts: DecisionAnswer['facts']): string[] {
  const names = Object.keys(facts);
  return names.every((name, i) => i === 0 || (names[i - 1] ?? '') < name) ? names : names.sort();
}

/** `seq` is null when the message was not a tap whose number could be read. */
export function encodeRefusal(seq: number | null, code: Code, retryAfterMs: number): Uint8Array {
  return encoded(refusalFields(seq, code, retryAfterMs));
}

/** In place of `welcome`, with what the next token must be made by: the gateway's time, or its name. */
export function encodeNoWelcome(
  code: Code,
  retryAfterMs: number,
  by: { readonly server_time_ms: number } | { readonly gateway: string },
): Uint8Array {
  return encoded({ ...refusalFields(null, code, retryAfterMs), ...by });
}

function refusalFields(seq: number | null, code: Code, retryAfterMs: number) {
  const { retry } = codeEntry(code);
  return { t: 'refusal', seq, code, retry, retry_after_ms: retry ? Math.ceil(retryAfterMs) : 0 };
}

export function encodeChallenge(id: number, { challenge, expiresInMs }: IssuedChallenge): Uint8Array {
  return encoded({ t: 'challenge', id, challenge, expires_in_ms: expiresInMs });
}

/** `id`: of the message that asked for it. */
export function encodeNoChallenge(id: number, code: Code, retryAfterMs: number): Uint8Array {
  const { retry } = codeEntry(code);
  const retry_after_ms = retry ? Math.ceil(retryAfterMs) : 0;
  return encoded({ t: 'refusal', seq: null, code, retry, retry_after_ms, id });
}

export function encodePong(atMs: number, serverTimeMs: number): Uint8Array {
  return encoded({ t: 'pong', at_ms: atMs, server_time_ms: serverTimeMs });
}

export function encodeDrain(graceMs: number): Uint8Array {
  return encoded({ t: 'drain', grace_ms: graceMs });
}
