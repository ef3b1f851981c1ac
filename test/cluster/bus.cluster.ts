/** The connection to the bus, and cursors of our own over it, on a real server. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { expect, onTestFinished, test } from 'vitest';
import type { BusOptions } from '../../gateway/cluster/bus/bus-options.ts';
import { type Bus, openBus } from '../../gateway/cluster/bus/connect.ts';
import type { CursorNews, CursorPlace } from '../../gateway/cluster/bus/cursor-place.ts';
import { OwnCursor, type OwnCursorOptions } from '../../gateway/cluster/bus/own-cursor.ts';
import { startCluster } from './gateways.rig.ts';
import { clusterMissing, type NatsServer, startNats } from './servers.rig.ts';

const missing = clusterMissing();
const STREAM = 'ONECARD_test_LISTS';
const SUBJECT = 'onecard.test.lists';

function opened(url: string, more: Partial<BusOptions> = {}): Bus {
  const bus = openBus({ servers: [url], pingMs: 200, reconnectMs: 50, name: 'test', now: Date.now, ...more });
  onTestFinished(() => bus.close());
  return bus;
}

async function server(more?: string): Promise<NatsServer> {
  const nats = await startNats(more === undefined ? {} : { more });
  onTestFinished(() => nats.stop());
  return nats;
}

async function sessionOf(bus: Bus) {
  await expect.poll(() => bus.session, { timeout: 20_000 }).not.toBeNull();
  if (!bus.session) throw new Error('there is no session');
  return bus.session;
}

async function makeStream(bus: Bus): Promise<void> {
  const { manager } = await sessionOf(bus);
  const kept = { retention: RetentionPolicy.Limits, storage: StorageType.File };
  await manager.streams.add({ name: STREAM, subjects: [`${SUBJECT}.*`], ...kept });
}

/** Published until the server says that it has it: what is lost in a crash is sent again, under the same id. */
async function publish(bus: Bus, from: number, to: number, padding = ''): Promise<void> {
  for (let at = from; at <= to; at += 1) {
    for (;;) {
      const { jetstream } = await sessionOf(bus);
      try {
        await jetstream.publish(`${SUBJECT}.a`, `${at}${padding}`, { msgID: String(at), timeout: 1_000 });
        break;
      } catch {
        // It is tried again.
      }
    }
  }
}

function follow(bus: Bus, more: Partial<OwnCursorOptions> = {}) {
  const taken: string[] = [];
  const news: CursorNews[] = [];
  const faults: string[] = [];
  const kept: CursorPlace[] = [];
  const cursor = new OwnCursor({
    bus,
    stream: STREAM,
    place: null,
    beginsAt: 'first',
    take: ({ data }) => void taken.push(Buffer.from(data).toString().trim()),
    keep: (place) => void kept.push(place),
    onNews: (each) => news.push(each),
    onFault: ({ message }) => faults.push(message),
    ...more,
  });
  onTestFinished(() => cursor.close());
  return { cursor, taken, news, faults, kept };
}

const numbers = (to: number) => Array.from({ length: to }, (_, at) => String(at + 1));

test.skipIf(missing)(
  'the connection is told to be cut and back, and a session is of one stretch',
  async () => {
    const nats = await server();
    const bus = opened(nats.url);
    const first = await sessionOf(bus);
    expect(bus.state).toMatchObject({ reachable: true, fault: null, version: expect.stringMatching(/^2\./) });
    expect(bus.state.roundTripMs).toBeGreaterThan(0);
    await nats.kill();
    await expect.poll(() => bus.state.reachable, { timeout: 10_000 }).toBe(false);
    expect(first.signal.aborted).toBe(true);
    await expect.poll(() => bus.state.fault, { timeout: 10_000 }).toContain(`${nats.url} cannot be reached`);
    await nats.restart();
    const second = await sessionOf(bus);
    expect(second).not.toBe(first);
    expect(bus.state.fault).toBeNull();
  },
);

test.skipIf(missing)('a server that cannot be used is named with what to do about it', async () => {
  const old = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(
      'INFO {"server_id":"a","version":"2.9.10","proto":1,"max_payload":1048576,"headers":true}\r\n',
    );
    socket.on('data', (data) => {
      if (data.includes('PING')) socket.write('PONG\r\n');
    });
  });
  await new Promise<void>((resolve) => void old.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void old.close());
  const { port } = old.address() as AddressInfo;
  const [guarded, plain] = await Promise.all([
    server('authorization { token: "secret-of-the-test" }'),
    server('accounts { A { users: [{ user: a, password: b }] } }\nno_auth_user: a'),
  ]);
  const said = async (url: string, more?: Partial<BusOptions>) => {
    const bus = opened(url, more);
    await expect.poll(() => bus.state.fault, { timeout: 10_000 }).not.toContain('yet');
    expect(bus.session).toBeNull();
    return bus.state.fault;
  };
  expect(await said(`nats://127.0.0.1:${port}`)).toContain('is 2.9.10, and 2.14 or newer is needed');
  expect(await said(guarded.url)).toContain('does not take these credentials');
  expect(await said(plain.url)).toContain('has no JetStream for this account');
  expect(await said(plain.url.replace('nats:', 'tls:'))).toContain('has no TLS');
});

