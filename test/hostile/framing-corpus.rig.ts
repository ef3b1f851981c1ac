/**
 * Ways to make two programs disagree on where one request ends and the next begins (request smuggling, RFC 9112 clause 11.2),
 * or on what it says, and what becomes of each here. Where a newer server library does otherwise, the test that walks
 * these fails, and SECURITY.md and this list are to be changed together.
 */
import type { Code } from '../../config/codes.ts';

/** Asked for behind an attack, by nobody else in the run, and counted: whether it was handled is seen by its code alone. */
export const NEXT = 'PUT /livez HTTP/1.1\r\nHost: gateway\r\n\r\n';
export const NEXT_CODE: Code = 'request.method_not_allowed';

/** Who answers, and how. In all but the last the connection ends. */
export type Outcome =
  /** The gateway: a problem document with this code. */
  | { readonly by: 'gateway'; readonly status: number; readonly code: Code }
  /** The library, by itself: HTML without a code. `counted`: under this code, all the same. */
  | { readonly by: 'library'; readonly status: number; readonly counted?: Code }
  /** Nobody: what follows in the same read is a further request to the library, and it ends the connection at that. */
  | { readonly by: 'cut'; readonly counted: Code }
  /** Nobody: the library waits for more, and ends the connection when its patience does, after 10 s; `stays`: later. */
  | { readonly by: 'nobody'; readonly stays?: boolean }
  /** The route, with this code: it is taken for an ordinary request, and what follows for another. */
  | {
      readonly by: 'route';
      readonly status: number;
      readonly code: Code;
    };

export interface Attack {
  /** As in SECURITY.md, where that lists it. */
  readonly name: string;
  /** As Latin-1. */
  readonly bytes: string;
  readonly outcome: Outcome;
}

export interface Target {
  readonly name: string;
  /** Method and path. */
  readonly line: string;
  readonly fields: string;
  /** Of the listener for operators, which is Node's own server. */
  readonly isAdmin?: boolean;
}

const HOST = 'Host: gateway\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
/** Read by the route, and no JSON. */
const BODY = 'hello';

/** A request for one verification that is read whole: `session` lets it in. */
function post(session: string, fields: string, body: string): string {
  return `POST /v1/verifications HTTP/1.1\r\n${HOST}Authorization: Bearer ${session}\r\nContent-Type: application/json\r\n${fields}\r\n${body}`;
}

function get(fields: string, line = 'GET /livez HTTP/1.1'): string {
  return `${line}\r\n${HOST}${fields}\r\n`;
}

const refused = (code: Code, status = 400): Outcome => ({ by: 'gateway', status, code });
const LENGTH = refused('request.ambiguous_length');
const HEADER = refused('request.malformed_header');
const HOSTS = refused('request.ambiguous_host');
const library = (status: number, counted?: Code): Outcome => ({
  by: 'library',
  status,
  ...(counted && { counted }),
});
const CUT: Outcome = { by: 'cut', counted: 'request.ambiguous_length' };
const NOBODY: Outcome = { by: 'nobody' };
/** The body was read, as far as the library took it for one. */
/** No body was. */
const EMPTY: Outcome = { by: 'route', status: 400, code: 'request.truncated' };
const READ: Outcome = { by: 'route', status: 400, code: 'request.malformed' };

/** What every route, unknown path, handshake and listener refuses, with the code. */
export const EVERYWHERE: readonly { readonly name: string; readonly fields: string; readonly code: Code }[] =
  [
    {
      name: 'two lengths',
      fields: 'Content-Length: 0\r\nContent-Length: 5\r\n',
      code: 'request.ambiguous_length',
    },
    {
      name: 'the same length twice',
      fields: 'Content-Length: 0\r\nContent-Length: 0\r\n',
      code: 'request.ambiguous_length',
    },
    { name: 'an empty length', fields: 'Content-Length:\r\n', code: 'request.ambiguous_length' },
    {
      name: 'a transfer coding other than chunked',
      fields: 'Transfer-Encoding: xchunked\r\n',
      code: 'request.ambiguous_length',
    },
    { name: 'two hosts', fields: 'Host: elsewhere\r\n', code: 'request.ambiguous_host' },
    {
      name: 'two tokens',
      fields: 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n',
      code: 'request.malformed_header',
    },
    { name: 'a control character in a value', fields: 'X: a\x7fb\r\n', code: 'request.malformed_header' },
  ];

