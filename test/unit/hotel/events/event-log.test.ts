/** Numbers of events only go up, and a reader by cursor misses none. */
import { expect, test } from 'vitest';
import { EventLog } from '../../../../hotel/events/event-log.ts';
import { MemoryRegister } from '../memory-register.rig.ts';

const NOW_MS = 1_764_460_800_000;
const open = (register: MemoryRegister, nowMs = NOW_MS) =>
  EventLog.open({ register, now: () => nowMs, keepMs: 86_400_000 });
const CHECKED_IN = { kind: 'guest.checked_in', guestId: 'g' } as const;

test('numbers go on after a restart, and after a purge of all there were', async () => {
  const register = new MemoryRegister();
  const log = await open(register);
  for (let i = 0; i < 40; i += 1) await log.commit({ puts: [] }, [CHECKED_IN]);
  const again = await open(register, NOW_MS + 5);
  await again.commit({ puts: [] }, [CHECKED_IN, { kind: 'guest.held' }]);
  const seqs = (await again.after(0, 100)).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: 42 }, (_, i) => NOW_MS + 1 + i));
  await register.erase(seqs.map((seq) => ({ table: 'event', id: String(seq).padStart(16, '0') })));
  const emptied = await open(register, NOW_MS + 60_000);
  await emptied.commit({ puts: [] }, [CHECKED_IN]);
  expect((await emptied.after(0, 9))[0]?.seq).toBeGreaterThan(seqs.at(-1) ?? 0);
});

test('nothing is shown above a number that is still being written', async () => {
  const register = new MemoryRegister();
  const log = await open(register);
  const { promise, resolve } = Promise.withResolvers<void>();
  register.before = () => promise;
  const slow = log.commit({ puts: [] }, [CHECKED_IN]);
  register.before = async () => {};
  await log.commit({ puts: [] }, [{ kind: 'guest.held' }]);
  expect(await log.after(0, 9)).toEqual([]);
  resolve();
  await slow;
  expect((await log.after(0, 9)).map(({ kind }) => kind)).toEqual(['guest.checked_in', 'guest.held']);
});

test('what failed is left out, and holds nobody up', async () => {
  const register = new MemoryRegister();
  const log = await open(register);
  register.before = async () => {
    throw new Error('full');
  };
  await expect(log.commit({ puts: [] }, [CHECKED_IN])).rejects.toThrow('full');
  register.before = async () => {};
  await log.commit({ puts: [] }, [CHECKED_IN]);
  expect(await log.after(0, 9)).toHaveLength(1);
});

test('two desks on one store take no number twice', async () => {
  const register = new MemoryRegister();
  const [one, other] = [await open(register), await open(register)];
  await Promise.all([one.commit({ puts: [] }, [CHECKED_IN]), other.commit({ puts: [] }, [CHECKED_IN])]);
  await other.commit({ puts: [] }, [CHECKED_IN]);
  await one.commit({ puts: [] }, [CHECKED_IN]);
  expect((await one.after(0, 9)).map(({ seq }) => seq - NOW_MS)).toEqual([1, 2, 3, 4]);
});

test('a conflict that is none of numbers is told to whoever writes', async () => {
  const register = new MemoryRegister();
  const log = await open(register);
  const removals = [{ table: 'stay', id: 'gone', expectVersion: 3 }] as const;
  await expect(log.commit({ puts: [], removals }, [CHECKED_IN])).rejects.toMatchObject({ code: 'conflict' });
});
