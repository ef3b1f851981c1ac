/** Which heads say clearly what they are. That the gateway acts on it is test/hostile/framing. */
import { describe, expect, test } from 'vitest';
import { RequestHead } from '../../../../gateway/transport/request-head.ts';

type Fields = readonly (readonly [string, string])[];

const HOST: Fields = [['host', 'gateway.example:8790']];
const HANDSHAKE: Fields = [
  ['host', 'gateway.example'],
  ['connection', 'keep-alive, Upgrade'],
  ['upgrade', 'WebSocket'],
  ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['sec-websocket-version', '13'],
  ['sec-websocket-protocol', 'other'],
  ['sec-websocket-protocol', 'onecard.gate.v1'],
];

function headOf(fields: Fields): RequestHead {
  return new RequestHead({
    getMethod: () => 'post',
    forEach: (each) => {
      for (const [name, value] of fields) each(name, value);
    },
  });
}

const without = (fields: Fields, name: string) => fields.filter(([each]) => each !== name);

describe('a head that is clear', () => {
  test.each<[string, Fields]>([
    ['a name', HOST],
    ['an IPv4 address', [['host', '127.0.0.1']]],
    ['an IPv6 address and a port', [['host', '[::1]:80']]],
    ['a length', [...HOST, ['content-length', '0']]],
    ['chunks', [...HOST, ['transfer-encoding', 'Chunked']]],
    ['a tab and bytes above ASCII in a value', [...HOST, ['x', 'a\tb\u00e9\ufffd']]],
    ['an empty value', [...HOST, ['x', '']]],
  ])('%s', (_what, fields) => {
    expect(headOf(fields).fault).toBeNull();
  });

  test('gives its fields, and lists that came in several lines as one', () => {
    const head = headOf([
      ...HOST,
      ['content-type', 'application/json'],
      ['accept', 'a/b'],
      ['accept', 'c/d'],
      ['authorization', 'Bearer x'],
      ['content-length', '12'],
    ]);
    expect(head).toMatchObject({
      method: 'post',
      contentType: 'application/json',
      accept: 'a/b, c/d',
      authorization: 'Bearer x',
      contentLength: '12',
    });
  });
});

describe('a head that is not', () => {
  test.each<[string, string, Fields]>([
    ['no host', 'request.ambiguous_host', []],
    ['two hosts', 'request.ambiguous_host', [...HOST, ...HOST]],
    ['an empty host and one', 'request.ambiguous_host', [['host', ''], ...HOST]],
    ['a host with a user', 'request.ambiguous_host', [['host', 'a@b']]],
    ['a host with a path', 'request.ambiguous_host', [['host', 'a/b']]],
    ['two hosts in one line', 'request.ambiguous_host', [['host', 'a, b']]],
    ['an empty length', 'request.ambiguous_length', [...HOST, ['content-length', '']]],
    [
      'an empty length and one',
      'request.ambiguous_length',
      [...HOST, ['content-length', ''], ['content-length', '1']],
    ],
    [
      'the same length twice',
      'request.ambiguous_length',
      [...HOST, ['content-length', '1'], ['content-length', '1']],
    ],
    ['a list of lengths', 'request.ambiguous_length', [...HOST, ['content-length', '1, 1']]],
    ['a sign', 'request.ambiguous_length', [...HOST, ['content-length', '+1']]],
    ['hex', 'request.ambiguous_length', [...HOST, ['content-length', '0x1']]],
    [
      'a length beyond a double',
      'request.ambiguous_length',
      [...HOST, ['content-length', '9007199254740993']],
    ],
    ['another coding', 'request.ambiguous_length', [...HOST, ['transfer-encoding', 'gzip, chunked']]],
    ['no coding', 'request.ambiguous_length', [...HOST, ['transfer-encoding', '']]],
    [
      'chunked twice',
      'request.ambiguous_length',
      [...HOST, ['transfer-encoding', 'chunked'], ['transfer-encoding', 'chunked']],
    ],
    [
      'length and chunks',
      'request.ambiguous_length',
      [...HOST, ['content-length', '1'], ['transfer-encoding', 'chunked']],
    ],
    ['a NUL in a value', 'request.malformed_header', [...HOST, ['x', 'a\0b']]],
    ['a line feed in a value', 'request.malformed_header', [...HOST, ['x', 'a\nb: c']]],
    ['a blank in a name', 'request.malformed_header', [...HOST, ['content-length ', '1']]],
    ['an empty name', 'request.malformed_header', [...HOST, ['', '1']]],
    [
      'two tokens',
      'request.malformed_header',
      [...HOST, ['authorization', ''], ['authorization', 'Bearer x']],
    ],
    [
      'two media types',
      'request.malformed_header',
      [...HOST, ['content-type', 'a/b'], ['content-type', 'a/b']],
    ],
  ])('%s: %s', (_what, code, fields) => {
    expect(headOf(fields).fault).toBe(code);
  });
});

describe('a handshake', () => {
  test('as it should be', () => {
    const head = headOf(HANDSHAKE);
    expect([head.fault, head.handshakeFault]).toEqual([null, null]);
    expect(head.webSocketProtocol).toBe('other, onecard.gate.v1');
  });

  test.each<[string, string, Fields]>([
    ['no Connection', 'connection.upgrade_required', without(HANDSHAKE, 'connection')],
    ['no Upgrade', 'connection.upgrade_required', without(HANDSHAKE, 'upgrade')],
    [
      'an Upgrade to something else',
      'connection.upgrade_required',
      [...without(HANDSHAKE, 'upgrade'), ['upgrade', 'h2c']],
    ],
    ['no version', 'connection.websocket_version', without(HANDSHAKE, 'sec-websocket-version')],
    [
      'version 7',
      'connection.websocket_version',
      [...without(HANDSHAKE, 'sec-websocket-version'), ['sec-websocket-version', '7']],
    ],
    [
      'a key that is none',
      'request.malformed_header',
      [...without(HANDSHAKE, 'sec-websocket-key'), ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZ!!!']],
    ],
    ['a body', 'request.ambiguous_length', [...HANDSHAKE, ['content-length', '5']]],
    ['chunks', 'request.ambiguous_length', [...HANDSHAKE, ['transfer-encoding', 'chunked']]],
  ])('with %s: %s', (_what, code, fields) => {
    expect(headOf(fields).handshakeFault).toBe(code);
  });
});