export const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: onecard.gate.v1\r\n';

export const TARGETS: readonly Target[] = [
  { name: 'a verification', line: 'POST /v1/verifications', fields: '' },
  { name: 'a batch', line: 'POST /v1/verifications:batch', fields: '' },
  { name: 'a session', line: 'POST /v1/sessions', fields: '' },
  { name: 'liveness', line: 'GET /livez', fields: '' },
  { name: 'liveness without the body', line: 'HEAD /livez', fields: '' },
  { name: 'the document', line: 'GET /openapi.json', fields: '' },
  { name: 'a method nobody knows', line: 'DELETE /livez', fields: '' },
  { name: 'a path nobody knows', line: 'GET /nowhere', fields: '' },
  { name: 'a handshake', line: 'GET /v1/gate', fields: HANDSHAKE },
  { name: 'metrics', line: 'GET /metrics', fields: '', isAdmin: true },
  { name: 'readiness', line: 'GET /readyz', fields: '', isAdmin: true },
  { name: 'the mode', line: 'GET /mode', fields: '', isAdmin: true },
  { name: 'a path operators do not know', line: 'GET /nowhere', fields: '', isAdmin: true },
  { name: 'a method operators do not know', line: 'POST /mode', fields: '', isAdmin: true },
];

type Row = readonly [name: string, bytes: string, outcome: Outcome];

const attacks = (rows: readonly Row[]): readonly Attack[] =>
  rows.map(([name, bytes, outcome]) => ({ name, bytes, outcome }));

/** What JavaScript can see, beyond those of EVERYWHERE. `session` is a token that lets requests in. */
export function seen(session: string): readonly Attack[] {
  const chunks = `5\r\n${BODY}\r\n0\r\n\r\n`;
  const cl = (...lengths: readonly (string | number)[]) =>
    lengths.map((length) => `Content-Length: ${length}\r\n`).join('');
  const te = (value: string) => post(session, `Transfer-Encoding:${value}\r\n`, chunks);
  const gate = (fields: string) =>
    get(`Sec-WebSocket-Protocol: onecard.gate.v1\r\n${fields}`, 'GET /v1/gate HTTP/1.1');
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const noKey = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!!!\r\n';
  const version = (number: number) => `Sec-WebSocket-Version: ${number}\r\n`;
  return attacks([
    ['CL.CL: none, and one that holds a request', post(session, cl(0, NEXT.length), NEXT), CUT],
    ['CL.CL: one that holds a request, and none', post(session, cl(NEXT.length, 0), NEXT), LENGTH],
    ['CL.CL: the same twice', post(session, cl(BODY.length, BODY.length), BODY), LENGTH],
    ['an empty length before chunks', post(session, `Content-Length:\r\n${CHUNKED}`, ''), LENGTH],
    ['an empty length, and a request', post(session, 'Content-Length:\r\n', NEXT), CUT],
    [
      'TE.TE: chunked and identity',
      post(session, `${CHUNKED}Transfer-Encoding: identity\r\n`, chunks),
      LENGTH,
    ],
    ['TE: identity', te(' identity'), LENGTH],
    ['TE: gzip, chunked', te(' gzip, chunked'), LENGTH],
    ['TE: chunked, chunked', te(' chunked, chunked'), LENGTH],
    ['TE: in quotes', te(' "chunked"'), LENGTH],
    ['TE: with a parameter', te(' chunked;a=b'), LENGTH],
    ['TE: empty', te(''), LENGTH],
    ['a length of more than a double holds', post(session, cl('9007199254740993'), ''), LENGTH],
    ['two media types', post(session, `Content-Type: application/msgpack\r\n${cl(0)}`, ''), HEADER],
    ['DEL in a value', get('X: a\x7fb\r\n'), HEADER],
    ['an empty host', 'GET /livez HTTP/1.1\r\nHost:\r\n\r\n', HOSTS],
    ['a host with a user', 'GET /livez HTTP/1.1\r\nHost: user@gateway\r\n\r\n', HOSTS],
    ['a host with a path', 'GET /livez HTTP/1.1\r\nHost: gateway/x\r\n\r\n', HOSTS],
    [
      'WebSocket of version 7',
      gate(`${upgrade}${key}${version(7)}`),
      refused('connection.websocket_version', 426),
    ],
    ['WebSocket of two versions', gate(`${upgrade}${key}${version(13)}${version(7)}`), HEADER],
    ['a WebSocket key that is none', gate(`${upgrade}${noKey}${version(13)}`), HEADER],
    [
      'a WebSocket key without Connection and Upgrade',
      gate(`${key}${version(13)}`),
      refused('connection.upgrade_required', 426),
    ],
    [
      'a WebSocket key and an Upgrade to h2c',
      gate(`Connection: Upgrade\r\nUpgrade: h2c\r\n${key}${version(13)}`),
      refused('connection.upgrade_required', 426),
    ],
    ['a handshake with a body', gate(`${upgrade}${key}${version(13)}${cl(5)}`), LENGTH],
    ['a handshake with chunks', gate(`${upgrade}${key}${version(13)}${CHUNKED}`), LENGTH],
  ]);
}

