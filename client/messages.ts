/** What the client writes and reads of `onecard.gate.v1`. */
import { Packr, Unpackr } from 'msgpackr';
import type { Code } from '../config/codes.ts';
import type { Answer, Mode, Outcome } from './answer.ts';

export const SUBPROTOCOL = 'onecard.gate.v1';

/** One showing of a credential, in the binary form of its family. */
export interface Tap {
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
  readonly scene?: string;
  readonly deadlineMs?: number;
}

/** What a challenge is wanted for. */
export interface ChallengeWish {
  /** Default: the first scene that the device is enrolled for. */
  readonly scene?: string;
  /** Four: an unpredictable number for a chip card (tag 9F37). */
  readonly bytes?: 4;
}

/** To be signed by the next credential that is shown at the scene. */
export interface Challenge {
  /** Base64url without padding: of 4 bytes for a chip card, else of 32 to 64. */
  readonly challenge: string;
  readonly expiresInMs: number;
}

export interface Welcome {
  readonly gatewayId: string;
  readonly serverTimeMs: number;
  readonly heartbeatMs: number;
  readonly maxInFlight: number;
  readonly maxFrameBytes: number;
  readonly deadlineMs: number;
  readonly scenes: readonly string[];
}

export type ServerMessage =
  | { readonly kind: 'welcome'; readonly welcome: Welcome }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'challenge'; readonly id: number; readonly challenge: Challenge }
  | { readonly kind: 'no_challenge'; readonly id: number; readonly code: Code }
  | {
      readonly kind: 'unnumbered_refusal';
      readonly code: Code;
      /** Only where the client's clock is what is wrong; else null. */
      readonly serverTimeMs: number | null;
      /** Only where the token was for the cluster, and has to be for this gateway; else null. */
      readonly gateway: string | null;
    }
  | { readonly kind: 'pong'; readonly atMs: number; readonly serverTimeMs: number }
  | { readonly kind: 'drain'; readonly graceMs: number }
  /** A kind this client does not know: to be passed over. */
  | { readonly kind: 'other' };

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/** Times go as 64-bit integers; msgpackr would write a large number as a float. */
const int64 = (value: number) => BigInt(Math.round(value));

export function encodeHello(token: string, stream: Uint8Array): Uint8Array {
  return packr.pack({ t: 'hello', v: 1, token, stream });
}

/** `t` and `seq` come first, so that even a damaged tap is refused under its number. */
export function encodeTap(seq: number, { family, credential, context, scene, deadlineMs }: Tap): Uint8Array {
  return packr.pack({
    t: 'tap',
    seq: seq > 0xffff_ffff ? int64(seq) : seq,
    family,
    credential,
    context,
    ...(scene !== undefined && { scene }),
    ...(deadlineMs !== undefined && { deadline_ms: deadlineMs }),
  });
}

export function encodeAskChallenge(id: number, { scene, bytes }: ChallengeWish): Uint8Array {
  return packr.pack({
    t: 'challenge',
    id,
    ...(scene !== undefined && { scene }),
    ...(bytes !== undefined && { bytes }),
  });
}

export function encodePing(atMs: number): Uint8Array {
  return packr.pack({ t: 'ping', at_ms: int64(atMs) });
}

export function encodeBye(): Uint8Array {
  return packr.pack({ t: 'bye' });
}

interface WireMessage {
  readonly t: string;
  readonly seq: number | null;
  /** Text: of a decision. A number: of what asked for a challenge. */
  readonly id: string | number;
  readonly challenge: string;
  readonly expires_in_ms: number;
  readonly outcome: Outcome;
  readonly code: Code;
  readonly at_ms: number;
  readonly mode: Mode;
  readonly scene: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly disclosed?: Readonly<Record<string, string>>;
  readonly trust_grace?: true;
  readonly retry: boolean;
  readonly retry_after_ms: number;
  readonly gateway: string;
  readonly server_time_ms: number;
  readonly heartbeat_ms: number;
  readonly max_in_flight: number;
  readonly max_frame_bytes: number;
  readonly deadline_ms: number;
  readonly scenes: readonly string[];
  readonly grace_ms: number;
}

/** Reads a message of a gateway, which is trusted to keep to its protocol. Throws when it is not MessagePack. */
export function decodeMessage(bytes: Uint8Array): ServerMessage {
  const m = unpackr.unpack(bytes) as WireMessage;
  switch (m.t) {
    case 'decision':
      return { kind: 'answer', answer: decision(m) };
    case 'challenge':
      return {
        kind: 'challenge',
        id: m.id as number,
        challenge: { challenge: m.challenge, expiresInMs: m.expires_in_ms },
      };
    case 'refusal':
      if (typeof m.id === 'number') return { kind: 'no_challenge', id: m.id, code: m.code };
      if (m.seq === null) {
        const serverTimeMs = typeof m.server_time_ms === 'number' ? m.server_time_ms : null;
        const gateway = typeof m.gateway === 'string' ? m.gateway : null;
        return { kind: 'unnumbered_refusal', code: m.code, serverTimeMs, gateway };
      }
      return {
        kind: 'answer',
        answer: { kind: 'refusal', seq: m.seq, code: m.code, retry: m.retry, retryAfterMs: m.retry_after_ms },
      };
    case 'welcome':
      return { kind: 'welcome', welcome: welcome(m) };
    case 'pong':
      return { kind: 'pong', atMs: m.at_ms, serverTimeMs: m.server_time_ms };
    case 'drain':
      return { kind: 'drain', graceMs: m.grace_ms };
    default:
      return { kind: 'other' };
  }
}

function decision(m: WireMessage): Answer {
  return {
    kind: 'decision',
    seq: m.seq as number,
    decisionId: m.id as string,
    outcome: m.outcome,
    code: m.code,
    atMs: m.at_ms,
    mode: m.mode,
    scene: m.scene,
    facts: m.facts,
    ...(m.disclosed !== undefined && { disclosed: m.disclosed }),
    ...(m.trust_grace && { trustGrace: true }),
  };
}

function welcome(m: WireMessage): Welcome {
  return {
    gatewayId: m.gateway,
    serverTimeMs: m.server_time_ms,
    heartbeatMs: m.heartbeat_ms,
    maxInFlight: m.max_in_flight,
    maxFrameBytes: m.max_frame_bytes,
    deadlineMs: m.deadline_ms,
    scenes: m.scenes,
  };
}
