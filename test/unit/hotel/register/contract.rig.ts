/** What every store of the register keeps to; run for each (`lmdb-contract.test.ts`, `postgres-contract.test.ts`). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CryptoProfile } from '../../../../config/crypto-settings.ts';
import { HotelError } from '../../../../hotel/hotel-error.ts';
import type { IndexEntry, Put } from '../../../../hotel/register/guest-register.ts';
import type { KeyVault, RowStore, StoredRow } from '../../../../hotel/register/row-store.ts';
import { SealedRegister } from '../../../../hotel/register/sealed-register.ts';
import { KeyEncryptionKey } from '../../../../hotel/register/sealing/key-encryption-key.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
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
const DIGEST = {
  algorithm: TEST_PROFILE === 'sm' ? 'SM3' : 'SHA-256',
  hex: expect.stringMatching(/^[0-9a-f]{64}$/),
};
const KEK = Buffer.alloc(32, 0x5a);
const kek = (key = KEK, hotelId = HOTEL, profile = TEST_PROFILE) =>
  new KeyEncryptionKey(key, hotelId, profile);

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
      await store.keys.load(kek());
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
        wrapped = (await keys.load(kek())).map(({ digest }) => digest);
      });
      const proofs = await register.purgeBefore(DAY);
      expect(proofs).toEqual([{ day: '2027-02-28', rows: 2, keyDigest: DIGEST }]);
      expect(wrapped).toContain(proofs[0]?.keyDigest?.hex);
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
      expect(proofs).toEqual([{ day: DAY, rows: 1, keyDigest: DIGEST }]);
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
        const live = (await store.keys.load(kek())).find(({ state }) => state === 'live');
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
        const states = (await keys.load(kek())).map(({ state }) => state);
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

    describe('changed over from one profile to the other', () => {
      const [before, now] = ['international', 'sm'] as const;
      const openIn = async (profile: CryptoProfile, store?: RowStore) => {
        const one = await SealedRegister.open(store ?? (await place.open()), kek(KEK, HOTEL, profile), HOTEL);
        opened.push(one);
        return one;
      };
      const numbered = (id: string, over: Partial<Parameters<typeof answer>[1]> = {}) =>
        answer(id, { indexes: [blind('number', '7'), plain('state', 'open')], ...over });
      const search = { index: 'number', kind: 'blind', value: '7', limit: 9 } as const;
      const foundIn = async (one: SealedRegister) => ids(await one.find('answer', search));
      const changeOver = async (from: CryptoProfile, to: CryptoProfile) => {
        await register.close();
        await place.remove();
        place = await kind.place();
        const old = await openIn(from);
        await old.commit({ puts: [numbered('a'), numbered('b'), numbered('c', { purgeDay: NEXT_DAY })] });
        await old.close();
        register = await openIn(to);
      };

      test.each([
        [before, now],
        [now, before],
      ])('from %s to %s: finds and opens what is under both, and says what is left', async (from, to) => {
        await changeOver(from, to);
        expect(await register.ofOtherProfile()).toEqual({ keys: 2, rows: 3, isWrapped: true });
        await register.commit({ puts: [numbered('d'), numbered('a', { expectVersion: 1 })] });
        expect(await foundIn(register)).toEqual(['a', 'b', 'c', 'd']);
        expect(ids(await register.find('answer', { ...search, limit: 3 }))).toEqual(['a', 'b', 'c']);
        expect(await register.ofOtherProfile()).toEqual({ keys: 2, rows: 2, isWrapped: true });
        // It opens with what it was made with, too.
        await register.close();
        register = await openIn(from);
        expect(await foundIn(register)).toEqual(['a', 'b', 'c', 'd']);
      });

      test('seals all anew while others write, and is found whole at each step', async () => {
        await changeOver(before, now);
        const many = Array.from({ length: 120 }, (_, i) => numbered(`m-${String(i).padStart(3, '0')}`));
        await register.close();
        register = await openIn(before);
        await register.commit({ puts: many });
        await register.close();
        register = await openIn(now);
        let steps = 0;
        const proofs = await register.reseal(async () => {
          steps += 1;
          const all = await register.find('answer', { ...search, limit: 200 });
          expect(all.rows).toHaveLength(122 + steps);
          await register.commit({
            puts: [numbered(`n-${steps}`), { ...many[119 - steps], expectVersion: 1 } as Put],
          });
        });
        expect(steps).toBeGreaterThan(2);
        expect(proofs.map(({ day }) => day)).toEqual([DAY, NEXT_DAY]);
        expect(await register.ofOtherProfile()).toEqual({ keys: 0, rows: 0, isWrapped: false });
        await register.close();
        register = await openIn(now);
        expect((await register.find('answer', { ...search, limit: 200 })).rows).toHaveLength(123 + steps);
        const stored: StoredRow[] = [];
        await register.close();
        const store = await place.open();
        stored.push(...(await store.scan('answer', null, 300)).rows);
        await store.close();
        expect(new Set(stored.map(({ sealed }) => sealed[0]))).toEqual(new Set([2]));
        register = await openIn(now);
      });

      test.each([
        ['commit', 1],
        ['commit', 2],
        ['destroy', 1],
        ['destroy', 2],
        ['rewrap', 1],
      ] as const)('broken off before %s %i, it loses nothing and goes on', async (call, nth) => {
        await changeOver(before, now);
        await register.close();
        const dying = await openIn(now, diesAt(await place.open(), call, nth));
        await expect(dying.reseal()).rejects.toThrow('killed');
        await dying.close();
        register = await openIn(now);
        expect(await foundIn(register)).toEqual(['a', 'b', 'c']);
        await register.reseal();
        expect(await register.ofOtherProfile()).toEqual({ keys: 0, rows: 0, isWrapped: false });
        expect(await foundIn(register)).toEqual(['a', 'b', 'c']);
      });

      test('a purge and an erasure take the keys of both', async () => {
        await changeOver(before, now);
        await register.commit({ puts: [numbered('d'), numbered('e', { purgeDay: NEXT_DAY })] });
        const proofs = await register.erase([
          { table: 'answer', id: 'a' },
          { table: 'answer', id: 'd' },
        ]);
        expect(proofs.map(({ rows, keyDigest }) => [rows, keyDigest?.algorithm])).toEqual([
          [2, 'SM3'],
          [0, 'SHA-256'],
        ]);
        expect(await foundIn(register)).toEqual(['b', 'c', 'e']);
        const purged = await register.purgeBefore('2027-03-03');
        expect(purged.map(({ day, rows }) => [day, rows])).toEqual([
          [DAY, 1],
          [NEXT_DAY, 2],
          [NEXT_DAY, 0],
        ]);
        expect(await register.ofOtherProfile()).toMatchObject({ keys: 0, rows: 0 });
      });

      test('a row that names another algorithm than its key, or is cut off, does not open', async () => {
        await changeOver(before, now);
        await register.commit({ puts: ['d', 'e', 'f', 'g'].map((id) => numbered(id)) });
        await register.close();
        const store = await place.open();
        await store.keys.load(kek());
        const of = async (id: string) => (await store.get('answer', id)) as StoredRow;
        const d = await of('d');
        await overwrite(store, d, { sealed: Buffer.concat([Buffer.of(1), d.sealed.subarray(1)]) });
        const e = await of('e');
        await overwrite(store, e, { sealed: e.sealed.subarray(0, -1) });
        const f = await of('f');
        await overwrite(store, f, { sealed: f.sealed.subarray(0, 9 + 16 + 32) });
        await store.close();
        register = await openIn(now);
        for (const id of ['d', 'e', 'f'])
          expect(await codeOf(register.get('answer', id)), id).toBe('unreadable');
        expect(await register.get('answer', 'g')).not.toBeNull();
      });

      test('a row sealed under the key of another hotel does not open', async () => {
        await changeOver(before, now);
        const elsewhere = await kind.place();
        const station = await SealedRegister.open(
          await elsewhere.open('station'),
          kek(KEK, 'station', now),
          'station',
        );
        await station.commit({ puts: [numbered('x')] });
        await station.close();
        const theirs = await elsewhere.open('station');
        const row = (await theirs.get('answer', 'x')) as StoredRow;
        const keys = await theirs.keys.load(kek(KEK, 'station', now));
        await theirs.close();
        await register.close();
        // On PostgreSQL the place is one, and holds no other hotel from here on.
        const here = await place.open();
        await here.keys.load(kek(KEK, HOTEL, now));
        for (const key of keys) await here.keys.add({ ...key, purgeDay: '2027-04-01' });
        await here.commit({ puts: [{ ...row, expectVersion: null, indexes: [] }], removals: [] });
        await here.close();
        register = await openIn(now);
        expect(await codeOf(register.get('answer', 'x'))).toBe('unreadable');
        await elsewhere.remove();
      });
    });

    test('closed, it says that it cannot', async () => {
      await register.close();
      expect(await codeOf(register.commit({ puts: [answer('a')] }))).toBe('store_unavailable');
      expect(await codeOf(register.get('answer', 'a'))).toBe('store_unavailable');
    });
  });
}

/** A store that fails from its nth call on, as one whose process is killed there. */
function diesAt(store: RowStore, call: 'commit' | 'destroy' | 'rewrap', nth: number): RowStore {
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
  const keys: KeyVault = call === 'commit' ? store.keys : counted(store.keys, call);
  const whole = call === 'commit' ? counted(store, 'commit') : store;
  return new Proxy(whole, {
    get: (target, property) => (property === 'keys' ? keys : bound(target, property)),
  });
}

function bound(target: RowStore, property: string | symbol): unknown {
  const value = Reflect.get(target, property) as unknown;
  return typeof value === 'function' ? value.bind(target) : value;
}
