/** One connection to a server of the test, which says what the test says. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ServerAccess } from '../../../../../gateway/cluster/store/server-access.ts';
import { ServerLink } from '../../../../../gateway/cluster/store/server-link.ts';

const INFO = 'redis_version:7.2.4\r\n';
const INFO_REPLY = `$${INFO.length}\r\n${INFO}\r\n`;
const pem = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../transport/tls', `${name}.pem`), 'utf8');
const QUESTION = { command: 'set', args: ['name', 'mark'] };

interface Linked {
  readonly link: ServerLink;
  /** What the server was sent, command by command. */
  readonly heard: string[];
  /** `ready` with what it said, `closed` with why. */
  readonly said: string[];
  readonly replies: unknown[];
  ask(count?: number): void;
  serverSays(text: string): void;
}

/** `replyTo`: null: it says nothing. */
async function linked(
  replyTo: (command: string) => string | null,
  access: ServerAccess = {},
  host = '127.0.0.1',
): Promise<Linked> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const text of chunk.toString('latin1').split('*').slice(1)) {
        const words = text.split('\r\n').filter((_, i) => i > 0 && i % 2 === 0);
        heard.push(words.join(' '));
        socket.write(replyTo(words[0] ?? '') ?? '');
      }
    });
  };
  const server: Server =
    access.tls === undefined
      ? createServer(serve)
      : createTlsServer({ cert: pem('localhost.cert'), key: pem('localhost.key') }, serve);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const said: string[] = [];
  const replies: unknown[] = [];
  const link = new ServerLink({ host, port: (server.address() as AddressInfo).port }, access, {
    ready: (info) => said.push(`ready ${info}`),
    closed: (detail) => said.push(`closed ${detail}`),
  });
  onTestFinished(() => link.close());
  return {
    ...{ link, heard, said, replies },
    ask(count = 1) {
      link.send(Array(count).fill(QUESTION), (at, reply) => {
        replies[at] = reply;
      });
    },
    serverSays(text) {
      for (const socket of sockets) socket.write(text);
    },
  };
}

const answering = (reply: string | null) => (command: string) => {
  if (command === 'info') return INFO_REPLY;
  return command === 'auth' ? '+OK\r\n' : reply;
};
const until = (of: Linked, said: RegExp) => expect.poll(() => of.said.at(-1)).toMatch(said);

test.each<[string, ServerAccess, string[]]>([
  ['nobody', {}, ['info']],
  ['a password', { password: 'secret' }, ['auth secret', 'info']],
  ['a user', { username: 'gate', password: 'secret' }, ['auth gate secret', 'info']],
])('it is there for %s once the server has said what it is', async (_who, access, words) => {
  const one = await linked(answering('$-1\r\n'), access);
  one.ask();
  expect(one.replies[0]).toMatchObject({ message: expect.any(String) });
  await until(one, /^ready redis_version:7\.2\.4/);
  expect(one.heard).toEqual(words);
  one.ask(3);
  await expect.poll(() => one.replies).toEqual([null, null, null]);
});

test('over TLS with the roots it is given, and not with others', async () => {
  const one = await linked(answering(':7\r\n'), { tls: { ca: pem('localhost.cert') } }, 'localhost');
  await until(one, /^ready/);
  one.ask(2);
  await expect.poll(() => one.replies).toEqual([7, 7]);
  const other = await linked(answering(':7\r\n'), { tls: {} }, 'localhost');
  await until(other, /^closed .*certificate/);
  expect(other.heard).toEqual([]);
});

test('a password that is refused ends it, with what the server said', async () => {
  const one = await linked((command) => (command === 'info' ? '-NOAUTH no\r\n' : '-WRONGPASS no\r\n'), {
    password: 'secret',
  });
  await until(one, /^closed WRONGPASS no$/);
});

test.each([
  ['what is no reply', '*1\r\n$-1\r\n'],
  ['more than any answer', `$65\r\n${'x'.repeat(65)}\r\n`],
  ['more replies than were asked for', '$-1\r\n$-1\r\n$-1\r\n$-1\r\n'],
])('%s ends it, and what is open has failed', async (_what, reply) => {
  const one = await linked(answering(null));
  await until(one, /^ready/);
  one.ask(3);
  one.serverSays(reply);
  await until(one, /^closed/);
  expect(one.replies).toHaveLength(3);
  expect(one.said).toHaveLength(2);
});

test('that it takes no writes is said to who asked, and ends it: another may stand there by now', async () => {
  const one = await linked(answering("-READONLY You can't write\r\n"));
  await until(one, /^ready/);
  one.ask(2);
  await until(one, /^closed READONLY/);
  expect(one.replies).toMatchObject([{ message: /READONLY/ }, { message: /READONLY/ }]);
});

test('silence to what is asked ends it, and silence to nothing does not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const one = await linked(answering(null));
  await until(one, /^ready/);
  vi.advanceTimersByTime(60_000);
  one.ask();
  expect(one.replies).toEqual([]);
  vi.advanceTimersByTime(10_000);
  await until(one, /^closed it says nothing$/);
  expect(one.replies).toHaveLength(1);
});
