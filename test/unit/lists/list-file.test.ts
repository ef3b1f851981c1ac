/** List files, whole and hostile. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { CardList } from '../../../lists/card-list.ts';
import { ListFileError } from '../../../lists/list-errors.ts';
import { parseList, readListFile } from '../../../lists/list-file.ts';
import { builderOf, sourceCards } from './list-fixture.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-list-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CARDS = sourceCards(300, 60);
const LIMITS = { maxCards: 300 };
const bytes = Buffer.from(builderOf(CARDS).toBytes());
const HEADER_AT = 20;
const headerBytes = bytes.readUInt32LE(16);
const TABLE_AT = HEADER_AT + headerBytes;
const header = JSON.parse(bytes.toString('utf8', HEADER_AT, TABLE_AT)) as Record<string, unknown>;

const withHeader = (change: object): Buffer => withHeaderText(JSON.stringify({ ...header, ...change }));
function withHeaderText(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([bytes.subarray(0, 16), length, Buffer.from(text), bytes.subarray(TABLE_AT)]);
}

/** Why bytes are refused, the same by either way in; null: taken. */
async function faultOf(hostile: Uint8Array): Promise<string | null> {
  const path = join(folder, 'hostile.list');
  writeFileSync(path, hostile);
  const fault = (error: unknown) => {
    expect(error).toBeInstanceOf(ListFileError);
    return (error as ListFileError).code;
  };
  const read = await readListFile(path, LIMITS).then(() => null, fault);
  let parsed: string | null = null;
  try {
    parseList(hostile, LIMITS);
  } catch (error) {
    parsed = fault(error);
  }
  expect(parsed).toBe(read);
  return read;
}

