/** What servers send, however it is cut into pieces, and what no server sends. */
import { expect, test } from 'vitest';
import {
  commandText,
  ErrorReply,
  NoReplyError,
  type Reply,
  ReplyReader,
} from '../../../../../gateway/cluster/store/resp.ts';

const BULK_BYTES_MAX = 64;

function read(...chunks: readonly (string | Buffer)[]): Reply[] {
  const reader = new ReplyReader(BULK_BYTES_MAX);
  const replies: Reply[] = [];
  for (const chunk of chunks)
    reader.read(Buffer.from(chunk as string, 'latin1'), (reply) => replies.push(reply));
  return replies;
}

test('a command is an array of its words', () => {
  expect(commandText({ command: 'set', args: ['name', ''] })).toBe(
    '*3\r\n$3\r\nset\r\n$4\r\nname\r\n$0\r\n\r\n',
  );
});

const MARK = '0123456789abcdef';
const ALL = `$-1\r\n$16\r\n${MARK}\r\n:42\r\n:-1\r\n+OK\r\n-ERR no\r\n$0\r\n\r\n$64\r\n${'x'.repeat(64)}\r\n`;
const REPLIES = [null, MARK, 42, -1, 'OK', new ErrorReply('ERR no'), '', 'x'.repeat(64)];

test('every kind of reply is read', () => {
  expect(read(ALL)).toEqual(REPLIES);
});

test('replies are read wherever they are cut', () => {
  for (let at = 1; at < ALL.length; at += 1) {
    expect(read(ALL.slice(0, at), ALL.slice(at))).toEqual(REPLIES);
  }
  expect(read(...ALL)).toEqual(REPLIES);
});

test('nothing is kept of bytes that are written over', () => {
  const reader = new ReplyReader(BULK_BYTES_MAX);
  const replies: Reply[] = [];
  const buffer = Buffer.alloc(ALL.length);
  for (const piece of [ALL.slice(0, 10), ALL.slice(10, 40), ALL.slice(40)]) {
    buffer.write(piece, 'latin1');
    reader.read(buffer.subarray(0, piece.length), (reply) => replies.push(reply));
    buffer.fill(0);
  }
  expect(replies).toEqual(REPLIES);
});

test.each([
  ['a list', '*1\r\n$-1\r\n'],
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['what is larger than any answer', '$65\r\n'],
  ['a length below none', '$-2\r\n'],
  ['a length that is none', '$1a\r\n'],
  ['no length', '$\r\n'],
  ['only a sign', ':-\r\n'],
  ['a number beyond all', `:${'9'.repeat(16)}\r\n`],
  ['a bulk string that is longer than it says', '$1\r\nab\r\n'],
  ['a line that ends otherwise', '+OK\rx'],
  ['a line without end', `+${'x'.repeat(600)}`],
  ['a line that is too long', `-${'x'.repeat(600)}\r\n`],
  ['an empty line', '\r\n'],
])('%s is no reply', (_what, bytes) => {
  expect(() => read(bytes)).toThrow(NoReplyError);
  expect(() => read(...bytes)).toThrow(NoReplyError);
});
