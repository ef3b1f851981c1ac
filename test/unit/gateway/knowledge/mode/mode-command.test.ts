/** `onecard mode`: what it writes, shows and refuses. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { modeCommand } from '../../../../../cli/mode.ts';
import { endUnusableWith2 } from '../../../../../cli/unusable.ts';
import { forcedModeFile, parseModeOrder } from '../../../../../gateway/knowledge/mode/forced-mode.ts';
import { temporaryFolder } from '../../journal/temporary-folder.rig.ts';

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

class Exit extends Error {}

/** Runs the command in this process, with its output and exit status caught. */
async function onecardMode(...args: string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  let status = 0;
  const keep = (lines: string[]) => (text: unknown) => lines.push(String(text)) > 0;
  const log = vi.spyOn(console, 'log').mockImplementation(keep(out));
  const error = vi.spyOn(console, 'error').mockImplementation(keep(err));
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(keep(err));
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
    status = Number(code);
    throw new Exit();
  });
  try {
    const command = modeCommand();
    endUnusableWith2(command);
    await command.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof Exit)) throw thrown;
  } finally {
    for (const spy of [log, error, write, exit]) spy.mockRestore();
    status ||= Number(process.exitCode ?? 0);
    process.exitCode = undefined;
  }
  return { status, out: out.join('\n'), err: err.join('\n') };
}

test('a mode is forced with who, when, until and why, shown, and freed again', async () => {
  const data = temporaryFolder();
  const file = forcedModeFile(data);
  const before = Date.now();
  const forced = await onecardMode('force', 'lists', '--for', '10m', '--reason', 'upkeep', '--data', data);
  expect(forced).toMatchObject({ status: 0, err: '' });
  const order = parseModeOrder(readFileSync(file));
  expect(order).toMatchObject({ mode: 'lists', reason: 'upkeep', by: { uid: userInfo().uid } });
  expect(order.setAtMs).toBeGreaterThanOrEqual(before);
  expect((order.untilMs ?? 0) - order.setAtMs).toBe(600_000);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const shown = await onecardMode('show', '--data', data);
  expect(shown.out).toMatch(/^override +lists\n/);
  expect(shown.out).toContain('upkeep');

  expect(await onecardMode('auto', '--data', data)).toMatchObject({ status: 0 });
  const json = await onecardMode('show', '--json', '--data', data);
  expect(JSON.parse(json.out)).toMatchObject({ order: { mode: 'auto' }, inForce: false, gateway: null });
});

test('what a gateway reports is shown, and cannot steer the terminal', async () => {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/readyz' ? 503 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ checks: { mode: 'stale', note: '\u001b[2J' } }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { out, status } = await onecardMode('show', '--data', temporaryFolder(), '--gateway', gateway);
  expect(status).toBe(0);
  expect(out).toMatch(/gateway +not ready/);
  expect(out).toMatch(/mode +stale/);
  expect(out).toContain('?[2J');
});

test('what cannot be used ends with status 2 and says why', async () => {
  const data = temporaryFolder();
  writeFileSync(join(data, 'mode.json'), 'garbage');
  const runs: Ended[] = [];
  for (const args of [
    ['show', '--data', data],
    ['force', 'open', '--data', data],
    ['force', 'live', '--for', '0m', '--data', data],
    ['force', 'live', '--for', '31d', '--data', data],
    ['force', 'live', '--reason', 'x'.repeat(501), '--data', data],
    ['force', 'live', '--data', join(data, 'not-there')],
    ['force', 'live'],
  ]) {
    runs.push(await onecardMode(...args));
  }
  expect(runs.map(({ status }) => status)).toEqual(Array(7).fill(2));
  expect(runs.map(({ err }) => err.split('\n')[0])).toEqual([
    expect.stringContaining('mode.json is no JSON'),
    expect.stringContaining('live, lists, stale, closed'),
    expect.stringContaining('"0m" is no time'),
    expect.stringContaining('"31d" is no time'),
    expect.stringContaining('at most 500 characters'),
    expect.stringContaining('no data folder'),
    expect.stringContaining('either --config FILE or --data DIR'),
  ]);
  expect(readFileSync(join(data, 'mode.json'), 'utf8')).toBe('garbage');
});
