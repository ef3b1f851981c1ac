/** The audit log of a running desk: what is done by accounts is in it, who may read it, and what was changed on disk is told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, enter, signIn } from './desk-session.rig.ts';
import { ADULT, checkIn } from './desk-stays.rig.ts';

interface AuditPage {
  readonly entries: readonly {
    readonly seq: number;
    readonly actor: string;
    readonly action: string;
    readonly subjects: readonly string[];
    readonly reason: string | null;
  }[];
  readonly after: number | null;
  readonly last_seq: number;
}

let desk: ComposedDesk;
let manager: DeskSession;
beforeAll(async () => {
  desk = await startDesk();
  manager = await signIn(desk, 'manager');
});
afterAll(() => desk?.stop());

const all = async (of: DeskSession = manager) => (await of.json<AuditPage>('/v1/audit')).entries;

test('what is done with accounts is in it, with who did it; an auditor reads it, a clerk does not', async () => {
  const clerk = await signIn(desk, 'clerk');
  await manager.json(`/v1/operators/${clerk.account}/disable`, { body: {} });
  const auditor = await signIn(desk, 'auditor');
  const entries = await all(auditor);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
  const told = entries.map(({ actor, action, subjects }) => `${actor} ${action} ${subjects.join()}`);
  expect(told[0]).toBe('start operator.made manager');
  for (const line of [
    'manager password.changed manager',
    `manager operator.made ${clerk.account}`,
    `${clerk.account} session.opened `,
    `manager operator.disabled ${clerk.account}`,
  ]) {
    expect(told).toContain(line);
  }
  expect((await clerk.ask('/v1/audit')).status).toBe(401);
  const other = await signIn(desk, 'clerk');
  expect((await other.ask('/v1/audit')).status).toBe(403);
});

test('what is done to stays is in it: ids, who, and why where there is a reason', async () => {
  const clerk = await signIn(desk, 'clerk');
  const declared = { full_name: '周瑜', document_kind: 'id-card', document_number: ADULT };
  const guest = { declared, person_compared: true };
  const stay = await checkIn(clerk, [guest]);
  const id = stay.guests[0]?.guest_id ?? '';
  await clerk.json(`/v1/guests/${id}/complete`, { body: { person_compared: true } });
  await clerk.json(`/v1/guests/${id}/check-out`, { body: {} });
  const other = await checkIn(clerk, [guest]);
  await clerk.json(`/v1/stays/${other.stay_id}/revert`, { body: { reason: 'wrong room' } });
  const otherId = other.guests[0]?.guest_id;
  // What is refused did not happen.
  expect((await clerk.ask(`/v1/guests/${id}/check-out`, { body: {} })).status).toBe(409);
  const told = (await all()).filter(({ action }) => /^(stay|guest)\./.test(action));
  expect(told.map(({ actor }) => actor)).toEqual(told.map(() => clerk.account));
  expect(told.map(({ action, subjects, reason }) => [action, subjects, reason])).toEqual([
    ['stay.check_in', [stay.stay_id, id], null],
    ['guest.complete', [id], null],
    ['guest.check_out', [id], null],
    ['stay.check_in', [other.stay_id, otherId], null],
    ['stay.revert', [other.stay_id, otherId], 'wrong room'],
  ]);
});

test('it is read by cursor', async () => {
  const whole = await all();
  const found: number[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: AuditPage = await manager.json<AuditPage>(`/v1/audit?after=${after}&limit=3`);
    expect(page.entries.length).toBeLessThanOrEqual(3);
    found.push(...page.entries.map(({ seq }) => seq));
    after = page.after;
  }
  expect(found).toEqual(whole.map(({ seq }) => seq));
  expect((await manager.ask('/v1/audit?limit=0')).status).toBe(422);
  expect((await manager.ask('/v1/audit?after=x')).status).toBe(422);
});

test('what is changed on disk is told at the next start, and the log goes on', async () => {
  const before = (await all()).length;
  const { composed } = desk;
  await composed.stopGateway();
  const file = join(composed.dataFolder, 'desk', 'audit', '000000000001.jsonl');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"operator.disabled"', '"operator.enabled"'));
  await composed.start();
  const told = composed.logLines.filter(({ msg }) =>
    String(msg).startsWith('the audit log of the desk is not'),
  );
  expect(told.map(({ level }) => level)).toEqual(['error']);
  const { account, password } = manager;
  manager = await enter(desk, account, password);
  const entries = await all();
  expect(entries.slice(before).map(({ action }) => action)).toEqual(['audit.damaged', 'session.opened']);
  // Where it ends is told to the gateway's log, which is kept elsewhere.
  const ends = composed.logLines.filter(({ msg }) => msg === 'the audit log of the desk ends here');
  expect(ends.length).toBeGreaterThanOrEqual(3);
});
