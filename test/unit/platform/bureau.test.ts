/** The reference bureau, through the addresses that hotels and scripts have. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { type Control, startControl } from '../../../platform/control-server.ts';
import { createPlatform, type Platform } from '../../../platform/server.ts';

const TOKEN = 'bureau-test-token';
let platform: Platform;
let control: Control;
beforeAll(async () => {
  platform = createPlatform({
    city: createCity({ seed: 'bureau', cards: 2, rsaCardKeys: 1 }),
    token: TOKEN,
  });
  await platform.start();
  control = await startControl({ platform, host: '127.0.0.1', port: 0, token: null });
});
afterAll(async () => {
  await control?.stop();
  await platform?.stop();
});

const EMPTY = Object.fromEntries(
  [
    ...['document_kind', 'document_code', 'document_number', 'birth_date', 'sex', 'nationality', 'ethnicity'],
    ...['address', 'checked_in_at', 'checked_out_at', 'arrival', 'departure', 'guardian_contact'],
    ...['guardian_relationship', 'note', 'taken_back'],
  ].map((name) => [name, null]),
);
const line = (report_id: string, over: object = {}) => ({
  ...EMPTY,
  ...{
    report_id,
    kind: 'register',
    target: 't',
    guest_ref: 'g',
    hotel_id: 'h',
    room: '8',
    full_name: '李明',
  },
  ...over,
});
async function ask(
  path: string,
  body: unknown,
  token = TOKEN,
): Promise<{ status: number; results: unknown }> {
  const response = await fetch(`${platform.url}/bureau/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const { results = null } = (await response.json()) as { results?: unknown };
  return { status: response.status, results };
}
const setFault = (fault: unknown) =>
  fetch(`${control.url}/control/bureau/fault`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fault }),
  });

test('it takes each report once, and says the same of it whenever it is asked', async () => {
  const send = () => ask('reports', { batch_id: 'b', lines: [line('r1')] });
  const first = await send();
  expect(first).toMatchObject({ status: 200, results: [{ report_id: 'r1', result: 'accepted' }] });
  expect(await send()).toEqual(first);
  const asked = await ask('receipts', { report_ids: ['r1', 'r2'] });
  expect(asked.results).toEqual([...(first.results as unknown[]), { report_id: 'r2', result: 'unknown' }]);
  const other = await ask('reports', { batch_id: 'b', lines: [line('r3')] });
  expect(other.results).toMatchObject([{ result: 'refused', reason: 'this guest is registered already' }]);
  const away = { kind: 'check_out', guest_ref: 'nobody' };
  expect((await ask('test', { lines: [line('r4', away)] })).results).toMatchObject([
    { result: 'refused', reason: 'no such guest is registered' },
  ]);
  expect(platform.bureau.taken).toHaveLength(1);
});

test('what it cannot read it refuses, and whoever has no token', async () => {
  expect((await ask('reports', { batch_id: 'b', lines: [{ ...line('r5'), more: 1 }] })).status).toBe(400);
  expect((await ask('nothing', {})).status).toBe(404);
  expect((await ask('test', { lines: [line('r5')] }, 'a-wrong-bearer-token')).status).toBe(401);
});

test('scripts put it under a fault, and see what it took without names', async () => {
  expect((await setFault('refuse_lines')).status).toBe(200);
  const lines = [line('r6', { guest_ref: 'g6' })];
  expect((await ask('reports', { batch_id: 'b', lines })).results).toMatchObject([{ result: 'refused' }]);
  expect((await setFault('nonsense')).status).toBe(400);
  await fetch(`${control.url}/control/bureau/fault`, { method: 'DELETE' });
  expect((await ask('reports', { batch_id: 'b', lines })).results).toMatchObject([{ result: 'accepted' }]);
  const seen = await (await fetch(`${control.url}/control/bureau`)).text();
  expect(JSON.parse(seen)).toMatchObject({
    fault: null,
    taken: [{ report_id: 'r1', sends: 2 }, { report_id: 'r6' }],
  });
  expect(seen).not.toContain('李明');
});
