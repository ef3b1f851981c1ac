/** The front by itself: what it speaks, whom it lets in, and how much of it one may have. Behind it is a server of echoes. */
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket, connect as tcp } from 'node:net';
import { join } from 'node:path';
import { connect as tls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { becomes } from '../outage/outage.rig.ts';
import { freePort } from '../system/gateway-under-test.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { Front, otherClient, otherServer } from './front-process.rig.ts';
import { Authority, type Pair, SERVER_NAME } from './pairs.rig.ts';
import { FRONT, missing } from './tools.rig.ts';

const here = (port: number) => `127.0.0.1:${port}`;

/** Sends back what comes, and says who it comes from. */
async function echo() {
  const from: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    from.push(socket.remoteAddress);
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { from, port: (server.address() as { readonly port: number }).port };
}

/** What comes back of a text; empty where the connection is ended. */
function echoed(address: string, text: string): Promise<string> {
  const [host, port] = address.split(':');
  const socket = tcp({ host: host ?? '', port: Number(port) });
  return new Promise((resolve) => {
    let back = '';
    const end = () => {
      socket.destroy();
      resolve(back);
    };
    socket.on('data', (bytes) => {
      back += bytes;
      if (back.length >= text.length) end();
    });
    socket.on('error', end).on('close', end);
    socket.on('connect', () => socket.write(text));
  });
}

interface World {
  readonly folder: string;
  readonly ca: Authority;
  readonly pair: Pair;
  readonly listen: string;
  readonly to: string;
  readonly from: readonly (string | undefined)[];
}

async function world(): Promise<World> {
  const folder = temporaryFolder();
  const ca = new Authority(folder, 'ca');
  const { port, from } = await echo();
  return { folder, ca, pair: ca.pair('front'), listen: here(await freePort()), to: here(port), from };
}

/** A front with a way in, and ways out to it. Returns it with the addresses of the ways out. */
async function frontOf({ folder, ca, pair, listen, to }: World, over: object, outs: readonly object[] = []) {
  const ways = outs.map(async (out, i) => ({
    name: `out-${i}`,
    listen: here(await freePort()),
    to: listen,
    server_name: SERVER_NAME,
    servers: { ca_file: ca.caFile },
    ...out,
  }));
  const connect = await Promise.all(ways);
  const settings = { accept: [{ name: 'in', listen, to, pair, ...over }], connect };
  const front = await Front.start(join(folder, 'front.json'), settings);
  return { front, settings, outs: connect.map((out) => out.listen) };
}

const handshakes = (front: Front, ended: string, way = 'in') =>
  front.count('handshakes_total', `way="${way}",ended="${ended}"`);

describe.skipIf(missing() !== null)('a front', () => {
  test('TLCP of another implementation and of its own, and TLS 1.3 with SM4, at one address', async () => {
    const its = await world();
    const outs = [{ protocol: 'tlcp' }, { protocol: 'tls13' }];
    const { front, outs: own } = await frontOf(its, {}, outs);
    const other = await otherClient(its.listen, its.ca.caFile);
    const long = 'x'.repeat(100_000);
    for (const address of [other, ...own]) expect(await echoed(address, long)).toBe(long);
    expect(await handshakes(front, 'tlcp')).toBe(2);
    expect(await handshakes(front, 'tls13')).toBe(1);
    expect(await handshakes(front, 'failed')).toBe(0);
    expect(await front.count('bytes_total', 'way="in",direction="back"')).toBe(300_000);
  });

  test.each([
    ['TLS 1.2', 'TLSv1.2'],
    ['TLS 1.3 without SM4', 'TLSv1.3'],
  ] as const)('an international client is refused: %s', async (_, version) => {
    const its = await world();
    const { front } = await frontOf(its, {});
    const port = Number(its.listen.split(':')[1]);
    const socket = tls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
    });
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
    expect(error.message).toMatch(/alert/);
    expect(await echoed(its.listen, 'GET / HTTP/1.1\r\n\r\n')).not.toContain('HTTP');
    await becomes(
      'both failed',
      () => handshakes(front, 'failed'),
      (count) => count === 2,
    );
    expect(its.from).toEqual([]);
  });

  test('a client without a certificate, with one of another authority, or revoked is refused', async () => {
    const its = await world();
    const stranger = new Authority(its.folder, 'stranger').pair('strange-gate');
    const [good, gone] = [its.ca.pair('gate'), its.ca.pair('lost-gate')];
    const crl_file = its.ca.revoke([gone.sign_cert_file, gone.enc_cert_file]);
    const pairs = [good, undefined, stranger, gone];
    const outs = ['tlcp', 'tls13'].flatMap((protocol) =>
      pairs.map((pair) => ({ protocol, ...(pair && { pair }) })),
    );
    const { outs: own } = await frontOf(its, { clients: { ca_file: its.ca.caFile, crl_file } }, outs);
    const back = await Promise.all(own.map((address) => echoed(address, 'tap')));
    expect(back).toEqual(['tap', '', '', '', 'tap', '', '', '']);
    expect(its.from.length).toBe(2);
  });

  test('a server of another authority or another name is refused', async () => {
    const its = await world();
    const other = new Authority(its.folder, 'other');
    const wrong = [{ server_name: 'other.example' }, { servers: { ca_file: other.caFile } }];
    const outs = ['tlcp', 'tls13'].flatMap((protocol) => wrong.map((over) => ({ protocol, ...over })));
    const { outs: own } = await frontOf(its, {}, outs);
    const others = [
      otherClient(its.listen, other.caFile),
      otherClient(its.listen, its.ca.caFile, 'other.example'),
    ];
    for (const address of [...own, ...(await Promise.all(others))])
      expect(await echoed(address, 'tap')).toBe('');
    expect(its.from).toEqual([]);
  });

  test('a server of another implementation is asked, and refused where its encryption certificate signs', async () => {
    const its = await world();
    const { sign_cert_file, sign_key_file, enc_cert_file, enc_key_file } = its.pair;
    const swapped = {
      ...{ sign_cert_file: enc_cert_file, sign_key_file: enc_key_file },
      ...{ enc_cert_file: sign_cert_file, enc_key_file: sign_key_file },
    };
    const servers = await Promise.all([its.pair, swapped].map(otherServer));
    const { front, outs } = await frontOf(
      its,
      {},
      servers.map((to) => ({ protocol: 'tlcp', to })),
    );
    expect(await Promise.all(outs.map((address) => echoed(address, 'tap')))).toEqual(['tap', '']);
    expect([await handshakes(front, 'tlcp', 'out-0'), await handshakes(front, 'failed', 'out-1')]).toEqual([
      1, 1,
    ]);
  });

  test('handshakes that stall are ended, and one address has so many of them', async () => {
    const its = await world();
    const { front } = await frontOf(its, { limits: { handshake_ms: 500, handshakes_per_address: 3 } });
    const sockets = await Promise.all(Array.from({ length: 5 }, () => held(its.listen)));
    await becomes(
      'two had no place',
      () => front.count('refused_total', 'way="in",of="address"'),
      (count) => count === 2,
    );
    await becomes(
      'three were ended',
      () => handshakes(front, 'timed_out'),
      (count) => count === 3,
    );
    await Promise.all(sockets.map((socket) => socket.ended));
    expect(await front.count('connections', 'way="in"')).toBe(0);
    const other = await otherClient(its.listen, its.ca.caFile);
    expect(await echoed(other, 'tap')).toBe('tap');
  });

  test('a connection over which nothing goes is ended, and so many are taken from one address', async () => {
    const its = await world();
    const limits = { idle_ms: 700, connections_per_address: 2 };
    const { front } = await frontOf(its, { limits });
    const other = await otherClient(its.listen, its.ca.caFile);
    const sockets = await Promise.all([held(other), held(other), held(other)]);
    await becomes(
      'one had no place',
      () => front.count('refused_total', 'way="in",of="address"'),
      (count) => count === 1,
    );
    await Promise.all(sockets.map((socket) => socket.ended));
    expect(its.from.length).toBe(2);
  });

  test('a gateway sees one address for one client, of this machine and not the front’s', async () => {
    const its = await world();
    await frontOf(its, {});
    const other = await otherClient(its.listen, its.ca.caFile);
    for (let i = 0; i < 3; i += 1) await echoed(other, 'tap');
    expect(new Set(its.from).size).toBe(1);
    expect(its.from[0]).toMatch(/^127\.(?!0\.)/);
  });

  test('certificates are changed while it runs, and stay as they were where the new ones cannot be used', async () => {
    const its = await world();
    const { front, settings } = await frontOf(its, {});
    const [way] = settings.accept;
    const next = new Authority(its.folder, 'next');
    const before = await otherClient(its.listen, its.ca.caFile);
    const after = await otherClient(its.listen, next.caFile);
    expect(await echoed(before, 'tap')).toBe('tap');
    front.write({ accept: [{ ...way, pair: next.pair('renewed') }] });
    expect(await front.reload()).toContain('were taken up');
    expect([await echoed(before, 'tap'), await echoed(after, 'tap')]).toEqual(['', 'tap']);
    const mixed = { ...its.pair, sign_key_file: its.pair.enc_key_file };
    front.write({ accept: [{ ...way, pair: mixed }] });
    expect(await front.reload()).toMatch(/stay as they were.*|is not the key of its certificate/);
    expect(await echoed(after, 'tap')).toBe('tap');
  });

  test('what cannot be used is refused with a sentence and status 2', async () => {
    const its = await world();
    const file = join(its.folder, 'wrong.json');
    const checked = (over: object) => {
      const { listen, to, pair } = its;
      writeFileSync(file, JSON.stringify({ accept: [{ name: 'in', listen, to, pair, ...over }] }));
      const { status, stderr } = spawnSync(FRONT, ['--config', file, '--check'], { encoding: 'utf8' });
      return `${status} ${stderr}`;
    };
    expect(checked({})).toBe('0 ');
    expect(checked({ to: '10.0.0.1:8790' })).toMatch(
      /^2 .*in: to is 10\.0\.0\.1: what goes there is in the clear/,
    );
    expect(checked({ protocols: ['tls12'] })).toMatch(/^2 .*unknown variant `tls12`/);
    expect(checked({ pair: { ...its.pair, enc_key_file: '/none' } })).toMatch(/^2 .*\/none: No such file/);
    const { sign_cert_file, sign_key_file, enc_cert_file, enc_key_file } = its.pair;
    const [signing, encrypting] = [
      { sign_cert_file: enc_cert_file, sign_key_file: enc_key_file },
      { enc_cert_file: sign_cert_file, enc_key_file: sign_key_file },
    ];
    expect(checked({ pair: { ...its.pair, ...signing } })).toMatch(
      /^2 .*front-enc\.pem: its key usage is not to sign/,
    );
    expect(checked({ pair: { ...its.pair, ...encrypting } })).toMatch(
      /^2 .*front-sign\.pem: its key usage is not to enc/,
    );
    chmodSync(its.pair.sign_key_file, 0o644);
    expect(checked({})).toMatch(/^2 .*everybody on this machine can read the key/);
  });
});

/** A connection that says nothing. */
function held(address: string): Promise<{ readonly ended: Promise<void> }> {
  const [host, port] = address.split(':');
  const socket = tcp({ host: host ?? '', port: Number(port) });
  const ended = new Promise<void>((resolve) => {
    socket.on('error', () => resolve()).on('close', () => resolve());
    socket.resume();
  });
  return new Promise((resolve) =>
    socket.on('connect', () => resolve({ ended })).on('error', () => resolve({ ended })),
  );
}
