/** `onecard desk audit` and `operator reset` beside a gateway that runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, enter, post, signIn } from './desk-session.rig.ts';
import { onecard } from './onecard-beside.rig.ts';

let desk: ComposedDesk;
let clerk: DeskSession;
let config: string;
beforeAll(async () => {
  desk = await startDesk();
  clerk = await signIn(desk, 'clerk');
  config = join(desk.composed.folder, 'gateway.json');
  writeFileSync(config, JSON.stringify(desk.composed.settings));
});
afterAll(() => desk?.stop());

const audit = (verb: string, ...args: readonly string[]) =>
  onecard(['desk', 'audit', verb, '--config', config, ...args]);

test('whoever is locked out gets a one-time password from the command line, while the gateway runs', async () => {
  const none = await onecard(['desk', 'operator', 'reset', 'nobody', '--config', config]);
  expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('there are: manager')]);
  const ran = await onecard(['desk', 'operator', 'reset', clerk.account, '--config', config]);
  expect(ran.status).toBe(0);
  const password = new RegExp(`^one-time password of ${clerk.account}: (\\S+)`).exec(ran.stdout)?.[1] ?? '';
  // The first attempt of whoever it is takes it, and sessions of before are over.
  const old = await post(desk, '/session', { account: clerk.account, password: clerk.password });
  expect(old.status).toBe(401);
  expect((await clerk.ask('/session')).status).toBe(401);
  const session = await enter(desk, clerk.account, password);
  expect(session.view.must_change_password).toBe(true);
  const { entries } = await (await signIn(desk, 'manager')).json<{
    entries: { actor: string; action: string; subjects: string[] }[];
  }>('/v1/audit');
  const told = { actor: 'command', action: 'operator.reset', subjects: [clerk.account] };
  expect(entries).toContainEqual(expect.objectContaining(told));
  expect(JSON.stringify(desk.composed.logLines)).not.toContain(password);
});

test('the audit log is checked and shown beside the gateway; what was changed is named, with status 1', async () => {
  const whole = await audit('verify');
  expect([whole.status, whole.lines.at(-1)]).toEqual([0, 'it is whole']);
  const end = /ends at (\d+:[0-9a-f]{64})/.exec(whole.stdout)?.[1] ?? '';
  expect((await audit('verify', '--known', end)).status).toBe(0);
  expect(
    (
      await audit(
        'verify',
        '--known',
        end.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      )
    ).status,
  ).toBe(1);
  const shown = await audit('show', '--limit', '2', '--json');
  expect(shown.lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 2]);
  const file = join(desk.composed.dataFolder, 'desk', 'audit', '000000000001.jsonl');
  const kept = readFileSync(file, 'utf8');
  writeFileSync(file, kept.replace('"session.opened"', '"session.closed"'));
  const changed = await audit('verify');
  writeFileSync(file, kept);
  expect(changed.status).toBe(1);
  expect(changed.lines[0]).toMatch(
    /^entry \d+ \(000000000001\.jsonl line \d+\): was not written by the desk$/,
  );
});
