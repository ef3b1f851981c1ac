/** What every store of the register keeps to; run for each (`lmdb-contract.test.ts`, `postgres-contract.test.ts`). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HotelError } from '../../../../hotel/hotel-error.ts';
import type { IndexEntry } from '../../../../hotel/register/guest-register.ts';
import type { KeyVault, RowStore, StoredRow } from '../../../../hotel/register/row-store.ts';
import { SealedRegister } from '../../../../hotel/register/sealed-register.ts';
import { KeyEncryptionKey } from '../../../../hotel/register/sealing/key-encryption-key.ts';
import { answer } from './answers.rig.ts';

export interface StorePlace {
  /** Of one place: what was kept is there when it is opened again. */
  open(hotelId?: string): Promise<RowStore>;
  /** Ends it and all that it keeps. */
  remove(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  readonly begin?: () => Promise<void>;
  readonly end?: () => Promise<void>;
  /** A place of its own, with nothing in it. */
  place(): Promise<StorePlace>;
}

const HOTEL = 'harbour';
const DAY = '2027-03-01';
const NEXT_DAY = '2027-03-02';
const KEK = Buffer.alloc(32, 0x5a);
const kek = (key = KEK, hotelId = HOTEL) => new KeyEncryptionKey(key, hotelId);

const plain = (index: string, value: string): IndexEntry => ({ index, kind: 'plain', value });
const blind = (index: string, value: string): IndexEntry => ({ index, kind: 'blind', value });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (cause: unknown) => (cause instanceof HotelError ? cause.code : cause),
  );
const ids = (page: { readonly rows: readonly { readonly id: string }[] }) => page.rows.map(({ id }) => id);