test('a file read is the list that was written', async () => {
  const path = join(folder, 'deep', 'cards.list');
  builderOf(CARDS).write(path);
  expect(readFileSync(path)).toEqual(bytes);
  expect(readdirSync(join(folder, 'deep'))).toEqual(['cards.list']);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const list = new CardList(await readListFile(path, { ...LIMITS, digest: sha256 }));
  expect(list.revision).toBe('00112233.7');
  for (const { issuer, id, state, entitlements } of CARDS) {
    expect(list.lookup(issuer, id)).toEqual({ state, entitlements });
  }
  await expect(readListFile(path, { ...LIMITS, digest: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'other_hash',
  });
  await expect(readListFile(join(folder, 'none'), LIMITS)).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('refused', () => {
  const exceptions = header['exceptions'] as number;
  const countsAt = TABLE_AT + 6 * CARDS.length;
  const placesAt = countsAt + 2 ** (header['bucketBits'] as number);
  const patched = (at: number, value: number) => {
    const patchedBytes = Buffer.from(bytes);
    patchedBytes[at] = value;
    return patchedBytes;
  };

  test('the fixture has exceptions to damage', () => expect(exceptions).toBeGreaterThan(10));

  test.each([
    ['an empty file', Buffer.alloc(0), 'truncated'],
    ['the magic alone', bytes.subarray(0, 16), 'truncated'],
    ['another magic', patched(0, 0x20), 'malformed'],
    ['a torn header', bytes.subarray(0, TABLE_AT - 1), 'truncated'],
    ['a torn table', bytes.subarray(0, -1), 'truncated'],
    ['bytes after the table', Buffer.concat([bytes, Buffer.alloc(1)]), 'trailing'],
    ['a header of 4 GiB', Buffer.concat([bytes.subarray(0, 16), Buffer.alloc(4, 0xff), bytes]), 'oversized'],
    ['a header that is no JSON', withHeaderText('{'), 'malformed'],
    ['a header with a space', withHeaderText(`${JSON.stringify(header)} `), 'malformed'],
    ['a member twice', withHeaderText(JSON.stringify(header).replace('{', '{"revision":9,')), 'malformed'],
    ['a member too many', withHeader({ more: 1 }), 'malformed'],
    ['another format', withHeader({ format: 'onecard.list.v2' }), 'malformed'],
    ['a revision that is a text', withHeader({ revision: '7' }), 'malformed'],
    ['times out of order', withHeader({ staleUntilMs: 0 }), 'malformed'],
    ['an issuer twice', withHeader({ covers: ['a', 'a'] }), 'malformed'],
    [
      'a value twice',
      withHeader({
        dictionary: [
          [1, 0],
          [1, 0],
        ],
      }),
      'malformed',
    ],
    ['a value with no state', withHeader({ dictionary: [[6, 0]] }), 'malformed'],
    [
      'more values than fit',
      withHeader({ dictionary: Array.from({ length: 32 }, (_, i) => [1, i]) }),
      'malformed',
    ],
    ['fewer values than the cards use', withHeader({ dictionary: [[1, 0]] }), 'malformed'],
    ['too many buckets', withHeader({ bucketBits: 27 }), 'malformed'],
    ['more buckets than bytes', withHeader({ bucketBits: 26 }), 'truncated'],
    ['more cards than allowed', withHeader({ cards: 301 }), 'oversized'],
    ['a billion cards', withHeader({ cards: 1_000_000_000 }), 'oversized'],
    ['fewer cards than bytes', withHeader({ cards: 299 }), 'trailing'],
    ['more exceptions than cards', withHeader({ exceptions: 301 }), 'malformed'],
    ['a count too high', patched(countsAt, 255), 'malformed'],
    ['a place that is no exception', patched(placesAt, (bytes[placesAt] ?? 0) ^ 1), 'malformed'],
    ['an exception with no state', patched(bytes.length - 1, 6), 'malformed'],
  ])('%s', async (_, hostile, fault) => {
    expect(await faultOf(hostile)).toBe(fault);
  });

  test('cards out of order within their bucket', async () => {
    const bucketOf = (i: number) => bytes[countsAt + i] ?? 0;
    let place = 0;
    for (let i = 0; bucketOf(i) < 2; i += 1) place += bucketOf(i);
    const swapped = Buffer.from(bytes);
    bytes.copy(swapped, TABLE_AT + 4 * place, TABLE_AT + 4 * place + 4, TABLE_AT + 4 * place + 8);
    bytes.copy(swapped, TABLE_AT + 4 * place + 4, TABLE_AT + 4 * place, TABLE_AT + 4 * place + 4);
    expect(await faultOf(swapped)).toBe('malformed');
  });
});

test('cut anywhere, it is refused', () => {
  for (let length = 0; length < bytes.length; length += length < TABLE_AT ? 1 : 97) {
    expect(() => parseList(bytes.subarray(0, length), LIMITS)).toThrow(ListFileError);
  }
});

test('any damage is refused, or leaves a list that can be asked', () => {
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  let refused = 0;
  fc.assert(
    fc.property(damage, (flips) => {
      const hostile = Buffer.from(bytes);
      for (const [at, value] of flips) hostile[at] = value;
      try {
        const list = new CardList(parseList(hostile, LIMITS));
        for (const { issuer, id } of CARDS)
          expect(list.lookup(issuer, id).entitlements).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(ListFileError);
        refused += 1;
      }
    }),
    { seed: 7, numRuns: 1_000 },
  );
  expect(refused).toBeGreaterThan(300);
});

test('any bytes at all are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, magic) => {
      const hostile = magic ? Buffer.concat([bytes.subarray(0, 16), noise]) : noise;
      expect(() => parseList(hostile, LIMITS)).toThrow(ListFileError);
    }),
    { seed: 8, numRuns: 500 },
  );
});

test('a file that cannot take its place leaves nothing behind', () => {
  const place = mkdtempSync(join(folder, 'taken-'));
  writeFileSync(join(place, 'in-the-way'), '');
  expect(() => builderOf(CARDS).write(place)).toThrow();
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});
