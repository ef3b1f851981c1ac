/** Codes about a connection, a session or a request as a whole: part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

const connection = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'connection',
  outcome: 'none',
  http,
  retry,
  meaning,
});

export const CONNECTION_CODES = {
  'platform.journal_full': connection(507, true, 'The platform has no room for more journal records.'),
  'platform.checkpoint_key': connection(
    409,
    false,
    'The checkpoint is not signed with the key that the platform knows of this gateway.',
  ),
  'platform.checkpoint_inconsistent': connection(
    409,
    false,
    "The checkpoint does not fit the journal's records or checkpoints that the platform has: the journal was changed.",
  ),
  'platform.deltas_gone': connection(410, false, 'These deltas are no longer kept: take the snapshot.'),

  'auth.missing': connection(401, false, 'No device token. There are no anonymous taps.'),
  'auth.invalid': connection(
    401,
    false,
    'The device token is malformed, names no enrolled device, is wrongly signed or not for this gateway.',
  ),
  'auth.other_profile': connection(
    401,
    false,
    'The device token is signed with an algorithm of the other profile (`crypto.profile`), and the gateway is not changing over: sign with a key of this one, SM2 in the profile `sm`, P-256 or Ed25519 in `international`.',
  ),
  'auth.expired': connection(401, true, 'The device token has expired or is not yet valid: check the clock.'),
  'auth.token_reused': connection(401, true, 'The device token was used before: make a fresh one.'),
  'auth.cluster_unreachable': connection(
    503,
    true,
    'The token is for all gateways of the cluster, and whether another took it cannot be told now: make one for this gateway, which the refusal names.',
  ),
  'auth.unknown_device': connection(
    401,
    false,
    'The device is not enrolled any more. Told to one that was: a token that names a device nobody enrolled is `auth.invalid`.',
  ),
  'auth.enrolment_ended': connection(
    401,
    true,
    'The device was enrolled anew since this connection or session was opened: come again with the key it is enrolled with now.',
  ),
  'auth.too_many_sessions': connection(429, true, 'The device has as many sessions as one may have.'),
  'auth.device_revoked': connection(403, false, 'The device was revoked.'),
  'auth.busy': connection(
    503,
    true,
    'No room to remember another device token, of this device or of all, or another session.',
  ),
  'connection.hello_timeout': connection(408, true, 'No hello arrived in time.'),
  'connection.hello_repeated': connection(400, false, 'A connection says hello once.'),
  'connection.too_many': connection(429, true, 'The device or the gateway has too many connections.'),
  'connection.too_many_messages': connection(
    429,
    true,
    'Too many messages that are no taps, or cannot be read. The device is let in again after five seconds.',
  ),
  'connection.superseded': connection(409, false, 'The same stream said hello again on a newer connection.'),
  'connection.upgrade_required': connection(
    426,
    false,
    'This address speaks WebSocket with the subprotocol onecard.gate.v1.',
  ),
  'connection.websocket_version': connection(
    426,
    false,
    'Only version 13 of WebSocket is spoken (RFC 6455).',
  ),
  'connection.text_frame': connection(400, false, 'The protocol is binary; a text frame arrived.'),
  'connection.pipelined': connection(
    400,
    false,
    'Another request came before the answer to the one before: a connection takes one request at a time, and is closed.',
  ),
  'connection.slow_reader': connection(503, true, 'Answers pile up because the client does not read them.'),
} as const satisfies Record<string, CodeEntry>;
