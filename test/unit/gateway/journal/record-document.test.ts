/** docs/journal-records.md says how records are stored: read here with nothing but it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { encodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { sampleRecord } from './sample-records.rig.ts';

const text = readFileSync(join(import.meta.dirname, '../../../../docs/journal-records.md'), 'utf8');
const documented = Array.from(
  text.matchAll(/^\| (\d+) \| `([\w.]+)` \| ([^|]+) \| ([^|]*) \|$/gm),
  (row) => ({
    number: Number(row[1]),
    path: String(row[2]),
    kind: String(row[3]),
    meaning: String(row[4]),
  }),
);

const POSITION = 77;

function valueAt(record: ReturnType<typeof sampleRecord>, path: string): unknown {
  const paths: Record<string, unknown> = { peakMs: 5, 'answer.atMs': null, 'answer.mode': null };
  const tap: Record<string, unknown> = { ...record.tap, stream: Buffer.from(record.tap.stream, 'hex') };
  if (path === 'answer.scene') return null;
  if (path in paths) return paths[path];
  if (path in tap) return tap[path];
  let value: unknown = record;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | null)?.[name] ?? null;
  return value;
}

/** Names of an index as the page lists them: `0 live, 1 lists …`. */
function nameOf(meaning: string, index: unknown): string | undefined {
  return new RegExp(`\\b${String(index)} ([a-z ]+?)(?:,|$)`).exec(meaning.trim())?.[1]?.replaceAll(' ', '_');
}

describe.each([
  { profile: 'international', version: 4 },
  { profile: 'sm', version: 5 },
] as const)('version $version', ({ profile, version }) => {
  const record = sampleRecord(POSITION, { profile });
  const stored = encodeRecord(record, record.atMs + 5);
  const fields = decode(stored.subarray(5)) as unknown[];
  /** Those that a version added stand behind all before. */
  const own = documented.slice(0, fields.length);

  test('the header is version and checksum', () => {
    expect(stored[0]).toBe(version);
    const place = Buffer.alloc(8);
    place.writeBigUInt64BE(BigInt(POSITION));
    expect(stored.readUInt32BE(1)).toBe(crc32(Buffer.concat([place, stored.subarray(5)])));
  });

  test('every field is documented, in its place', () => {
    expect(own.map(({ number }) => number)).toEqual(fields.map((_, i) => i + 1));
    if (version === 5) expect(own).toEqual(documented);
  });

  test.each(own)('field $number is $path', ({ number, path, kind, meaning }) => {
    const value = fields[number - 1];
    const expected = valueAt(record, path);
    if (kind.startsWith('index') && value !== null) expect(nameOf(meaning, value)).toBe(expected);
    else if (expected instanceof Uint8Array)
      expect(Buffer.from(value as Uint8Array)).toEqual(Buffer.from(expected));
    else expect(value).toEqual(expected);
  });
});
