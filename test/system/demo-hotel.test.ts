/** The hotel of `npm start`: with the login that it prints, its guests can be checked in by what they bring. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { follow } from '../composed/desk-reader.rig.ts';
import { type DeskSession, enter } from '../composed/desk-session.rig.ts';
import { ADULT, checkIn } from '../composed/desk-stays.rig.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { MAIN } from './gateway-under-test.rig.ts';

const WITHIN = { timeout: 30_000, interval: 100 };
const folder = mkdtempSync(join(tmpdir(), 'onecard-demo-hotel-'));
const options = ['--cards', '60', '--rate', '1', '--port', '0', '--data', folder, '--profile', TEST_PROFILE];
const child = spawn(process.execPath, [MAIN, 'demo', ...options], {
  env: { ...process.env, NO_COLOR: '1' },
  stdio: ['ignore', 'pipe', 'pipe'],
});
let output = '';
for (const stream of [child.stdout, child.stderr]) {
  stream.on('data', (chunk) => {
    output += chunk;
  });
}
let clerk: DeskSession;
let guests = '';

beforeAll(async () => {
  const printed = await vi.waitUntil(
    () => /desk +(http\S+)\/ +\((\S+) · (\S+)\)\n +guests +(http\S+)\//.exec(output),
    { timeout: 60_000, interval: 100 },
  );
  const [, url = '', account = '', password = '', page = ''] = printed;
  guests = page;
  clerk = await enter({ url }, account, password);
});
afterAll(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

const onPage = (path: string, body: string, site = 'same-origin') =>
  fetch(`${guests}/${path}`, { method: 'POST', body, headers: { 'Sec-Fetch-Site': site } });

test('a card that is laid on its reader checks a guest in', async () => {
  const told = await follow(clerk);
  await clerk.json('/v1/desk/arm', { body: {} });
  expect((await onPage('lay', 'chip-sm2')).status).toBe(204);
  await vi.waitFor(() => expect(told.verification).toHaveLength(1), WITHIN);
  const [verification] = told.verification;
  expect(verification).toMatchObject({ outcome: 'allow', evidence: { document: 'proven' } });
  const declared = { full_name: '王燕', document_kind: 'id-card', document_number: ADULT };
  const { verification_id } = verification ?? {};
  const stay = await checkIn(clerk, [{ verification_id, declared, person_compared: true }]);
  expect(stay.guests).toHaveLength(1);
  expect((await onPage('take', '')).status).toBe(204);
  await told.stop();
});

test('a code of its page is verified', async () => {
  const shown = (await (await fetch(`${guests}/guests.json`)).json()) as {
    readonly guest: string;
    readonly text: string | null;
  }[];
  const text = shown.find(({ guest }) => guest === 'online')?.text;
  const body = { scene: '11/desk', family: 'scan', credential: { text }, context: {} };
  expect(await clerk.json('/v1/verifications', { body })).toMatchObject({
    outcome: 'allow',
    family: 'token',
  });
});

test('another page in the same browser lays no card', async () => {
  expect((await onPage('lay', 'chip-sm2', 'cross-site')).status).toBe(403);
  expect((await onPage('lay', 'phone')).status).toBe(404);
});
