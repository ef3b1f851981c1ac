/**
 * The image is built, and run as its pod is: user 10001, read-only root, no capabilities, seccomp, 768 MiB. It becomes ready,
 * answers taps, hands the platform all it decided, and ends with 0 when it is asked to. Figures are printed.
 */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { enginePackageName } from '../../native/index.ts';
import { createCity } from '../../platform/city.ts';
import { createPlatform } from '../../platform/server.ts';
import { readOverlay } from '../deploy/manifests.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { freePort, laidOver } from '../system/gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { Container, imageConfig, run, statusOf, volume } from './container.rig.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const USER = 10_001;
const BYTES_MAX = 200_000_000;
const TAPS = 400;
const AT_ONCE = 8;
const GATEWAY_ID = 'onecard-gateway-0';
/** What `deploy/image/build.sh` left, where it was run before; else it is built here. */
const BUILT = process.env['ONECARD_IMAGE_FOLDER'];
const out = BUILT ?? mkdtempSync(join(tmpdir(), 'onecard-image-'));

interface Figures {
  readonly image: string;
  readonly bytes: number;
  readonly archive_bytes: number;
  readonly built_s: number;
}

let figures: Figures;

beforeAll(() => {
  if (BUILT === undefined) run(join(ROOT, 'deploy/image/build.sh'), [out]);
  figures = JSON.parse(readFileSync(join(out, 'figures.json'), 'utf8')) as Figures;
});
afterAll(() => {
  if (BUILT === undefined) rmSync(out, { recursive: true, force: true });
});

test('the image is of 200 MB at most, holds built code of this platform alone, and its bill names what it is made of', () => {
  expect(figures.bytes).toBeLessThanOrEqual(BYTES_MAX);
  const working = run('buildah', ['from', '--pull-never', figures.image]).trim();
  onTestFinished(() => void run('buildah', ['rm', working]));
  const root = run('buildah', ['mount', working]).trim();
  const files = readdirSync(join(root, 'opt/onecard'), { recursive: true, encoding: 'utf8' });
  const built = files.filter((file) => file.endsWith('.node'));
  expect(
    built.filter((file) => /darwin|win32|android|musl|uws_(?!linux_[a-z0-9]+_127\.)/.test(file)),
  ).toEqual([]);
  expect(built).toContain(`node_modules/${enginePackageName()}/onecard-engine.node`);
  expect(built.filter((file) => file.includes('uWebSockets'))).toHaveLength(1);
  expect(
    files.filter((file) => /(^|\/)node_modules\/(vitest|typescript|node|@biomejs)(\/|$)/.test(file)),
  ).toEqual([]);
  for (const shell of ['bin/sh', 'usr/bin/sh', 'usr/bin/apt', 'usr/bin/dpkg']) {
    expect(
      files.length > 0 &&
        run('sh', ['-c', `test -e "${join(root, shell)}" && echo there || echo none`]).trim(),
    ).toBe('none');
  }
  const bill = JSON.parse(readFileSync(join(out, 'onecard-gateway.cdx.json'), 'utf8')) as {
    readonly bomFormat: string;
    readonly components: readonly { readonly purl: string; readonly version: string }[];
  };
  expect(bill.bomFormat).toBe('CycloneDX');
  const named = bill.components.map(({ purl }) => purl);
  for (const part of ['pkg:npm/lmdb@', 'pkg:cargo/napi@', 'pkg:deb/debian/libc6@', 'pkg:generic/node@']) {
    expect(named.filter((purl) => purl.startsWith(part))).toHaveLength(1);
  }
  expect(named.filter((purl) => /vitest|typescript/.test(purl))).toEqual([]);
  expect(imageConfig(figures.image).User).toBe(`${USER}:${USER}`);
});