/** What the library refuses by itself, or waits for ever to understand. In SECURITY.md by these names. */
export function ofLibrary(session: string): readonly Attack[] {
  const length = (value: string) => post(session, `Content-Length: ${value}\r\n`, BODY);
  const chunked = (body: string) => post(session, CHUNKED, body);
  const first = (line: string) => get('', line);
  const chunks = `5\r\n${BODY}\r\n0\r\n\r\n`;
  return attacks([
    ['CL.TE', post(session, `Content-Length: ${chunks.length}\r\n${CHUNKED}`, chunks), library(400)],
    ['TE.CL', post(session, `${CHUNKED}Content-Length: 4\r\n`, chunks), library(400)],
    ['a length with a sign', length('+5'), library(400, 'request.ambiguous_length')],
    ['a length below nothing', length('-5'), library(400, 'request.ambiguous_length')],
    ['a length in hex', length('0x5'), library(400, 'request.ambiguous_length')],
    ['a list of lengths', length('5, 5'), library(400, 'request.ambiguous_length')],
    ['a length of twenty digits', length('99999999999999999999'), library(400, 'request.ambiguous_length')],
    ['a chunk size that is none', chunked(`zz\r\n${BODY}\r\n0\r\n\r\n`), library(400)],
    ['a chunk size with 0x', chunked(`0x5\r\n${BODY}\r\n0\r\n\r\n`), library(400)],
    ['a chunk size below nothing', chunked(`-1\r\n${BODY}\r\n0\r\n\r\n`), library(400)],
    ['a chunk size of 64 bits', chunked(`ffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`), library(400)],
    ['a chunk size beyond 64 bits', chunked(`10000000000000005\r\n${BODY}\r\n0\r\n\r\n`), library(400)],
    ['a trailer', chunked(`5\r\n${BODY}\r\n0\r\nX: y\r\n\r\n`), library(505)],
    ['HTTP/1.0', first('GET /livez HTTP/1.0'), library(505)],
    ['HTTP/1.2', first('GET /livez HTTP/1.2'), library(505)],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', library(505)],
    ['a version in lower case', first('GET /livez http/1.1'), library(505)],
    ['an absolute target', first('GET http://elsewhere/livez HTTP/1.1'), library(505)],
    ['a target of another scheme', first('GET ftp://elsewhere/livez HTTP/1.1'), library(505)],
    ['an authority as target', first('CONNECT elsewhere:80 HTTP/1.1'), library(505)],
    ['an asterisk as target', first('OPTIONS * HTTP/1.1'), library(505)],
    ['a NUL in the target', first('GET /livez\0 HTTP/1.1'), library(505)],
    ['a blank in the target', first('GET /livez x HTTP/1.1'), library(505)],
    ['two blanks in the first line', first('GET  /livez HTTP/1.1'), library(505)],
    ['tabs in the first line', first('GET\t/livez\tHTTP/1.1'), library(505)],
    ['a blank before the first line', first(' GET /livez HTTP/1.1'), library(505)],
    ['lines that end in LF alone', 'GET /livez HTTP/1.1\nHost: gateway\n\n', library(505)],
    ['a handshake of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 ', library(505)],
    ['a head of 5 kB', get(`X: ${'y'.repeat(5_000)}\r\n`), library(431)],
    ['a target of 20 kB', first(`GET /livez?${'y'.repeat(20_000)} HTTP/1.1`), library(431)],
    ['110 header fields', get('X: y\r\n'.repeat(110)), library(431)],
    ['a chunk extension', chunked(`5;a=b\r\n${BODY}\r\n0\r\n\r\n`), NOBODY],
    ['a chunk extension with LF in it', chunked(`5;\nxx\r\n${BODY}\r\n0\r\n\r\n`), NOBODY],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', NOBODY],
    ['a blank before the colon', post(session, 'Transfer-Encoding : chunked\r\n', chunks), NOBODY],
    ['a line that is folded', get('X: a\r\n b\r\n'), NOBODY],
    [
      'a transfer coding on a folded line',
      post(session, 'Transfer-Encoding:\r\n chunked\r\n', chunks),
      NOBODY,
    ],
    ['a blank before the first field', 'GET /livez HTTP/1.1\r\n Host: gateway\r\n\r\n', NOBODY],
    ['a NUL in a value', get('X: a\0b\r\n'), NOBODY],
    ['a NUL behind the transfer coding', post(session, 'Transfer-Encoding: chunked\0\r\n', chunks), NOBODY],
    [
      'a vertical tab before the transfer coding',
      post(session, 'Transfer-Encoding: \vchunked\r\n', chunks),
      NOBODY,
    ],
    ['a bell in a value', get('X: a\x07b\r\n'), NOBODY],
    ['CR alone in a value', get('X: a\rb\r\n'), NOBODY],
    ['LF alone in a value', get('X: a\nContent-Length: 5\r\n'), NOBODY],
    ['a NUL in a name', get('X\0: a\r\n'), NOBODY],
    ['a letter beyond ASCII in a name', get('X\xe9: a\r\n'), NOBODY],
    ['brackets in a name', get('X[a]: a\r\n'), NOBODY],
    ['a field without a colon', get('X\r\n'), NOBODY],
    ['an empty line before the request', `\r\n${get('')}`, NOBODY],
    ['HTTP/0.9', 'GET /livez\r\n\r\n', NOBODY],
  ]);
}

