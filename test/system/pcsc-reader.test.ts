/**
 * A virtual card through the system's own smart-card service: vsmartcard's driver, pcscd, the agent as a process, and the desk.
 * That driver listens on all addresses, so the service has a network of its own, and a folder of its own for its socket.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';
import { type Followed, follow } from '../composed/desk-reader.rig.ts';
import { type DeskSession, signIn } from '../composed/desk-session.rig.ts';
import { goodCards } from './presentations.rig.ts';

const root = join(import.meta.dirname, '..', '..');
const DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const ONECARD = join(root, 'cli', 'onecard.js');
const canIsolate = process.getuid?.() === 0 && spawnSync('unshare', ['-n', '-m', 'true']).status === 0;
const LIBRARY = join(root, 'node_modules', 'pcsc-mini');
const isThere = canIsolate && ['/usr/sbin/pcscd', DRIVER, LIBRARY].every((path) => existsSync(path));
if (!isThere)
  console.warn('skipped: pcscd, vsmartcard-vpcd or pcsc-mini is not installed, or this is not root on Linux');

const folder = mkdtempSync(join(tmpdir(), 'onecard-pcsc-'));
const running: ChildProcess[] = [];
let desk: ComposedDesk;
let clerk: DeskSession;
let told: Followed;
let service: ChildProcess;
let said = '';

function start(command: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, PCSCLITE_CSOCK_NAME: join(folder, 'pcscd.comm'), XDG_CONFIG_HOME: folder };
  const child = spawn(command, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  running.push(child);
  return child;
}
const onecard = (...args: string[]) => start(process.execPath, [ONECARD, ...args]);
const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const startService = () =>
  start('unshare', [
    ...['-n', '-m', 'sh', '-c'],
    `ip link set lo up && mkdir -p /run/pcscd && mount --bind ${folder} /run/pcscd && exec pcscd --foreground`,
  ]);

beforeAll(async () => {
  if (!isThere) return;
  service = startService();
  desk = await startDesk();
  clerk = await signIn(desk, 'clerk');
  told = await follow(clerk);
});
afterAll(async () => {
  await told?.stop();
  for (const child of running.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = ended(child);
    child.kill('SIGTERM');
    await gone;
  }
  await desk?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Lays a card on the driver's reader, in its network. */
function layCard(card: number): ChildProcess {
  const options = [
    '--seed',
    'composed test',
    '--cards',
    '60',
    '--card',
    String(card),
    '--driver',
    '127.0.0.1:35963',
  ];
  return start('nsenter', [
    '-t',
    String(service.pid),
    '-n',
    process.execPath,
    ONECARD,
    'virtual-card',
    ...options,
  ]);
}

test.runIf(isThere)(
  'a chip of each kind is read through pcscd, and the agent outlives the service',
  async () => {
    const { code } = await clerk.json<{ code: string }>('/v1/readers/pairings', { body: {} });
    expect(
      await ended(onecard('reader', 'pair', '--desk', desk.url, '--code', code, '--name', 'pcsc')),
      said,
    ).toBe(0);
    onecard('reader', 'run');
    await until(() =>
      expect(told.reader.at(-1), said).toMatchObject({
        state: 'ready',
        name: expect.stringContaining('Virtual PCD'),
      }),
    );
    for (const alg of ['sm2', 'rsa'] as const) {
      told.clear();
      await clerk.json('/v1/desk/arm', { body: {} });
      const card = layCard(goodCards(desk.composed.city, alg)[0] ?? 0);
      await until(() => expect(told.reading.at(-1)?.state, said).toBe('done'));
      expect(told.verification).toMatchObject([{ code: 'allow.good', evidence: { document: 'proven' } }]);
      card.kill('SIGTERM');
      await until(() => expect(told.reader.at(-1)).toMatchObject({ card: false }));
    }
    told.clear();
    const gone = ended(service);
    service.kill('SIGTERM');
    await gone;
    await until(() => expect(told.reader.at(-1), said).toMatchObject({ state: 'no_service' }));
    service = startService();
    await until(() => expect(told.reader.at(-1), said).toMatchObject({ state: 'ready' }));
    // Nothing of a card is said by the agent: its number is in none of its lines.
    expect(said).not.toContain(desk.composed.city.identity(goodCards(desk.composed.city, 'sm2')[0] ?? 0).pan);
  },
  90_000,
);
