/** A report that nobody took in time is seen; and a hotel without an interface types receipts in. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TestClocks } from './composed-gateway.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { reportsBecome, reportsOf, startReportingDesk, WAIT } from './desk-reports.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { ADULT, checkIn } from './desk-stays.rig.ts';

const HOUR_MS = 3_600_000;
const arrives = async (clerk: DeskSession, full_name: string) => {
  const declared = { full_name, document_kind: 'id-card', document_number: ADULT };
  const stay = await checkIn(clerk, [{ declared, person_compared: true }]);
  return stay.guests[0]?.guest_id ?? '';
};
const reportsIn = async (session: DeskSession) =>
  (
    await session.json<{ reports: { due: number; overdue: number; next_due_at_ms: number | null } }>(
      '/v1/standing',
    )
  ).reports;

test('two hours after an arrival that the bureau did not take, standing, list and event say so', async () => {
  const clocks = new TestClocks(Date.now());
  const world = await startReportingDesk({}, { clocks });
  onTestFinished(() => world.stop());
  const { desk } = world;
  desk.composed.platform.bureau.setFault('down');
  const before = await signIn(desk, 'clerk');
  const guestId = await arrives(before, '李明');
  await vi.waitFor(async () => expect(await reportsIn(before)).toMatchObject({ due: 1, overdue: 0 }), WAIT);
  clocks.pass(2 * HOUR_MS);
  const clerk = await signIn(desk, 'clerk');
  await vi.waitFor(async () => expect(await reportsIn(clerk)).toMatchObject({ due: 1, overdue: 1 }), WAIT);
  const { items } = await clerk.json<{ items: { guest_id: string; overdue: boolean }[] }>('/v1/reports');
  expect(items).toMatchObject([{ guest_id: guestId, overdue: true }]);
  const events = await clerk.json<{ items: { kind: string; guest_id: string }[] }>('/v1/events');
  expect(events.items.filter(({ kind }) => kind === 'report.overdue')).toMatchObject([{ guest_id: guestId }]);
  desk.composed.platform.bureau.setFault(null);
  clocks.pass(HOUR_MS / 60);
  await reportsBecome(clerk, guestId, ['register accepted']);
  await vi.waitFor(async () => {
    expect(await reportsIn(clerk)).toEqual({ due: 0, overdue: 0, next_due_at_ms: null });
  }, WAIT);
});

async function startBy(report: object): Promise<{ desk: ComposedDesk; clerk: DeskSession }> {
  const desk = await startDesk({ hotel: { report: { retry_ms: 30, ...report } } });
  onTestFinished(() => desk.stop());
  return { desk, clerk: await signIn(desk, 'clerk') };
}

test('by hand a clerk types the receipt in, the audit log has who did, and the same request is done once', async () => {
  const { desk, clerk } = await startBy({ adapter: 'manual' });
  const guestId = await arrives(clerk, '李明');
  const [report] = await reportsBecome(clerk, guestId, ['register queued']);
  const path = `/v1/reports/${report?.report_id}`;
  for (const receipt of ['', 'ab', 'has blank', '回执', 'x'.repeat(65)]) {
    expect((await clerk.ask(`${path}/receipt`, { body: { receipt } })).status, receipt).toBe(422);
  }
  const refused = await clerk.ask(`${path}/test`, { body: {} });
  expect(((await refused.json()) as { code: string }).code).toBe('desk.no_interface');
  const headers = { 'Idempotency-Key': 'once' };
  const [first, second] = [
    await clerk.ask(`${path}/receipt`, { body: { receipt: 'GA-2026/17' }, headers }),
    await clerk.ask(`${path}/receipt`, { body: { receipt: 'GA-2026/17' }, headers }),
  ];
  expect([first?.status, second?.status]).toEqual([200, 200]);
  expect(await first?.text()).toBe(await second?.text());
  await reportsBecome(clerk, guestId, ['register accepted']);
  const auditor = await signIn(desk, 'auditor');
  const log = await (await auditor.ask('/v1/audit?limit=100')).text();
  expect(log.match(/report\.receipt/g)).toHaveLength(1);
  expect(log).toContain(report?.report_id ?? '-');
});

test('as files: the bytes are those of the field table, and receipts are typed in for many at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-desk-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const table = join(folder, 'table.yaml');
  writeFileSync(
    table,
    [
      'record_end: lf',
      'fields:',
      "  - { name: lx, from: kind, bytes: 1, codes: { register: '1' } }",
      '  - { name: xm, from: full_name, bytes: 8, needed: true }',
      '  - { name: fjh, from: room, bytes: 6, pad: left }',
      '  - { name: zjhm, from: document_number, bytes: 18 }',
    ].join('\n'),
  );
  const { clerk } = await startBy({ adapter: 'file', folder, fields_file: table });
  const [guestId, strange] = [await arrives(clerk, '李明'), await arrives(clerk, '王😀')];
  const [refused] = await reportsBecome(clerk, strange, ['register rejected']);
  expect(refused?.rejected_for).toBe('xm has U+1F600, which is not in GBK');
  const [report] = await reportsBecome(clerk, guestId, ['register sent']);
  const { items } = await clerk.json<{ items: { file_id: string }[] }>('/v1/reports/files', { body: {} });
  expect(items.map(({ file_id }) => file_id)).toEqual([report?.file_id]);
  const file = await clerk.ask(`/v1/reports/files/${report?.file_id}`);
  const bytes = Buffer.from(await file.arrayBuffer());
  // By hand: 1, 李明 in GBK and four blanks, two blanks and 1208, the number.
  const expected = Buffer.concat([
    Buffer.from('31c0eec3f7202020202020' + '31323038', 'hex'),
    Buffer.from(`${ADULT}\n`),
  ]);
  expect(bytes.toString('hex')).toBe(expected.toString('hex'));
  expect(bytes.equals(readFileSync(join(folder, `${report?.file_id}.txt`)))).toBe(true);
  expect(iconv.decode(bytes, 'gbk')).toContain('李明');
  const twice = { report_id: report?.report_id, receipt: 'GA-1' };
  expect((await clerk.ask('/v1/reports/reconcile', { body: { lines: [twice, twice] } })).status).toBe(422);
  await clerk.json('/v1/reports/reconcile', { body: { lines: [twice] } });
  await reportsBecome(clerk, guestId, ['register accepted']);
  expect(readdirSync(folder).filter((name) => name.endsWith('.txt'))).toEqual([]);
  expect(await reportsOf(clerk, strange)).toHaveLength(1);
});