test.skipIf(missing)('a cursor takes each message once and in order, through kills under load', async () => {
  const nats = await server();
  const bus = opened(nats.url);
  await makeStream(bus);
  const { taken, news, kept } = follow(bus);
  const publisher = opened(nats.url);
  const publishing = publish(publisher, 1, 600);
  for (let kill = 0; kill < 3; kill += 1) {
    const so = taken.length;
    await expect.poll(() => taken.length, { timeout: 20_000 }).toBeGreaterThan(so + 50);
    await nats.restart();
  }
  await publishing;
  await expect.poll(() => taken.length, { timeout: 20_000 }).toBe(600);
  expect(taken).toEqual(numbers(600));
  expect(news.filter(({ kind }) => kind !== 'lost_on_the_way')).toEqual([]);
  await expect.poll(() => kept.at(-1)?.sequence).toBe(600);
});

test.skipIf(missing)('one that goes on from where it stood takes only what came since', async () => {
  const nats = await server();
  const bus = opened(nats.url);
  await makeStream(bus);
  await publish(bus, 1, 5);
  const before = follow(bus);
  await expect.poll(() => before.taken.length).toBe(5);
  await before.cursor.close();
  await publish(bus, 6, 9);
  const after = follow(bus, { place: before.kept.at(-1) ?? null });
  await expect.poll(() => after.taken).toEqual(['6', '7', '8', '9']);
  const atEnd = follow(bus, { beginsAt: 'end' });
  await expect.poll(() => atEnd.cursor.state.follows).toBe(true);
  await publish(bus, 10, 10);
  await expect.poll(() => atEnd.taken).toEqual(['10']);
});

test.skipIf(missing)(
  'a stream that was made anew is read from its first, and what is gone from one is told',
  async () => {
    const nats = await server();
    const bus = opened(nats.url);
    await makeStream(bus);
    await publish(bus, 1, 9);
    const { taken, news, cursor } = follow(bus);
    await expect.poll(() => taken.length).toBe(9);
    const place = cursor.state.place;
    await nats.restart({ empty: true });
    await makeStream(bus);
    await publish(bus, 1, 3);
    await expect.poll(() => taken.slice(9), { timeout: 20_000 }).toEqual(numbers(3));
    expect(news).toEqual([{ kind: 'anew', why: 'made_again' }]);
    const { manager } = await sessionOf(bus);
    await publish(bus, 4, 8);
    await expect.poll(() => cursor.state.place?.sequence).toBe(8);
    await manager.streams.purge(STREAM, { seq: 7 });
    const late = follow(bus, { place: { made: cursor.state.place?.made ?? '', sequence: 2 } });
    await expect.poll(() => late.taken).toEqual(['7', '8']);
    expect(late.news).toEqual([{ kind: 'gap', from: 3, to: 6 }]);
    const ahead = follow(bus, { place: { made: cursor.state.place?.made ?? '', sequence: 99 } });
    await expect.poll(() => ahead.taken).toEqual(['7', '8']);
    expect(ahead.news).toEqual([{ kind: 'anew', why: 'lost_its_end' }]);
    expect(place?.made).not.toBe(cursor.state.place?.made);
  },
);

test.skipIf(missing)(
  'a message larger than all may be together comes alone, and what follows it comes too',
  async () => {
    const nats = await server();
    const bus = opened(nats.url);
    await makeStream(bus);
    await publish(bus, 1, 2);
    await publish(bus, 3, 3, ' '.repeat(60_000));
    await publish(bus, 4, 20);
    const { taken, faults } = follow(bus, { bytesMax: 4_096, messagesMax: 5 });
    await expect.poll(() => taken, { timeout: 20_000 }).toEqual(numbers(20));
    expect(faults).toEqual([]);
  },
);

test.skipIf(missing)('what could not be taken comes again, and nothing before it', async () => {
  const nats = await server();
  const bus = opened(nats.url);
  await makeStream(bus);
  await publish(bus, 1, 6);
  const taken: string[] = [];
  let refusals = 2;
  const { faults } = follow(bus, {
    take: ({ data }) => {
      const text = Buffer.from(data).toString();
      if (text === '3' && refusals > 0) {
        refusals -= 1;
        throw new Error('the disk is full');
      }
      taken.push(text);
    },
  });
  await expect.poll(() => taken, { timeout: 20_000 }).toEqual(numbers(6));
  expect(faults).toEqual(['the disk is full', 'the disk is full']);
});

test.skipIf(missing)(
  'a gateway starts without the bus, and its log says when it is reached, cut and back',
  async () => {
    const nats = await server();
    await nats.kill();
    const bus = { servers: [nats.url], ping_ms: 200, reconnect_ms: 50 };
    const cluster = await startCluster({ gateways: 1, cluster: { bus } });
    onTestFinished(() => cluster.stop());
    const { logLines } = cluster.member(0);
    const told = (text: string) => logLines.filter(({ msg }) => String(msg).includes(text));
    await expect.poll(() => told('the bus is not reached'), { timeout: 10_000 }).not.toEqual([]);
    expect(told('the bus is not reached').at(-1)).toMatchObject({ fault: expect.stringContaining(nats.url) });
    await nats.restart();
    await expect.poll(() => told('the bus is reached'), { timeout: 10_000 }).toHaveLength(1);
    await nats.kill();
    await expect.poll(() => told('the bus is cut'), { timeout: 10_000 }).toHaveLength(1);
    await nats.restart();
    await expect.poll(() => told('the bus is reached'), { timeout: 10_000 }).toHaveLength(2);
  },
);

test.skipIf(missing)('credentials that cannot be used stop the start', async () => {
  const bus = { servers: ['nats://127.0.0.1:4222'], credentials_file: '/not/there.creds' };
  await expect(startCluster({ gateways: 1, cluster: { bus } })).rejects.toThrow(
    'cluster.bus.credentials_file cannot be read',
  );
});
