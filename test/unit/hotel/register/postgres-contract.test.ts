/** The register's contract on PostgreSQL, a real server; and what several desks on it mean. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresRowStore } from '../../../../hotel/register/postgres/postgres-row-store.ts';
import { SealedRegister } from '../../../../hotel/register/sealed-register.ts';
import { KeyEncryptionKey } from '../../../../hotel/register/sealing/key-encryption-key.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { answer } from './answers.rig.ts';
import { contractOf } from './contract.rig.ts';
import { noPostgres, type PostgresServer, query, startPostgres } from './postgres-server.rig.ts';

let server: PostgresServer;
/** Of the contract: a fresh database each would take longer than all else. */
let shared: string | undefined;
beforeAll(async () => {
  if (noPostgres === null) server = await startPostgres();
});
afterAll(() => server?.stop());

describe.skipIf(noPostgres !== null)(
  `with PostgreSQL 15${noPostgres === null ? '' : ` (${noPostgres})`}`,
  () => {
    contractOf({
      name: 'PostgreSQL',
      async place() {
        shared ??= await server.database();
        const url = shared;
        await query(url, 'DROP SCHEMA IF EXISTS onecard_desk CASCADE');
        return { open: (hotelId = 'harbour') => PostgresRowStore.open(url, hotelId), remove: async () => {} };
      },
    });

    describe('two desks on one register', () => {
      const kek = (hotelId: string, byte = 1) =>
        new KeyEncryptionKey(Buffer.alloc(32, byte), hotelId, TEST_PROFILE);
      const open = async (url: string, hotelId = 'harbour') =>
        SealedRegister.open(await PostgresRowStore.open(url, hotelId), kek(hotelId), hotelId);
      const number = { index: 'number', kind: 'blind', value: '7', limit: 9 } as const;
      const indexes = [{ index: 'number', kind: 'blind', value: '7' }] as const;

      test('seal under one key for a day, find each other’s rows, and one of two that change a row is refused', async () => {
        const url = await server.database();
        const [one, other] = await Promise.all([open(url), open(url)]);
        await Promise.all([
          one.commit({ puts: [answer('a', { indexes })] }),
          other.commit({ puts: [answer('b', { indexes })] }),
        ]);
        const keys = await query(url, 'SELECT count(*)::int AS n FROM onecard_desk.wrapped_key');
        expect(keys).toEqual([{ n: 1 }]);
        await other.commit({ puts: [answer('c', { purgeDay: '2027-03-09', indexes })] });
        for (const desk of [one, other])
          expect((await desk.find('answer', number)).rows.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
        const both = await Promise.allSettled(
          [one, other].map((desk) => desk.commit({ puts: [answer('a', { expectVersion: 1 })] })),
        );
        expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await Promise.all([one.close(), other.close()]);
      });

      test('one erases while the other writes: nothing is lost, and nothing is left under the key that went', async () => {
        const url = await server.database();
        const [one, other] = await Promise.all([open(url), open(url)]);
        await one.commit({ puts: [answer('gone', { indexes })] });
        await other.get('answer', 'gone');
        const writing = Array.from({ length: 40 }, (_, i) => other.commit({ puts: [answer(`w-${i}`)] }));
        const [proof] = await one.erase([{ table: 'answer', id: 'gone' }]);
        await Promise.all(writing);
        expect(proof).toMatchObject({ rows: 1 });
        for (const desk of [one, other]) {
          expect(await desk.get('answer', 'gone')).toBeNull();
          expect((await desk.scan('answer', null, 100)).rows).toHaveLength(40);
        }
        const left = await query(
          url,
          `SELECT count(*)::int AS n FROM onecard_desk.sealed_row r JOIN onecard_desk.wrapped_key k USING (hotel_id, key_id) WHERE k.state <> 'live'`,
        );
        expect(left).toEqual([{ n: 0 }]);
        await Promise.all([one.close(), other.close()]);
      });

      test('hotels of a chain do not see one another', async () => {
        const url = await server.database();
        const [harbour, station] = await Promise.all([open(url), open(url, 'station')]);
        await harbour.commit({ puts: [answer('a', { indexes })] });
        expect(await station.get('answer', 'a')).toBeNull();
        expect((await station.find('answer', number)).rows).toEqual([]);
        await station.commit({ puts: [answer('a')] });
        await Promise.all([harbour.close(), station.close()]);
      });

      test('a server that is gone is unavailable, and one that never was is unusable', async () => {
        const url = await server.database();
        const register = await open(url);
        const name = new URL(url).pathname.slice(1);
        await query(url.replace(name, 'postgres'), `DROP DATABASE ${name} WITH (FORCE)`);
        await expect(register.commit({ puts: [answer('a')] })).rejects.toMatchObject({
          code: 'store_unavailable',
        });
        await register.close();
        await expect(open(url)).rejects.toMatchObject({ code: 'unusable' });
      });
    });
  },
);
