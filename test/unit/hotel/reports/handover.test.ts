/** Reports reach the bureau each exactly once, or are seen as refused with the reason, whatever the bureau does meanwhile. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { MANUAL_ADAPTER } from '../../../../hotel/reports/manual-adapter.ts';
import type { BureauFault } from '../../../../platform/bureau/bureau.ts';
import type { Platform } from '../../../../platform/server.ts';
import { HOUR_MS, ReportWorld, startBureau } from './worker.rig.ts';

let platform: Platform;
const worlds: ReportWorld[] = [];
let lastGuest = 0;
const newGuest = () => {
  lastGuest += 1;
  return `g-${lastGuest}`;
};
const open = async (options: Parameters<typeof ReportWorld.open>[0] = {}) => {
  const world = await ReportWorld.open({ url: platform.url, ...options });
  worlds.push(world);
  return world;
};
const takenOf = (guestId: string) =>
  platform.bureau.taken.filter(({ line }) => line.guest_ref === guestId).map(({ line }) => line);
const WAIT = { timeout: 15_000, interval: 15 };

beforeAll(async () => {
  platform = await startBureau();
});
afterEach(async () => {
  platform.bureau.setFault(null);
  for (const world of worlds.splice(0)) await world.close();
});
afterAll(() => platform.stop());

test('a guest who comes, is corrected, and leaves is told of in that order', async () => {
  const world = await open();
  const guestId = newGuest();
  await world.happens('checked_in', { guestId });
  await vi.waitFor(
    async () => expect((await world.reportOf(guestId, 'register'))?.state).toBe('accepted'),
    WAIT,
  );
  await world.happens('corrected', {
    guestId,
    claims: { full_name: '李鸣', document_kind: 'id-card', document_number: '110101199003070038' },
  });
  await vi.waitFor(() => expect(takenOf(guestId)).toHaveLength(2), WAIT);
  await world.happens('checked_out', { guestId, state: 'checked_out', checkedOutAtMs: world.now() });
  await vi.waitFor(
    async () => expect((await world.reportOf(guestId, 'check_out'))?.state).toBe('accepted'),
    WAIT,
  );
  expect(
    takenOf(guestId).map(({ kind, full_name, document_code, room }) => [
      kind,
      full_name,
      document_code,
      room,
    ]),
  ).toEqual([
    ['register', '李明', '111', '1208'],
    ['change', '李鸣', '111', '1208'],
    ['check_out', '李鸣', '111', '1208'],
  ]);
  const report = await world.reportOf(guestId, 'register');
  expect(report?.receipt).toMatch(/^PSB-[0-9A-F]{12}$/);
  const told = (await world.events.after(0, 100)).filter(({ kind }) => kind === 'report.accepted');
  expect(told[0]).toMatchObject({ guestId, reportId: report?.reportId });
});

test.each<BureauFault>(['lose_answers', 'down', 'slow', 'receipt_later', 'garbage'])(
  'under the fault %s nothing is lost, and nothing is there twice when it ends',
  async (fault) => {
    platform.bureau.setFault(fault);
    const world = await open();
    const guests = [newGuest(), newGuest(), newGuest()];
    for (const guestId of guests) await world.happens('checked_in', { guestId });
    await vi.waitFor(
      async () => expect((await world.reports()).every(({ attempts }) => attempts >= 2)).toBe(true),
      WAIT,
    );
    if (fault !== 'lose_answers') {
      expect((await world.reports()).map(({ state }) => state)).not.toContain('accepted');
    }
    platform.bureau.setFault(null);
    await vi.waitFor(
      async () =>
        expect((await world.reports()).map(({ state }) => state)).toEqual(guests.map(() => 'accepted')),
      WAIT,
    );
    for (const guestId of guests) expect(takenOf(guestId)).toHaveLength(1);
  },
);

test('a line that is refused is seen with its reason, and is handed over when somebody corrected it', async () => {
  const world = await open();
  const guestId = newGuest();
  const claims = { full_name: '李明', document_kind: 'id-card', document_number: null };
  await world.happens('checked_in', { guestId, claims });
  await vi.waitFor(async () => {
    expect(await world.reportOf(guestId, 'register')).toMatchObject({
      state: 'rejected',
      rejectedFor: 'document_number is missing',
    });
  }, WAIT);
  await world.happens('corrected', { guestId, claims: { ...claims, document_number: '110101199003070038' } });
  await vi.waitFor(
    async () => expect((await world.reportOf(guestId, 'register'))?.state).toBe('accepted'),
    WAIT,
  );
  // The register report says what was corrected.
  expect(await world.reportOf(guestId, 'change')).toMatchObject({ state: 'withdrawn' });
  expect(takenOf(guestId).map(({ kind, document_number }) => [kind, document_number])).toEqual([
    ['register', '110101199003070038'],
  ]);
});

test('refused when it is sent, it is seen too', async () => {
  platform.bureau.setFault('refuse_lines');
  const world = await open();
  const guestId = newGuest();
  await world.happens('checked_in', { guestId });
  await vi.waitFor(async () => {
    expect(await world.reportOf(guestId, 'register')).toMatchObject({
      state: 'rejected',
      rejectedFor: 'refused by fault',
      handover: null,
    });
  }, WAIT);
  expect((await world.events.after(0, 100)).map(({ kind }) => kind)).toContain('report.rejected');
});

test('a guest who is held is told of when what was needed is given, and one taken back before that never', async () => {
  const world = await open();
  const [given, back] = [newGuest(), newGuest()];
  await world.happens('checked_in', { guestId: given, state: 'held', needs: ['guardian_contact'] });
  await world.happens('checked_in', { guestId: back, state: 'held', needs: ['guardian_contact'] });
  await vi.waitFor(() => expect(world.counts.due).toBe(2), WAIT);
  expect([takenOf(given), takenOf(back)]).toEqual([[], []]);
  await world.happens('corrected', {
    guestId: given,
    state: 'in_house',
    needs: [],
    guardian: { contact: '13900000000', relationship: 'mother' },
  });
  await world.happens('reverted', { guestId: back, state: 'reverted' });
  await vi.waitFor(async () => {
    const states = (await world.reports()).map(({ guestId, kind, state }) => `${guestId} ${kind} ${state}`);
    expect(states.sort()).toEqual(
      [
        `${given} change withdrawn`,
        `${given} register accepted`,
        `${back} change withdrawn`,
        `${back} register withdrawn`,
      ].sort(),
    );
  }, WAIT);
  expect(takenOf(given)).toMatchObject([
    { guardian_contact: '13900000000', guardian_relationship: 'mother' },
  ]);
  expect(takenOf(back)).toEqual([]);
});

test('one taken back after public security was told is told of as never here', async () => {
  const world = await open();
  const guestId = newGuest();
  await world.happens('checked_in', { guestId });
  await vi.waitFor(() => expect(takenOf(guestId)).toHaveLength(1), WAIT);
  await world.happens('reverted', { guestId, state: 'reverted' });
  await vi.waitFor(
    () =>
      expect(takenOf(guestId).map(({ kind, taken_back }) => [kind, taken_back])).toEqual([
        ['register', null],
        ['change', 'true'],
      ]),
    WAIT,
  );
});

test('overdue is told once, and counted until it was taken', async () => {
  platform.bureau.setFault('down');
  const world = await open();
  const guestId = newGuest();
  await world.happens('checked_in', { guestId });
  world.aheadMs = 2 * HOUR_MS + 1;
  world.worker.wake();
  await vi.waitFor(() => expect(world.counts).toMatchObject({ due: 1, overdue: 1 }), WAIT);
  world.aheadMs += HOUR_MS;
  await vi.waitFor(async () => expect((await world.reports())[0]?.attempts).toBeGreaterThan(2), WAIT);
  const kinds = (await world.events.after(0, 100)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'report.overdue')).toHaveLength(1);
  platform.bureau.setFault(null);
  world.aheadMs += HOUR_MS;
  await vi.waitFor(() => expect(world.counts).toMatchObject({ due: 0, overdue: 0 }), WAIT);
});

test('by hand nothing leaves by itself, and a typed receipt ends it', async () => {
  const world = await open({ adapter: MANUAL_ADAPTER });
  const guestId = newGuest();
  await world.happens('checked_in', { guestId });
  await vi.waitFor(
    async () =>
      expect(await world.reportOf(guestId, 'register')).toMatchObject({
        state: 'queued',
        nextAttemptAtMs: null,
      }),
    WAIT,
  );
  const { rows } = await world.register.scan('report', null, 1);
  const [row] = rows;
  if (row === undefined) throw new Error('there is one');
  expect(await world.worker.book.apply(row, { kind: 'accepted', receipt: 'A-1' })).not.toBeNull();
  // Written by somebody else meanwhile.
  expect(await world.worker.book.apply(row, { kind: 'accepted', receipt: 'A-2' })).toBeNull();
  expect(await world.reportOf(guestId, 'register')).toMatchObject({ state: 'accepted', receipt: 'A-1' });
  expect(takenOf(guestId)).toEqual([]);
});