export function contractOf(kind: StoreKind): void {
  describe(`a register on ${kind.name}`, () => {
    let place: StorePlace;
    let register: SealedRegister;
    const opened: { close(): Promise<void> }[] = [];
    const open = async (key = KEK) => {
      const one = await SealedRegister.open(await place.open(), kek(key), HOTEL);
      opened.push(one);
      return one;
    };
    const reopen = async (key = KEK) => {
      await register.close();
      register = await open(key);
    };
    /** Acts on the rows themselves, as somebody does who can write the files. */
    const behindIt = async (act: (store: RowStore) => Promise<void>) => {
      await register.close();
      const store = await place.open();
      await store.keys.load(kek().check);
      await act(store);
      await store.close();
      register = await open();
    };
    const overwrite = (store: RowStore, row: StoredRow, over: Partial<StoredRow>) =>
      store.commit({ puts: [{ ...row, ...over, expectVersion: row.version, indexes: [] }], removals: [] });

    beforeAll(() => kind.begin?.());
    afterAll(() => kind.end?.());
    beforeEach(async () => {
      place = await kind.place();
      register = await open();
    });
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
      await place.remove();
    });

    test('gives back what it was given, also when it is opened again', async () => {
      await register.commit({ puts: [answer('a')] });
      const row = await register.get('answer', 'a');
      expect(row).toEqual({ table: 'answer', id: 'a', version: 1, purgeDay: DAY, value: answer('a').value });
      await reopen();
      expect(await register.get('answer', 'a')).toEqual(row);
      expect(await register.get('answer', 'b')).toBeNull();
      expect(await register.get('event', 'a')).toBeNull();
    });

    test('writes a change whole or not at all, and says when a version differs', async () => {
      await register.commit({ puts: [answer('a')] });
      expect(await codeOf(register.commit({ puts: [answer('b'), answer('a')] }))).toBe('conflict');
      const removals = [{ table: 'answer', id: 'a', expectVersion: 7 }] as const;
      expect(await codeOf(register.commit({ puts: [answer('b')], removals }))).toBe('conflict');
      expect(await codeOf(register.commit({ puts: [answer('c', { expectVersion: 1 })] }))).toBe('conflict');
      expect(await register.get('answer', 'b')).toBeNull();
      await register.commit({ puts: [answer('a', { expectVersion: 1 }, 'second')] });
      expect(await register.get('answer', 'a')).toMatchObject({ version: 2, value: { body: 'second' } });
      await register.commit({ puts: [answer('b')], removals: [{ ...removals[0], expectVersion: 2 }] });
      expect(await register.get('answer', 'a')).toBeNull();
      expect(await register.get('answer', 'b')).not.toBeNull();
    });

    test('of many that change one row at once, one is taken', async () => {
      await register.commit({ puts: [answer('a')] });
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          codeOf(
            register.commit({ puts: [answer('a', { expectVersion: 1 }, `by ${i}`), answer(`of-${i}`)] }),
          ),
        ),
      );
      expect(all.filter((each) => each === 'done')).toHaveLength(1);
      expect(all.filter((each) => each === 'conflict')).toHaveLength(19);
      const winner = all.indexOf('done');
      expect(await register.get('answer', 'a')).toMatchObject({
        version: 2,
        value: { body: `by ${winner}` },
      });
      expect(ids(await register.scan('answer', null, 100))).toEqual(['a', `of-${winner}`]);
    });

    test('pages by id, and by a plain index in its order', async () => {
      const puts = ['e', 'c', 'a', 'd', 'b'].map((id, i) =>
        answer(id, { indexes: [plain('day', `2027-01-0${5 - i}`), plain('state', 'open')] }),
      );
      await register.commit({ puts });
      const first = await register.scan('answer', null, 2);
      expect(ids(first)).toEqual(['a', 'b']);
      const second = await register.scan('answer', first.after, 2);
      expect(ids(second)).toEqual(['c', 'd']);
      expect(ids(await register.scan('answer', second.after, 2))).toEqual(['e']);
      expect((await register.scan('answer', 'd', 1)).after).toBeNull();

      const open = { index: 'state', kind: 'plain', value: 'open', limit: 3 } as const;
      const some = await register.find('answer', open);
      expect(ids(some)).toEqual(['a', 'b', 'c']);
      expect(ids(await register.find('answer', { ...open, after: some.after }))).toEqual(['d', 'e']);
      expect(ids(await register.find('answer', { ...open, value: 'ope' }))).toEqual([]);

      const range = {
        index: 'day',
        kind: 'plain',
        value: '2027-01-02',
        upTo: '2027-01-04',
        limit: 2,
      } as const;
      const from = await register.find('answer', range);
      expect(ids(from)).toEqual(['d', 'a']);
      const rest = await register.find('answer', { ...range, after: from.after });
      expect(ids(rest)).toEqual(['c']);
      expect(rest.after).toBeNull();
      for (const after of ['', 'AAAA', '\0', '😀', 'e'.repeat(200)]) {
        const found = ids(await register.find('answer', { ...range, limit: 10, after }));
        expect(['d', 'a', 'c']).toEqual(expect.arrayContaining(found));
      }
    });

    test('finds by a keyed hash what is written otherwise but means the same, whatever its day of purge', async () => {
      await register.commit({
        puts: [
          answer('a', { indexes: [blind('number', 'E 1234567x')] }),
          answer('b', { purgeDay: NEXT_DAY, indexes: [blind('number', 'Ｅ1234567X')] }),
          answer('c', { indexes: [blind('number', 'E1234567Y'), blind('other', 'E1234567X')] }),
        ],
      });
      const wanted = { index: 'number', kind: 'blind', value: 'e1234567X', limit: 10 } as const;
      expect(ids(await register.find('answer', wanted))).toEqual(['a', 'b']);
      const one = await register.find('answer', { ...wanted, limit: 1 });
      expect([ids(one), one.after]).toEqual([['a'], 'a']);
      expect(ids(await register.find('answer', { ...wanted, after: 'a' }))).toEqual(['b']);
      // As a plain one it is not there.
      expect(ids(await register.find('answer', { ...wanted, kind: 'plain' }))).toEqual([]);
    });

    test('what an index no longer names is no longer found', async () => {
      await register.commit({
        puts: [answer('a', { indexes: [plain('state', 'open'), blind('number', '1')] })],
      });
      await register.commit({
        puts: [
          answer('a', {
            expectVersion: 1,
            purgeDay: NEXT_DAY,
            indexes: [plain('state', 'shut'), blind('number', '1')],
          }),
        ],
      });
      const state = (value: string) =>
        register.find('answer', { index: 'state', kind: 'plain', value, limit: 9 });
      expect(ids(await state('open'))).toEqual([]);
      expect(ids(await state('shut'))).toEqual(['a']);
      const number = { index: 'number', kind: 'blind', value: '1', limit: 9 } as const;
      expect(ids(await register.find('answer', number))).toEqual(['a']);
      expect(await register.dueBefore('2027-03-02')).toEqual([{ day: DAY, rows: 0 }]);
      await register.commit({ puts: [], removals: [{ table: 'answer', id: 'a', expectVersion: 2 }] });
      expect(ids(await register.find('answer', number))).toEqual([]);
    });

    test('refuses what could not be found or purged', async () => {
      const wrong = [{ id: 'A' }, { id: '' }, { purgeDay: '1 March' }, { indexes: [plain('state', 'é')] }];
      for (const over of wrong) {
        await expect(register.commit({ puts: [answer('a', over)] })).rejects.toBeInstanceOf(RangeError);
      }
    });

    test('does not open what was changed, put in another place, or put back under a later version', async () => {
      await register.commit({ puts: [answer('a'), answer('b'), answer('c'), answer('d')] });
      const old = async (store: RowStore, id: string) => (await store.get('answer', id)) as StoredRow;
      let before: StoredRow | null = null;
      await behindIt(async (store) => {
        before = await old(store, 'd');
      });
      await register.commit({ puts: [answer('d', { expectVersion: 1 }, 'later')] });
      await behindIt(async (store) => {
        const a = await old(store, 'a');
        const changed = Buffer.from(a.sealed);
        changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
        await overwrite(store, a, { sealed: changed });
        await overwrite(store, await old(store, 'b'), { sealed: (await old(store, 'c')).sealed });
        await overwrite(store, await old(store, 'd'), { sealed: (before as unknown as StoredRow).sealed });
      });
      for (const id of ['a', 'b', 'd'])
        expect(await codeOf(register.get('answer', id)), id).toBe('unreadable');
      expect(await codeOf(register.scan('answer', null, 10))).toBe('unreadable');
      expect(await register.get('answer', 'c')).toMatchObject({ value: { body: 'body of c' } });
    });

    test('is not opened with another key, nor as another hotel, and says so at once', async () => {
      await register.close();
      expect(await codeOf(open(Buffer.alloc(32, 0x5b)))).toBe('unusable');
      expect(await codeOf(open())).toBe('done');
    });

    test('a purge destroys rows and keys of the days before, and nothing else', async () => {
      const early = { purgeDay: '2027-02-28', indexes: [blind('number', '7')] };
      await register.commit({
        puts: [answer('a', early), answer('b', early), answer('c'), answer('d', { purgeDay: NEXT_DAY })],
      });
      expect(await register.dueBefore(DAY)).toEqual([{ day: '2027-02-28', rows: 2 }]);
      let wrapped: readonly string[] = [];
      await behindIt(async ({ keys }) => {
        wrapped = (await keys.load(kek().check)).map(({ digest }) => digest);
      });
      const proofs = await register.purgeBefore(DAY);
      expect(proofs).toEqual([
        { day: '2027-02-28', rows: 2, keyDigest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ]);
      expect(wrapped).toContain(proofs[0]?.keyDigest);
      expect(ids(await register.scan('answer', null, 9))).toEqual(['c', 'd']);
      const search = { index: 'number', kind: 'blind', value: '7', limit: 9 } as const;
      expect(ids(await register.find('answer', search))).toEqual([]);
      await reopen();
      expect(ids(await register.scan('answer', null, 9))).toEqual(['c', 'd']);
      expect(await register.purgeBefore(DAY)).toEqual([]);
      // A row of a day whose key was destroyed gets another.
      await register.commit({ puts: [answer('e', early)] });
      expect(await register.get('answer', 'e')).not.toBeNull();
    });

    test('an erasure destroys the rows and the key they had, and what else is of the day stays', async () => {
      await register.commit({
        puts: [
          answer('a', { indexes: [blind('number', '7')] }),
          answer('b', { indexes: [blind('number', '7'), plain('state', 'open')] }),
        ],
      });
      let kept: StoredRow | null = null;
      await behindIt(async (store) => {
        kept = await store.get('answer', 'a');
      });
      const proofs = await register.erase([
        { table: 'answer', id: 'a' },
        { table: 'answer', id: 'none' },
      ]);
      expect(proofs).toEqual([{ day: DAY, rows: 1, keyDigest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
      const search = { index: 'number', kind: 'blind', value: '7', limit: 9 } as const;
      for (const again of [false, true]) {
        if (again) await reopen();
        expect(await register.get('answer', 'a')).toBeNull();
        expect(await register.get('answer', 'b')).toMatchObject({ version: 1, value: { body: 'body of b' } });
        expect(ids(await register.find('answer', search))).toEqual(['b']);
        expect(
          ids(await register.find('answer', { index: 'state', kind: 'plain', value: 'open', limit: 9 })),
        ).toEqual(['b']);
      }
      // What somebody copied before: put back, it opens no more.
      await behindIt(async (store) => {
        const row = kept as unknown as StoredRow;
        const live = (await store.keys.load(kek().check)).find(({ state }) => state === 'live');
        await store.commit({
          puts: [{ ...row, keyId: live?.id ?? '', expectVersion: null, indexes: [] }],
          removals: [],
        });
      });
      expect(await register.get('answer', 'a')).toBeNull();
      await register.commit({ puts: [answer('b', { expectVersion: 1 })] });
    });

    test.each([
      ['commit', 1],
      ['commit', 2],
      ['destroy', 1],
    ] as const)('an erasure broken off before %s %i is ended when it is opened again', async (call, nth) => {
      await register.commit({ puts: [answer('a'), answer('b', { indexes: [blind('number', '7')] })] });
      await register.close();
      const dying = await SealedRegister.open(diesAt(await place.open(), call, nth), kek(), HOTEL);
      await expect(dying.erase([{ table: 'answer', id: 'a' }])).rejects.toThrow('killed');
      await dying.close();
      register = await open();
      expect(await register.get('answer', 'b')).toMatchObject({ value: { body: 'body of b' } });
      const search = { index: 'number', kind: 'blind', value: '7', limit: 9 } as const;
      expect(ids(await register.find('answer', search))).toEqual(['b']);
      // Whoever asked had no answer, and asks again.
      await register.erase([{ table: 'answer', id: 'a' }]);
      expect(ids(await register.scan('answer', null, 9))).toEqual(['b']);
      await behindIt(async ({ keys }) => {
        const states = (await keys.load(kek().check)).map(({ state }) => state);
        expect(states.filter((state) => state === 'live')).toHaveLength(1);
        expect(states).not.toContain('retiring');
      });
    });

    test('a purge broken off after the keys went leaves nothing that opens, and is ended by the next', async () => {
      await register.commit({ puts: [answer('a'), answer('b', { purgeDay: NEXT_DAY })] });
      await register.close();
      const dying = await SealedRegister.open(diesAt(await place.open(), 'commit', 1), kek(), HOTEL);
      await expect(dying.purgeBefore(NEXT_DAY)).rejects.toThrow('killed');
      await dying.close();
      register = await open();
      expect(ids(await register.scan('answer', null, 9))).toEqual(['b']);
      expect(await register.get('answer', 'a')).toBeNull();
      expect(await register.purgeBefore(NEXT_DAY)).toMatchObject([{ day: DAY, rows: 1 }]);
      expect(await register.dueBefore(NEXT_DAY)).toEqual([]);
    });

    test('goes on under another key-encryption key, and no longer opens with the one before', async () => {
      const next = Buffer.alloc(32, 0x77);
      await register.commit({ puts: [answer('a', { indexes: [blind('number', '7')] })] });
      await register.rotate(kek(next));
      await reopen(next);
      expect(
        ids(await register.find('answer', { index: 'number', kind: 'blind', value: '7', limit: 9 })),
      ).toEqual(['a']);
      await register.close();
      expect(await codeOf(open())).toBe('unusable');
    });

    test('closed, it says that it cannot', async () => {
      await register.close();
      expect(await codeOf(register.commit({ puts: [answer('a')] }))).toBe('store_unavailable');
      expect(await codeOf(register.get('answer', 'a'))).toBe('store_unavailable');
    });
  });
}

/** A store that fails from its nth call on, as one whose process is killed there. */
function diesAt(store: RowStore, call: 'commit' | 'destroy', nth: number): RowStore {
  let calls = 0;
  const counted = <Of extends object>(of: Of, name: keyof Of): Of =>
    new Proxy(of, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (property === name) calls += 1;
          if (calls >= nth && property !== 'close') return Promise.reject(new Error('killed'));
          return (value as (...all: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  const keys: KeyVault = call === 'destroy' ? counted(store.keys, 'destroy') : store.keys;
  const whole = call === 'commit' ? counted(store, 'commit') : store;
  return new Proxy(whole, {
    get: (target, property) => (property === 'keys' ? keys : bound(target, property)),
  });
}

function bound(target: RowStore, property: string | symbol): unknown {
  const value = Reflect.get(target, property) as unknown;
  return typeof value === 'function' ? value.bind(target) : value;
}