/**
 * What the library takes, and JavaScript cannot see: of a request behind it, which may be a part of it to others, the
 * library makes one of its own. In SECURITY.md by these names.
 */
export function unseen(session: string): readonly Attack[] {
  const chunked = (body: string) => post(session, CHUNKED, body);
  const inChunk = NEXT.length.toString(16);
  return attacks([
    ['a chunk without CRLF behind it', chunked(`5\r\n${BODY}0\r\n\r\n`), READ],
    ['a chunk with other bytes for CRLF', chunked(`5\r\n${BODY}XX0\r\n\r\n`), READ],
    ['a last chunk with other bytes for CRLF', chunked(`5\r\n${BODY}\r\n0\r\nXX`), READ],
    ['chunks whose lines end in LF alone', chunked(`5\n${BODY}\n0\n\n`), READ],
    ['a blank behind the chunk size', chunked(`5 \r\n${BODY}\r\n0\r\n\r\n`), READ],
    ['a blank before the chunk size', chunked(` ${inChunk}\r\n`), EMPTY],
    ['no chunk size', chunked('\r\n'), EMPTY],
    ['a field without a name', post(session, `: x\r\nContent-Length: ${NEXT.length}\r\n`, ''), EMPTY],
  ]);
}

/** Where 20.57.0 of the other package does otherwise: what it cannot read it answers 400, at once. */
const NEWER: Readonly<Record<string, Outcome>> = {
  'two hosts': library(400),
  'HTTP/0.9': library(505),
  'CR alone in a value': { by: 'nobody', stays: true },
  'an empty line before the request': { by: 'nobody', stays: true },
  'a chunk extension': refused('request.too_slow', 408),
  'a chunk extension with LF in it': refused('request.too_slow', 408),
};

/** The outcome of an attack with a library, by its name in the log of the gateway. */
export function outcomeWith(
  serverLibrary: string,
  { name, outcome }: Pick<Attack, 'name' | 'outcome'>,
): Outcome {
  if (!serverLibrary.startsWith('@btc-vision/')) return outcome;
  return NEWER[name] ?? (outcome.by === 'nobody' ? library(400) : outcome);
}