test('run as its pod is, it becomes ready, answers every tap, hands on what it decided, and ends with 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-pod-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const city = createCity({ seed: 'image test', cards: 1_000, rsaCardKeys: 4 });
  const platform = createPlatform({ city, token: 'image-test-platform-token' });
  await platform.start();
  onTestFinished(() => platform.stop());
  const port = await freePort();
  const adminPort = await freePort();
  const volumes = {
    data: volume(folder, 'data', USER),
    tmp: volume(folder, 'tmp', USER),
    settings: volume(folder, 'settings', USER),
    secrets: volume(folder, 'secrets', USER),
  };
  const secret = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(volumes.secrets, name), content, { mode: 0o440 });
    run('chown', [`0:${USER}`, join(volumes.secrets, name)]);
  };
  secret('root.json', platform.rootJson);
  secret('platform-token', 'image-test-platform-token');
  secret('admin-token', 'image-test-admin-token');
  // The manifest's settings; only addresses are of the test.
  const single = readOverlay('single');
  const settings = laidOver(single.fileSettings as Record<string, unknown>, {
    listen: { host: '127.0.0.1', port },
    admin: { host: '127.0.0.1', port: adminPort },
    platform: { url: platform.url },
  });
  writeFileSync(join(volumes.settings, 'gateway.json'), JSON.stringify(settings));

  const { pod } = single;
  const beganMs = performance.now();
  const container = new Container({
    image: figures.image,
    pod,
    env: { ONECARD_GATEWAY_ID: GATEWAY_ID },
    volumes,
  });
  onTestFinished(() => container.remove());
  const probe = (name: string) =>
    fetch(`http://127.0.0.1:${adminPort}${pod.at('containers', 0, name, 'httpGet', 'path').text}`).then(
      ({ status }) => status,
      () => null,
    );
  const early = container.exited.then(({ status }) => {
    throw new Error(`it ended with ${status} before it was ready: ${container.output}`);
  });
  early.catch(() => {});
  await Promise.race([
    becomes(
      'it is ready',
      () => probe('readinessProbe'),
      (status) => status === 200,
    ),
    early,
  ]);
  const readyS = (performance.now() - beganMs) / 1_000;
  expect(await probe('livenessProbe')).toBe(200);

  // What it may do, as the kernel tells.
  const held = statusOf(container.pid);
  expect(held.get('Uid')?.split('\t')).toEqual(Array.from({ length: 4 }, () => String(USER)));
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(Number.parseInt(held.get(set) ?? '1', 16)).toBe(0);
  expect([held.get('NoNewPrivs'), held.get('Seccomp')]).toEqual(['1', '2']);
  // It is process 1 itself: no launcher stands between it and SIGTERM.
  expect(held.get('NSpid')?.split('\t').at(-1)).toBe('1');
  const rootMount = readFileSync(`/proc/${container.pid}/mountinfo`, 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === '/');
  expect(rootMount?.split(' ')[5]).toMatch(/^ro\b/);

  // A device is enrolled as docs say, by a command in the running pod.
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const enrol = ['device', 'enroll', '--config', pod.at('containers', 0, 'args', 2).text];
  container.exec(
    [
      'onecard',
      ...enrol,
      '--id',
      'gate-1',
      '--class',
      'gate',
      '--scene',
      '29/entry',
      '--public-key',
      '/dev/stdin',
    ],
    JSON.stringify(publicKey.export({ format: 'jwk' })),
  );
  const gate = await PlainClient.connect({
    url: `ws://127.0.0.1:${port}/v1/gate`,
    gatewayId: GATEWAY_ID,
    deviceId: 'gate-1',
    privateKey: privateKey.export({ format: 'jwk' }),
  });
  const cards = [...goodCards(city, 'sm2'), ...goodCards(city, 'rsa')].slice(0, TAPS);
  expect(cards).toHaveLength(TAPS);
  const answers: string[] = [];
  const tapsBeganMs = performance.now();
  for (let at = 0; at < TAPS; at += AT_ONCE) {
    const told = await Promise.all(
      cards
        .slice(at, at + AT_ONCE)
        .map((card, i) => gate.tap(at + i, { ...rideCodeOf(city, card).binary, scene: '29/entry' })),
    );
    answers.push(...told.map(({ message }) => `${message['t']} ${message['code']}`));
  }
  const tapsS = (performance.now() - tapsBeganMs) / 1_000;
  expect(new Set(answers)).toEqual(new Set(['decision allow.good']));
  const residentMb = Number.parseInt(statusOf(container.pid).get('VmHWM') ?? '', 10) / 1_000;
  const stopBeganMs = performance.now();
  container.kill('TERM');
  expect(await gate.drained).toBeDefined();
  expect(await container.exited).toEqual({ status: 0, signal: null });
  const stopS = (performance.now() - stopBeganMs) / 1_000;
  expect(platform.journalSummary().gateways[GATEWAY_ID]).toBeGreaterThanOrEqual(TAPS);
  const megabytes = (bytes: number) => Math.round(bytes / 100_000) / 10;
  console.log(
    JSON.stringify({
      image_mb: megabytes(figures.bytes),
      archive_mb: megabytes(figures.archive_bytes),
      built_s: figures.built_s,
      ready_s: Number(readyS.toFixed(1)),
      taps: answers.length,
      taps_s: Number(tapsS.toFixed(1)),
      resident_mb_max: Math.round(residentMb),
      stop_s: Number(stopS.toFixed(1)),
    }),
  );
});
