/** SIGHUP to `onecard serve`: files that were replaced are taken up while gates tap; the process never ends by it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { type LooseCity, shippedCity } from '../fixtures/city-document.ts';
import { PlainClient, type PlainClientTarget } from '../protocol/plain-client.rig.ts';
import { type Certificate, makeCertificate } from './certificates.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards } from './presentations.rig.ts';

const LAUNCHER = fileURLToPath(new URL('../../cli/onecard.js', import.meta.url));
const SCENES = JSON.stringify(shippedCity());
const READ_AGAIN = 'SIGHUP: the settings were read again';
const REFUSED = 'SIGHUP: what the settings name cannot be used: everything stays as it was';
const TAP_PAUSE_MS = 5;

const folder = mkdtempSync(join(tmpdir(), 'onecard-reload-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Written {
  readonly gateway: GatewayUnderTest;
  readonly certificates: readonly [Certificate, Certificate];
  write(name: string, content: string): void;
  /** Asks it to read its files again; resolves with what it says. */
  hangUp(message: string): Promise<Readonly<Record<string, unknown>>>;
}

async function gatewayWithFiles(): Promise<Written> {
  const at = mkdtempSync(join(folder, 'files-'));
  const certificates = [makeCertificate(at, 'first'), makeCertificate(at, 'second')] as const;
  const path = (name: string) => join(at, name);
  const write = (name: string, content: string) => writeFileSync(path(name), content, { mode: 0o600 });
  write('cert.pem', certificates[0].cert);
  write('key.pem', certificates[0].key);
  write('city.json', SCENES);
  write('admin-token', 'the-first-token-of-operators');
  const tls = { cert_file: path('cert.pem'), key_file: path('key.pem') };
  const gateway = await startGateway({
    launched: true,
    settings: {
      listen: { tls },
      admin: { tls, token_file: path('admin-token') },
      city: path('city.json'),
      log: { level: 'debug' },
    },
  });
  onTestFinished(() => gateway.stop());
  return {
    gateway,
    certificates,
    write,
    hangUp(message) {
      const from = gateway.logLines.length;
      process.kill(gateway.pid, 'SIGHUP');
      return gateway.logged(message, from);
    },
  };
}

