/** Files of reports are what the field table says, byte by byte, and come to their end by a receipt file. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { readReportFileTable } from '../../../../config/hotel/read-report-file.ts';
import type { ReportFileTable } from '../../../../config/hotel/report-file-schema.ts';
import { FileAdapter } from '../../../../hotel/reports/file-adapter.ts';
import { LINE_FIELDS, type ReportLine } from '../../../../hotel/reports/report-lines.ts';
import { recordLength, reportRecord } from '../../../../hotel/reports/report-record.ts';
import { localTime } from '../../../../reports/local-time.ts';
import { ReportWorld } from './worker.rig.ts';

const time = localTime('Asia/Shanghai');
const WAIT = { timeout: 10_000, interval: 15 };
const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-report-files-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const line = (over: Partial<ReportLine>): ReportLine => ({
  ...(Object.fromEntries(LINE_FIELDS.map((name) => [name, null])) as Record<
    (typeof LINE_FIELDS)[number],
    null
  >),
  ...{ report_id: 'r1', kind: 'register', room: '8', full_name: '李明', ...over },
});
const TABLE: ReportFileTable = {
  record_end: 'crlf',
  fields: [
    { name: 'version', constant: 'A1', bytes: 2 },
    { name: 'kind', from: 'kind', bytes: 1, codes: { register: '1', check_out: '3' } },
    { name: 'xm', from: 'full_name', bytes: 10, needed: true },
    { name: 'fjh', from: 'room', bytes: 4, pad: 'zeros' },
    { name: 'csrq', from: 'birth_date', bytes: 8, form: 'day' },
    { name: 'rzsj', from: 'checked_in_at', bytes: 14, form: 'time' },
    { name: 'xxdz', from: 'address', bytes: 5, pad: 'left' },
  ],
};

test('a record is the bytes that a person writes from the table', () => {
  const record = reportRecord(
    line({ birth_date: '1990-03-07', checked_in_at: '2026-11-30T16:00:05.000Z', address: '沪' }),
    TABLE,
    time,
  );
  // By hand from the GBK code chart: 李 C0EE, 明 C3F7, 沪 BBA6.
  const expected = [
    '4131',
    '31',
    'c0eec3f7202020202020',
    '30303038',
    '3139393030333037',
    '3230323631323031303030303035',
    '202020bba6',
    '0d0a',
  ].join('');
  expect(record.ok && record.bytes.toString('hex')).toBe(expected);
  expect(recordLength(TABLE)).toBe(expected.length / 2);
});

test('what cannot be written is named by field, and never cut or replaced', () => {
  const why = (over: Partial<ReportLine>) => {
    const record = reportRecord(line(over), TABLE, time);
    return record.ok ? null : record.why;
  };
  expect(why({ full_name: '李😀' })).toBe('xm has U+1F600, which is not in GBK');
  expect(why({ full_name: 'Nguyễn' })).toBe('xm has U+1EC5, which is not in GBK');
  expect(why({ full_name: '李\r\n明' })).toBe('xm has U+000D, which is not in GBK');
  expect(why({ full_name: '阿卜杜拉赫' })).toBeNull();
  expect(why({ full_name: '阿卜杜拉赫曼' })).toBe('xm has 12 bytes in GBK, and 10 are there for it');
  expect(why({ full_name: '' })).toBe('xm is missing');
  expect(why({ birth_date: '7 March' })).toContain('csrq');
  expect(why({ kind: 'change' })).toContain('kind has a value that the field table knows no code');
  expect(why({})).toBeNull();
});

test('the table that comes along can be read, and its records are all of one length', () => {
  const table = readReportFileTable();
  const base = { hotel_id: 'h', guest_ref: 'g', document_code: '111', checked_in_at: '2026-11-30T00:00:00Z' };
  for (const over of [base, { ...base, sex: '1', address: '上海市', note: '备注', taken_back: 'true' }]) {
    const record = reportRecord(line(over), table, time);
    expect(record.ok && record.bytes.length).toBe(recordLength(table));
  }
});

test('a field table that contradicts itself is refused with its place', () => {
  const file = join(newFolder(), 'table.yaml');
  writeFileSync(file, 'record_end: lf\nfields:\n  - { name: a, from: room, constant: x, bytes: 3 }\n');
  expect(() => readReportFileTable(file)).toThrow(/a needs one of from and constant/);
  writeFileSync(file, 'record_end: lf\nfields:\n  - { name: a, from: roam, bytes: 3 }\n');
  expect(() => readReportFileTable(file)).toThrow(/3:/);
});

test('a file is for its user alone, ends by its receipts, and is deleted then; names outside GBK are refused unsent', async () => {
  const folder = newFolder();
  const adapter = () => new FileAdapter({ folder, time, table: readReportFileTable() });
  const world = await ReportWorld.open({ adapter: adapter() });
  try {
    for (const guestId of ['g-a', 'g-b']) await world.happens('checked_in', { guestId });
    const claims = { full_name: '😀', document_kind: 'id-card', document_number: '1' };
    await world.happens('checked_in', { guestId: 'g-c', claims });
    const states = async () => (await world.reports()).map(({ state }) => state).sort();
    await vi.waitFor(async () => expect(await states()).toEqual(['rejected', 'sent', 'sent']), WAIT);
    expect((await world.reportOf('g-c', 'register'))?.rejectedFor).toBe(
      'xm has U+1F600, which is not in GBK',
    );
    const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
    const bytes = files.map((name) => statSync(join(folder, name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBe(2 * recordLength(readReportFileTable()));
    for (const name of files) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const [a, b] = [await world.reportOf('g-a', 'register'), await world.reportOf('g-b', 'register')];
    const receipts = `${a?.reportId},GA-2026-1\nnonsense\n${b?.reportId},-,房间不存在\n`;
    writeFileSync(join(folder, 'receipts', '1.csv'), receipts);
    await vi.waitFor(async () => expect(await states()).toEqual(['accepted', 'rejected', 'rejected']), WAIT);
    expect(await world.reportOf('g-a', 'register')).toMatchObject({ receipt: 'GA-2026-1' });
    expect(await world.reportOf('g-b', 'register')).toMatchObject({ rejectedFor: '房间不存在' });
    expect(readdirSync(folder)).toEqual(['receipts']);
  } finally {
    await world.close();
  }
});

test('a desk that ends before its file is written writes it when it is back, and once', async () => {
  const folder = newFolder();
  const table = readReportFileTable();
  class Dying extends FileAdapter {
    override async send(): Promise<never> {
      throw new Error('killed');
    }
  }
  const dying = await ReportWorld.open({ adapter: new Dying({ folder, time, table }) });
  await dying.happens('checked_in', { guestId: 'g-d' });
  await vi.waitFor(
    async () => expect((await dying.reportOf('g-d', 'register'))?.handover).not.toBeNull(),
    WAIT,
  );
  await dying.close();
  expect(readdirSync(folder)).toEqual(['receipts']);
  const back = await ReportWorld.open({
    adapter: new FileAdapter({ folder, time, table }),
    register: dying.register,
  });
  try {
    await vi.waitFor(async () => expect((await back.reportOf('g-d', 'register'))?.state).toBe('sent'), WAIT);
    expect(readdirSync(folder).filter((name) => name.endsWith('.txt'))).toHaveLength(1);
  } finally {
    await back.close();
  }
});
