/**
 * What becomes of guests at rest, in a composed gateway: no file of it names them, a purge and an erasure take them for good, also
 * from a copy of the files that somebody made before, and what is exported opens for its recipient alone.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { deskFolder } from '../../hotel/desk-folder.ts';
import { openRegister } from '../../hotel/register/open-register.ts';
import type { SealedRegister } from '../../hotel/register/sealed-register.ts';
import { readKeyEncryptionKey } from '../../hotel/register/sealing/key-encryption-key.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { checkIn, filesBelow, filesWith, marksOf } from './desk-register.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';
import { exportRecipient } from './export-recipient.rig.ts';

const GUESTS = [
  { name: 'purgedlongago', state: 'checked_out', purgeDay: '2020-05-05' },
  { name: 'asksforerasure', state: 'checked_out', purgeDay: '2999-01-01' },
  { name: 'stillinthehouse', state: 'in_house', purgeDay: '2999-01-01' },
] as const;
const [PURGED, ERASED, PRESENT] = GUESTS.map(({ name }) => name) as [string, string, string];
/** Of what a proof of purge says. */
const DIGEST = TEST_PROFILE === 'sm' ? 'sm3' : 'sha256';
const ALL_MARKS = GUESTS.flatMap(({ name }) => marksOf(name));

interface Entry {
  readonly actor: string;
  readonly action: string;
  readonly subjects: readonly string[];
  readonly reason: string | null;
}

let desk: ComposedDesk;
let manager: DeskSession;
/** Of all files, before the purge. */
let copy: string;

const hotel = () => {
  const { hotel: settings } = desk.composed.settings;
  if (settings === undefined) throw new Error('there is a hotel');
  return settings;
};
const open = async (dataFolder: string): Promise<SealedRegister> => {
  const { key_file: keyFile, hotel_id: hotelId } = hotel();
  const kek = readKeyEncryptionKey(keyFile, hotelId, TEST_PROFILE);
  return openRegister(hotel(), deskFolder(dataFolder), kek);
};
const audited = async (action: string) =>
  (await manager.json<{ entries: Entry[] }>('/v1/audit')).entries.filter((each) => each.action === action);
const registerIn = (dataFolder: string) => join(deskFolder(dataFolder), 'register');
const wrappedKeys = (dataFolder: string): readonly (string | null)[] =>
  JSON.parse(readFileSync(join(registerIn(dataFolder), 'wrapped-keys.json'), 'utf8')).keys.map(
    ({ wrapped }: { wrapped: string | null }) => wrapped,
  );
const namesIn = async (register: SealedRegister) =>
  (await register.scan('guest', null, 9)).rows.map(({ value }) => value.claims.full_name).sort();

beforeAll(async () => {
  desk = await startDesk();
  copy = mkdtempSync(join(tmpdir(), 'onecard-desk-copy-'));
  manager = await signIn(desk, 'manager');
  await desk.composed.stopGateway();
  const { dataFolder } = desk.composed;
  const register = await open(dataFolder);
  for (const guest of GUESTS) await checkIn(register, guest);
  await register.close();
  expect(filesWith(dataFolder, ALL_MARKS)).toEqual([]);
  cpSync(dataFolder, copy, { recursive: true });
  await desk.composed.start();
  manager = await signIn(desk, 'manager');
});
afterAll(async () => {
  await desk?.stop();
  if (copy) rmSync(copy, { recursive: true });
});

test('the search finds what is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-marks-'));
  const texts = [`xx${marksOf('a')[0]}yy`, Buffer.from(`x${marksOf('a')[0]}y`).toString('base64')];
  for (const [i, text] of texts.entries()) writeFileSync(join(folder, String(i)), text);
  writeFileSync(join(folder, 'none'), 'nothing');
  expect(filesWith(folder, marksOf('a'))).toHaveLength(2);
  rmSync(folder, { recursive: true });
});

test('what is past its day is purged at the start, with a proof in the audit log and an event', async () => {
  const [entry] = await vi.waitFor(async () => {
    const found = await audited('register.purged');
    expect(found).toHaveLength(1);
    return found;
  });
  const digest = new RegExp(`^key-${DIGEST}:[0-9a-f]{64}$`);
  expect(entry).toMatchObject({
    actor: 'start',
    subjects: ['day:2020-05-05', expect.stringMatching(digest)],
    reason: 'rows:4',
  });
  const again = await manager.json('/v1/register/purge', { body: {} });
  expect(again).toMatchObject({ done: false, due: [], proofs: [] });
});