/** The name in the certificate that a new connection is shown. */
async function servedBy(address: string): Promise<string> {
  const { hostname: host, port } = new URL(address);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

/** A gate that taps again and again; every tap is answered, or `stop` rejects. */
async function tapping({ city }: GatewayUnderTest, target: PlainClientTarget) {
  const client = await PlainClient.connect(target);
  const [card = 0] = goodCards(city, 'sm2');
  const answers: Promise<string>[] = [];
  let taps = true;
  const run = (async () => {
    while (taps) {
      const answer = client.tap(answers.length, { scene: '29/exit', ...chipTapOf(city, card).binary });
      answers.push(answer.then(({ message }) => String(message['code'])));
      await sleep(TAP_PAUSE_MS);
    }
  })();
  return {
    client,
    answered: () => Promise.all(answers),
    async stop(): Promise<readonly string[]> {
      taps = false;
      await run;
      return Promise.all(answers);
    },
  };
}

/** Status of the page of liveness. */
async function fetchAdmin(
  { admin }: GatewayUnderTest,
  { cert }: Certificate,
  token: string,
): Promise<number> {
  const asked = request(`${admin}/livez`, { ca: cert, headers: { authorization: `Bearer ${token}` } }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

const withScenes = (change: (document: LooseCity) => void): string => {
  const document = shippedCity();
  change(document);
  return JSON.stringify(document);
};

test('certificate, scenes and the token of operators are taken up under load, and no tap is lost', async () => {
  const { gateway, certificates, write, hangUp } = await gatewayWithFiles();
  const [first, second] = certificates;
  const load = await tapping(gateway, { ...gateway.target(), ca: first.cert });
  const desk = await PlainClient.connect({ ...gateway.target('desk-1'), ca: first.cert });
  const [card = 0] = goodCards(gateway.city, 'sm2');
  const deskTap = async (seq: number) => {
    const { message } = await desk.tap(seq, { scene: '11/desk', ...chipTapOf(gateway.city, card).binary });
    return message['code'];
  };
  expect(await deskTap(0)).toMatch(/^allow\./);
  expect([await servedBy(gateway.http), await servedBy(gateway.admin)]).toEqual(['first', 'first']);

  write('cert.pem', second.cert);
  write('key.pem', second.key);
  write('admin-token', 'the-second-token-of-operators');
  write(
    'city.json',
    withScenes((document) => {
      document.revision = 'without-the-hotel';
      document.scenes = document.scenes.filter(({ scene }) => scene !== '11/desk');
    }),
  );
  const { taken } = await hangUp(READ_AGAIN);
  expect(taken).toEqual(['scenes', 'TLS or token for operators', 'TLS']);

  // Those that were connected stay so, under the scenes that hold now.
  expect(await deskTap(1)).toBe('tap.scene_not_allowed');
  expect(await servedBy(gateway.http)).toBe('second');
  await expect.poll(() => servedBy(gateway.admin)).toBe('second');
  expect(await fetchAdmin(gateway, second, 'the-second-token-of-operators')).toBe(200);
  expect(await fetchAdmin(gateway, second, 'the-first-token-of-operators')).toBe(401);
  const late = await tapping(gateway, { ...gateway.target(), ca: second.cert });
  const codes = [await late.stop(), await load.stop()].flat();
  expect(new Set(codes)).toEqual(new Set(['allow.good']));
  expect(codes.length).toBeGreaterThan(5);
  expect(await load.client.bye()).toBe(1_000);
  expect(await gateway.kill('SIGTERM')).toEqual({ status: 0, signal: null });
});

const UNUSABLE: readonly [string, (written: Written) => void, RegExp][] = [
  [
    'a key of another certificate',
    ({ write, certificates }) => write('cert.pem', certificates[1].cert),
    /TLS files/,
  ],
  [
    'no JSON in place of scenes',
    ({ write }) => write('city.json', '{'),
    /the city in .*city\.json is not usable: city\.json:1:\d+: /,
  ],
  [
    'scenes that remember longer than this run does',
    ({ write }) =>
      write(
        'city.json',
        withScenes((document) => {
          document.revision = 'longer';
          for (const policy of document.policies) policy['replayable_ms_max'] = 86_400_000;
        }),
      ),
    /takes a restart/,
  ],
  ['a token that is too short', ({ write }) => write('admin-token', 'short'), /admin\.token_file/],
  [
    'settings that are none',
    ({ gateway }) => writeFileSync(gateway.configFile, '{"gateway_id": 7}'),
    /settings are not usable/,
  ],
];

test('a file that cannot be used: refused whole, said in the log, and everything goes on as it was', async () => {
  const written = await gatewayWithFiles();
  const { gateway, certificates, write, hangUp } = written;
  const load = await tapping(gateway, { ...gateway.target(), ca: certificates[0].cert });
  const settings = readFileSync(gateway.configFile, 'utf8');
  for (const [what, spoil, says] of UNUSABLE) {
    writeFileSync(gateway.configFile, settings);
    write('cert.pem', certificates[0].cert);
    write('city.json', SCENES);
    // Usable by itself: it is not taken up either.
    write('admin-token', 'the-second-token-of-operators');
    spoil(written);
    const line = await hangUp(REFUSED);
    expect([line['level'], line['error']], what).toEqual(['error', expect.stringMatching(says)]);
    expect([await servedBy(gateway.http), await servedBy(gateway.admin)]).toEqual(['first', 'first']);
    const probe = await fetchAdmin(gateway, certificates[0], 'the-first-token-of-operators');
    expect(probe, what).toBe(200);
  }
  expect(new Set(await load.stop())).toEqual(new Set(['allow.good']));
  expect(gateway.running).toBe(true);
});

test('what a start alone can change is named, and the rest is taken up', async () => {
  const { gateway, hangUp } = await gatewayWithFiles();
  const settings = JSON.parse(readFileSync(gateway.configFile, 'utf8')) as Record<string, object>;
  const changed = {
    ...settings,
    // Without a token whoever reaches the address would read everything: that is not taken up in passing.
    admin: { ...settings['admin'], token_file: undefined },
    limits: { ...settings['limits'], queue_gate: 4_096 },
    log: { level: 'warn' },
  };
  writeFileSync(gateway.configFile, JSON.stringify(changed));
  const { settings: named } = await hangUp('these settings have changed, and need a restart');
  expect(named).toEqual(['admin.token_file', 'limits.queue_gate']);
});

test.skipIf(process.platform !== 'linux')(
  'a SIGHUP while it starts ends neither launcher nor gateway',
  async () => {
    const { gateway } = await gatewayWithFiles();
    await gateway.kill('SIGTERM');
    const launcher = spawn(process.execPath, [LAUNCHER, 'serve', '--config', gateway.configFile]);
    const ended = once(launcher, 'close');
    onTestFinished(async () => {
      launcher.kill('SIGTERM');
      await ended;
    });
    let output = '';
    launcher.stdout.on('data', (chunk) => {
      output += chunk;
    });
    // Node itself has to run before anything of a program can listen.
    await expect.poll(() => hears(launcher.pid ?? 0), { timeout: 20_000 }).toBe(true);
    while (!output.includes('"listening"') && launcher.exitCode === null && launcher.signalCode === null) {
      launcher.kill('SIGHUP');
      await sleep(TAP_PAUSE_MS);
    }
    expect([launcher.exitCode, launcher.signalCode]).toEqual([null, null]);
    await expect.poll(() => output, { timeout: 20_000 }).toContain(READ_AGAIN);
  },
);

/** Whether a process has a handler for SIGHUP, signal 1: the lowest bit of SigCgt, proc(5). */
function hears(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}
