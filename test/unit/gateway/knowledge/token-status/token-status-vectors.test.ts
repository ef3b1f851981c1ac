import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../../../../gateway/knowledge/token-status/list-authority.ts';
import { checkTimes, openListToken } from '../../../../../gateway/knowledge/token-status/list-token.ts';
import {
  entryAt,
  inflateEntries,
} from '../../../../../gateway/knowledge/token-status/status-list-entries.ts';
import type { StatusListKey } from '../../../../../workers/trust/document.ts';
import { readVectors, vectorsPresent } from '../../../../fixtures/vectors.ts';
import { NOW } from './token-status-fixture.rig.ts';

interface Encoding {
  readonly bits: number;
  readonly entries: number;
  readonly statuses: readonly { readonly index: number; readonly value: number }[];
  readonly json: { readonly bits: number; readonly lst: string };
}

interface Signed {
  readonly key: { readonly x: string; readonly y: string; readonly kid: string };
  readonly statusListJwt: string;
  readonly statusListJwtVerifies: boolean;
  readonly status_list_cwt: string;
  readonly status_list_cwtVerifies: boolean;
}

describe.skipIf(!vectorsPresent)('published lists', () => {
  const cases = vectorsPresent ? readVectors<Encoding[]>('status-list/encoding-vectors.json') : [];

  test('all of them are there', () => {
    expect(cases.map(({ bits }) => bits)).toEqual([1, 2, 4, 8]);
    expect(cases.map(({ statuses }) => statuses.length)).toEqual([11, 11, 15, 256]);
  });

  test.each(cases)(
    'every entry of the list of $bits bits, named or not',
    async ({ bits, entries, statuses, json }) => {
      const list = await inflateEntries(Buffer.from(json.lst, 'base64url'), (entries * bits) / 8);
      expect(list.byteLength).toBe((entries * bits) / 8);
      const named = new Map(statuses.map(({ index, value }) => [index, value]));
      expect(named.size).toBe(statuses.length);
      let wrong = 0;
      for (let i = 0; i < entries; i++) if (entryAt(list, bits, i) !== (named.get(i) ?? 0)) wrong += 1;
      expect(wrong).toBe(0);
      expect(entryAt(list, bits, entries)).toBeNull();
    },
  );

  test('one of 189 bytes is not inflated to its 128 KiB where less is allowed', async () => {
    const [list] = cases;
    const compressed = Buffer.from(list?.json.lst ?? '', 'base64url');
    expect(compressed.length).toBe(189);
    await expect(inflateEntries(compressed, 131_071)).rejects.toMatchObject({ code: 'inflates' });
    await expect(inflateEntries(compressed, 131_072)).resolves.toHaveProperty('byteLength', 131_072);
  });

  test.each([
    ['JWT', ({ statusListJwt }: Signed) => Buffer.from(statusListJwt), 1_686_920_170_000, 43_200_000],
    ['CWT', (signed: Signed) => Buffer.from(signed.status_list_cwt, 'hex'), 1_686_920_170_000, 43_200_000],
  ] as const)('the published token as %s', async (_form, bytesOf, issuedAtMs, ttlMs) => {
    const signed = readVectors<Signed>('status-list/signed-tokens.json');
    expect([signed.statusListJwtVerifies, signed.status_list_cwtVerifies]).toEqual([true, true]);
    const { x, y, kid } = signed.key;
    const jwk: StatusListKey = { kty: 'EC', crv: 'P-256', x, y, kid };
    const uri = 'https://example.com/statuslists/1';
    const authority = authorityOf({ region: 'cq', uri, keyJwk: jwk }, []);
    const token = await openListToken(bytesOf(signed), {
      ...{ uri, authority, digest: 'SHA-256' as const, maxBytes: 2, nowMs: NOW },
    });
    expect(token).toMatchObject({ kind: 'status_list', bits: 1, ttlMs, issuedAtMs });
    if (token.kind !== 'status_list') throw new Error('a status list');
    expect([...new Uint8Array(token.entries)]).toEqual([0xb9, 0xa3]);
    expect(() => checkTimes(token, NOW, 0)).not.toThrow();
  });
});