test('an erasure waits until the stay is over, takes all rows of the guest, and is for managers', async () => {
  const reason = 'request 17/2027';
  const erase = (session: DeskSession, name: string) =>
    session.ask('/v1/register/erase', { body: { guest_ids: [`g-${name}`], reason } });
  const clerk = await signIn(desk, 'clerk');
  expect((await erase(clerk, ERASED)).status).toBe(403);
  expect(await (await erase(manager, PRESENT)).json()).toMatchObject({ code: 'desk.not_over', status: 409 });
  expect((await erase(manager, PURGED)).status).toBe(404);
  const done = await erase(manager, ERASED);
  expect(done.status).toBe(200);
  expect(await done.json()).toMatchObject({
    erased: [{ guest_id: `g-${ERASED}`, rows: 4 }],
    proofs: [{ day: '2999-01-01', rows: 4, [`key_${DIGEST}`]: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  expect((await erase(manager, ERASED)).status).toBe(404);
  expect(await audited('register.erase')).toMatchObject([{ subjects: [`g-${ERASED}`], reason }]);
  expect(await audited('register.erased')).toMatchObject([{ reason: 'rows:4' }]);
});

test('an export opens for its recipient, and holds who is left', async () => {
  const recipient = await exportRecipient();
  const recipients = [recipient.text];
  const asked = await manager.ask('/v1/register/export', {
    body: { recipients, reason: 'audit of the year' },
  });
  expect([asked.status, asked.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  const bytes = new Uint8Array(await asked.arrayBuffer());
  expect(Buffer.from(bytes).includes(PRESENT)).toBe(false);
  expect(asked.headers.get('content-disposition')).toMatch(
    TEST_PROFILE === 'sm' ? /\.jsonl\.sealed"$/ : /\.jsonl\.age"$/,
  );
  const lines = (await recipient.open(bytes))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ table, id }) => `${table} ${id}`)).toEqual([
    `stay s-${PRESENT}`,
    `guest g-${PRESENT}`,
    `report r-${PRESENT}`,
  ]);
  expect(lines[1].value.claims.full_name).toBe(marksOf(PRESENT)[0]);
  await vi.waitFor(async () =>
    expect(await audited('register.exported')).toMatchObject([{ reason: 'rows:3' }]),
  );
  expect(await audited('register.export')).toMatchObject([
    { subjects: [recipient.named], reason: 'audit of the year' },
  ]);
  const ofTheOtherProfile = await exportRecipient(TEST_PROFILE === 'sm' ? 'international' : 'sm');
  for (const wrong of [`age1${'q'.repeat(58)}`, ofTheOtherProfile.text]) {
    const refused = await manager.ask('/v1/register/export', {
      body: { recipients: [recipient.text, wrong], reason: 'typed wrong' },
    });
    expect(await refused.json()).toMatchObject({ status: 422, errors: [{ pointer: '/recipients/1' }] });
  }
});

test('no file names a guest; what was purged or erased does not open, nor does a copy, with the keys there are', async () => {
  await desk.composed.stopGateway();
  const { dataFolder, logLines } = desk.composed;
  const before = wrappedKeys(copy);
  expect(filesWith(dataFolder, ALL_MARKS)).toEqual([]);
  for (const mark of ALL_MARKS) expect(JSON.stringify(logLines)).not.toContain(mark);

  const names = (all: readonly string[]) => all.map((name) => `Marked ${name}`).sort();
  // The copy has them, for whoever has its own wrapped keys and the operator's key.
  const asCopied = await open(copy);
  expect(await namesIn(asCopied)).toEqual(names([PURGED, ERASED, PRESENT]));
  await asCopied.close();

  // Of the old wrapped keys none is left in any file: those of the days that were purged, nor that of the erasure.
  const now = wrappedKeys(dataFolder);
  expect(before.length).toBeGreaterThanOrEqual(2);
  for (const wrapped of before) expect(now).not.toContain(wrapped);
  for (const file of filesBelow(deskFolder(dataFolder)))
    for (const wrapped of before) {
      const text = wrapped ?? '';
      const bytes = readFileSync(file);
      expect(bytes.includes(text) || bytes.includes(Buffer.from(text, 'hex')), file).toBe(false);
    }

  // Old rows with the keys of now: what is copied of the rows alone opens no more.
  const keyFile = join(registerIn(copy), 'wrapped-keys.json');
  const oldKeys = readFileSync(keyFile);
  cpSync(join(registerIn(dataFolder), 'wrapped-keys.json'), keyFile);
  const rowsAlone = await open(copy);
  expect(await namesIn(rowsAlone)).toEqual([]);
  await rowsAlone.close();

  // Rotated, not even a copy of rows and wrapped keys opens, once the old key of the operator is gone.
  writeFileSync(keyFile, oldKeys);
  const { key_file: operatorsKey, hotel_id: hotelId } = hotel();
  const next = `${operatorsKey}-next`;
  writeFileSync(next, 'a7'.repeat(32), { mode: 0o600 });
  const register = await open(dataFolder);
  await register.rotate(readKeyEncryptionKey(next, hotelId, TEST_PROFILE));
  await register.close();
  cpSync(next, operatorsKey);
  await expect(open(copy)).rejects.toMatchObject({ code: 'unusable' });
  const rotated = await open(dataFolder);
  expect(await namesIn(rotated)).toEqual(names([PRESENT]));
  await rotated.close();
});
