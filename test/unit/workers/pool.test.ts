import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createPseudonyms } from '../../../gateway/journal/pseudonym.ts';
import { packInput } from '../../../workers/packing.ts';
import { type PoolOptions, ProvePool, startThreads } from '../../../workers/pool.ts';
import type { ThreadOptions } from '../../../workers/proving-thread.ts';

const trust = { revision: 't1', document: { anchors: [] } };
const pools: ProvePool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

async function pool(threads: number, options: Partial<ThreadOptions & PoolOptions> = {}) {
  const faults: string[] = [];
  const trustFaults: string[] = [];
  let free = 0;
  const made = new ProvePool(
    startThreads(threads, {
      hangMs: 150,
      trustLoadMs: 20_000,
      rememberedBytes: 20_000,
      namingKeys: createPseudonyms(new Uint8Array(32)).keys,
      entry: new URL('../../fixtures/faulty-thread.ts', import.meta.url),
      onFree: () => {
        free += 1;
      },
      onFault: (fault) => faults.push(fault),
      ...options,
    }),
    {
      onTrust: () => {},
      onTrustFault: (revision) => trustFaults.push(revision),
      ...options,
    },
    trust,
  );
  pools.push(made);
  await made.start();
  return { pool: made, faults, trustFaults, freed: () => free };
}

const item = (fault?: string) => ({
  family: 'f',
  scene: 's',
  packedInput: packInput(fault ? { fault } : {}),
  atMs: 0,
});

async function untilFree(made: ProvePool, threads: number): Promise<void> {
  const room = threads * 2;
  for (let i = 0; i < 500 && made.room < room; i += 1) await sleep(10);
  expect(made.room).toBe(room);
}

describe('the pool of proving threads', () => {
  test('a batch is answered verdict by verdict, and the thread is free again', async () => {
    const { pool: made, freed } = await pool(1);
    const before = freed();
    const outcome = await made.run([item(), item()]);
    expect(outcome).toMatchObject({ kind: 'verdicts', trustRevision: 't1' });
    expect(outcome?.kind === 'verdicts' && outcome.verdicts).toHaveLength(2);
    await untilFree(made, 1);
    expect(freed()).toBe(before + 1);
  });

  test('a thread takes two batches, the second to wait on it; more are not taken', async () => {
    const { pool: made } = await pool(1);
    const taken = [made.run([item()]), made.run([item()])];
    expect(made.room).toBe(0);
    expect(made.run([item()])).toBeNull();
    expect((await Promise.all(taken)).map((outcome) => outcome?.kind)).toEqual(['verdicts', 'verdicts']);
  });

  test('batches go to the thread with the most room', async () => {
    const { pool: made } = await pool(2);
    const [a, b] = [made.run([item('hang')]), made.run([item()])];
    expect((await b)?.kind).toBe('verdicts');
    expect(await a).toEqual({ kind: 'stuck' });
  });

  test.each([
    ['exit', 'lost'],
    ['hang', 'stuck'],
  ])(
    'when a thread is told to %s, both its batches are answered and it is replaced once',
    async (fault, kind) => {
      const { pool: made, faults } = await pool(1);
      const both = [made.run([item(fault)]), made.run([item()])];
      expect(await Promise.all(both)).toEqual([{ kind }, { kind }]);
      expect(faults).toEqual([kind]);
      await untilFree(made, 1);
      expect((await made.run([item()]))?.kind).toBe('verdicts');
    },
  );

  test('a slow batch before it is not held against a batch', async () => {
    // Either alone leaves a busy machine half a second to spare; the two together are above it by themselves.
    const { pool: made, faults } = await pool(1, { hangMs: 1_000 });
    const slow = Array.from({ length: 35 }, () => item('slow'));
    const both = [made.run(slow), made.run(slow)];
    expect((await Promise.all(both)).map((outcome) => outcome?.kind)).toEqual(['verdicts', 'verdicts']);
    expect(faults).toEqual([]);
  });

  test.each([
    ['exit', 'lost'],
    ['throw', 'lost'],
    ['nonsense', 'lost'],
    ['short', 'lost'],
    ['hang', 'stuck'],
  ])(
    'a thread told to %s costs its own batch (%s), the other goes on, and it comes back',
    async (fault, kind) => {
      const { pool: made, faults } = await pool(2);
      const bad = made.run([item(fault)]);
      const good = made.run([item()]);
      expect((await good)?.kind).toBe('verdicts');
      expect(await bad).toEqual({ kind });
      expect(faults).toEqual([kind]);
      await untilFree(made, 2);
      const after = await Promise.all([made.run([item()]), made.run([item()])]);
      expect(after.map((outcome) => outcome?.kind)).toEqual(['verdicts', 'verdicts']);
    },
  );

  test('a pool needs a thread', () => {
    const options: ThreadOptions = {
      hangMs: 1,
      trustLoadMs: 1,
      rememberedBytes: 0,
      namingKeys: createPseudonyms(new Uint8Array(32)).keys,
      onFree: () => {},
      onFault: () => {},
    };
    expect(() => startThreads(0, options)).toThrow(RangeError);
  });
});

