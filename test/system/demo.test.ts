/** `onecard demo`, which `npm start` runs: what it prints is true, and what it offers to try works. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { passenger } from '../../cli/demo/passengers.ts';
import { liveLine, recordsLine, summary } from '../../cli/demo/screen.ts';
import { createCity } from '../../platform/city.ts';
import { SHOWN_FAMILIES } from '../../platform/issue/presentations.ts';
import { MAIN } from './gateway-under-test.rig.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

class Demo {
  output = '';
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; output: string }>;

  constructor(...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'onecard-demo-'));
    const options = ['--cards', '60', '--rate', '20', '--data', folder, ...args];
    const child = spawn(process.execPath, [MAIN, 'demo', ...options], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    this.ended = once(child, 'close').then(([status]) => ({ status, output: this.output }));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.ended;
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /** Waits until it has printed what the pattern looks for. */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found[0];
      const { child } = this;
      if (child.exitCode !== null) throw new Error(`the demonstration ended: ${this.output}`);
      await Promise.race([once(child.stdout ?? child, 'data'), this.ended]);
    }
  }
}

/** Counts of the summary, by code or family. */
function counts(output: string): Record<string, number> {
  const summary = output.slice(output.indexOf('Summary'));
  const [, said = ''] = /judged in \d+ s: (.*)/.exec(summary) ?? [];
  const families = [...said.matchAll(/([a-z-]+) ([\d,]+)/g)].map((m) => [m[1], m[2]]);
  const codes = [...summary.matchAll(/^ +([\d,]+) {2}(?:allow|deny|refer|none) +(\S+)$/gm)].map((m) => [
    m[2],
    m[1],
  ]);
  return Object.fromEntries(
    [...families, ...codes].map(([name, count]) => [name, Number(count?.replaceAll(',', ''))]),
  );
}

function numberIn(pattern: RegExp, output: string): number {
  return Number(pattern.exec(output)?.[1]?.replaceAll(',', ''));
}

test('taps with SM2, SM3 and SM4 where it is asked for the profile sm', async () => {
  const demo = new Demo('--profile', 'sm', '--seconds', '6', '--port', '0');
  const { status, output } = await demo.ended;
  expect(status, output).toBe(0);
  expect(counts(output)['allow.good']).toBeGreaterThan(0);
  expect(numberIn(/the platform holds ([\d,]+) journal records: one for each tap judged/, output)).toBe(
    numberIn(/([\d,]+) taps judged in/, output),
  );
});

test('shows verified taps of every family, and ends by itself', async () => {
  const demo = new Demo('--seconds', '20', '--port', '0');
  const { status, output } = await demo.ended;
  expect(status, output).toBe(0);
  expect(output).toMatch(/^ {2}gates +ws:\/\/127\.0\.0\.1:\d+\/v1\/gate /m);
  expect(output).toMatch(/^ {2}allow {2}allow\.good +\d.* a passenger /m);
  expect(output).toMatch(/taps\/s {2}p50 \S+ ms {2}p99 \S+ ms {2}allow \d+ {2}deny \d+/);
  const seen = counts(output);
  for (const family of SHOWN_FAMILIES) expect(seen[family], family).toBeGreaterThan(0);
  expect(seen['allow.good']).toBeGreaterThan(0);
  // All numbers agree: what was judged is counted by family and by code, and is at the platform.
  const judged = numberIn(/([\d,]+) taps judged in/, output);
  expect(numberIn(/the platform holds ([\d,]+) journal records: one for each tap judged/, output)).toBe(
    judged,
  );
  expect(SHOWN_FAMILIES.reduce((sum, family) => sum + (seen[family] ?? 0), 0)).toBe(judged);
  const byCode = Object.entries(seen).filter(
    ([name]) => !SHOWN_FAMILIES.includes(name) && !/^(tap|gateway|challenge)\./.test(name),
  );
  expect(byCode.reduce((n, [, count]) => n + count, 0)).toBe(judged);
  expect(output).not.toContain('without an answer');
});

test.runIf(hasCurl)('the curl line works as printed; Ctrl-C drains and sums up', async () => {
  const demo = new Demo('--port', '0');
  const line = await demo.printed(/^ {2}curl .*$/m);
  await demo.printed(/taps\/s/);
  const shell = promisify(execFile);
  const answers = [await shell('sh', ['-c', line]), await shell('sh', ['-c', line])];
  expect(answers.map(({ stdout }) => JSON.parse(stdout))).toEqual([
    expect.objectContaining({ outcome: 'allow', code: 'allow.good' }),
    expect.objectContaining({ outcome: 'deny', code: 'deny.replayed' }),
  ]);
  demo.child.kill('SIGINT');
  const { status, output } = await demo.ended;
  expect(status, output).toBe(0);
  expect(output).toContain('Summary');
  expect(counts(output)['allow.good']).toBeGreaterThan(0);
});

test('takes a free port when its own is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, output } = await new Demo('--seconds', '1', '--port', String(port)).ended;
  server.close();
  expect(status, output).toBe(0);
  expect(output).toContain(`port ${port} is taken, using a free one`);
  expect(output).not.toContain(`127.0.0.1:${port}`);
  expect(output).toContain('Summary');
});

test('a chip card is told with its algorithm and the way it was authenticated', () => {
  const city = createCity({ seed: 'demo', cards: 4, rsaCardKeys: 1 });
  const stories = Array.from({ length: 40 }, (_, n) => passenger(city, city, 'demo', n, Date.now()))
    .filter(({ family }) => family === 'chip-oda')
    .map(({ story }) => /\((\w+) (\w+)\)$/.exec(story)?.slice(1));
  expect(new Set(stories.map((words) => words?.[0]))).toEqual(new Set(['SM2', 'RSA']));
  expect(new Set(stories.map((words) => words?.[1]))).toEqual(new Set(['DDA', 'CDA', 'FDDA']));
});

test('the live line names at most the three commonest codes', () => {
  const report = {
    taps: 40,
    p50Ms: 1.25,
    p99Ms: 12,
    maxMs: 20,
    codes: {},
    families: { 'chip-oda': 40 },
    samples: [],
    last: false,
  };
  const totals = {
    'allow.good': 1_200,
    'code.stale': 3,
    'signature.user': 9,
    'refer.no_list': 5,
    'deny.replayed': 7,
    'tap.queue_full': 2,
  };
  expect(liveLine(report, totals)).toBe(
    '40 taps/s  p50 1.3 ms  p99 12 ms  allow 1,200  ' +
      'deny 24 (signature.user 9, deny.replayed 7, refer.no_list 5, …)  not judged 2 (tap.queue_full 2)',
  );
  expect(summary(report, 3, 2)).toContain('         2  without an answer');
  expect(recordsLine(40, 40)).toBe('the platform holds 40 journal records: one for each tap judged');
  expect(recordsLine(38, 40)).toBe(
    'the platform holds 38 journal records; 2 wait for it, and go with the next run',
  );
  expect(recordsLine(42, 40)).toMatch(/: 40 of these taps, 2 of others/);
});
