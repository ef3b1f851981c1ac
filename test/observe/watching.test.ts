/** What `deploy/observe/` asks for is what a running gateway serves. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DASHBOARD_QUERIES, dashboard } from '../../deploy/observe/dashboard.ts';
import { type ComposedDesk, startDesk } from '../composed/desk.rig.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OBSERVE = join(ROOT, 'deploy/observe');
const RULES = readFileSync(join(OBSERVE, 'rules.yaml'), 'utf8');
const NAMES = /\b(?:onecard|process|nodejs)_[a-z0-9_]+/g;
/** What a histogram is asked by. */
const PARTS = /_(bucket|sum|count)$/;

/** A busy machine needs so long to start all of it. */
const START_MS = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'onecard-watching-'));
let desk: ComposedDesk;
let metrics: string;

beforeAll(async () => {
  // A gateway with all there is. Of its cluster nothing is in reach, which costs no metric.
  const keysFile = join(folder, 'keys');
  writeFileSync(keysFile, 'ab'.repeat(32));
  const cluster = {
    ...{ name: 'city', keys_file: keysFile },
    ...{ store: { urls: ['redis://127.0.0.1:1'] }, bus: { servers: ['nats://127.0.0.1:1'] } },
  };
  desk = await startDesk({ settings: { cluster } });
  metrics = await (await fetch(`${desk.composed.address.admin}/metrics`)).text();
}, START_MS);
afterAll(async () => {
  await desk?.stop();
  rmSync(folder, { recursive: true });
});

test('every metric that a rule or the dashboard names is served by a running gateway', () => {
  const served = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const asked = [RULES, ...DASHBOARD_QUERIES].flatMap((text) => text.match(NAMES) ?? []);
  expect(asked.length).toBeGreaterThan(60);
  const unknown = asked.filter((name) => !served.has(name) && !served.has(name.replace(PARTS, '')));
  expect(unknown).toEqual([]);
});

test('the dashboard in the folder is the one of the code', () => {
  expect(readFileSync(join(OBSERVE, 'dashboard.json'), 'utf8')).toBe(
    `${JSON.stringify(dashboard(), null, 2)}\n`,
  );
});

test.each(['operate.md', 'operate.zh-CN.md'])(
  'docs/%s says of every alert what it means and what to do',
  (page) => {
    const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
    const alerts = [...RULES.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    const told = [...text.matchAll(/^\| `(Onecard\w+)` \|/gm)].map(([, name]) => name);
    expect(told).toEqual(alerts);
  },
);

const PROMTOOL: readonly (readonly [string, readonly string[], boolean])[] = [
  ['rules are valid', ['check', 'rules', 'rules.yaml'], false],
  [
    'each alert fires for what it is for, and a healthy gateway is quiet',
    ['test', 'rules', 'rules.test.yaml'],
    false,
  ],
  ['metrics follow the conventions of Prometheus', ['check', 'metrics'], true],
];

for (const [promise, args, ofMetrics] of PROMTOOL) {
  test(`promtool: ${promise}`, (context) => {
    const input = ofMetrics ? metrics : '';
    const { status, stdout, stderr, error } = spawnSync('promtool', args, {
      cwd: OBSERVE,
      encoding: 'utf8',
      input,
    });
    if (error) return context.skip('promtool is not installed (Debian: prometheus)');
    expect(`${stdout}${stderr}`).not.toMatch(/FAILED|should not/);
    expect(status).toBe(0);
  });
}