describe('new trust', () => {
  /** `order`: what threads do when they are to load it. */
  const next = (revision: string, order?: 'refuse' | 'exit' | 'slow' | 'spin') => ({
    revision,
    document: { ...(order && { revision: order }), anchors: [] },
  });
  const untilInForce = (made: ProvePool, revision: string) =>
    vi.waitFor(() => expect(made.trustRevision).toBe(revision), { timeout: 20_000 });

  test('is in force once it stands on every thread; a batch says which one proved it', async () => {
    const { pool: made } = await pool(2);
    made.setTrust(next('t2'));
    expect(await made.run([item()])).toMatchObject({ kind: 'verdicts', trustRevision: 't1' });
    await untilInForce(made, 't2');
    const outcomes = await Promise.all([made.run([item()]), made.run([item()])]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'verdicts', trustRevision: 't2' });
  });

  test('that takes long holds up no batch, and gives way to what is newer', async () => {
    const { pool: made, faults } = await pool(2);
    made.setTrust(next('t2', 'slow'));
    for (let i = 0; i < 20; i += 1) {
      expect(await made.run([item()])).toMatchObject({ kind: 'verdicts', trustRevision: 't1' });
    }
    made.setTrust(next('t3'));
    await untilInForce(made, 't3');
    expect(await made.run([item()])).toMatchObject({ kind: 'verdicts', trustRevision: 't3' });
    expect(faults).toEqual([]);
  });

  test.each([
    ['refuse', []],
    ['exit', ['lost']],
    ['slow', ['stuck']],
    ['spin', ['stuck']],
  ] as const)(
    'when threads that load it %s, it is said, they are there under the trust before, and take other trust',
    async (order, expected) => {
      const { pool: made, faults, trustFaults } = await pool(2, { trustLoadMs: 3_000 });
      made.setTrust(next('t2', order));
      await vi.waitFor(() => expect(trustFaults).toEqual(['t2']), { timeout: 20_000 });
      await untilFree(made, 2);
      expect(await made.run([item()])).toMatchObject({ kind: 'verdicts', trustRevision: 't1' });
      // Once each, and after a death once more, as far as they were back: it may have had another reason.
      expect([...new Set(faults)]).toEqual(expected);
      expect(faults.length).toBeLessThanOrEqual(4);
      made.setTrust(next('t3'));
      await untilInForce(made, 't3');
      expect(await made.run([item()])).toMatchObject({ kind: 'verdicts', trustRevision: 't3' });
    },
  );

  test('is what a thread gets that was replaced, and one replaced while it came into force', async () => {
    const { pool: made } = await pool(2);
    const dying = made.run([item('exit')]);
    made.setTrust(next('t2'));
    await dying;
    await untilInForce(made, 't2');
    await untilFree(made, 2);
    await made.run([item('exit')]);
    await untilFree(made, 2);
    const outcomes = await Promise.all([made.run([item()]), made.run([item()])]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'verdicts', trustRevision: 't2' });
  });
});
