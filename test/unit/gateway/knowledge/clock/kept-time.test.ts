import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  keptTimeFile,
  readKeptTime,
  writeKeptTime,
} from '../../../../../gateway/knowledge/clock/kept-time.ts';
import { temporaryFolder } from '../../journal/temporary-folder.rig.ts';

const NOW_MS = 1_795_162_500_000;

test('what is written is read, by its owner alone', () => {
  const file = keptTimeFile(join(temporaryFolder(), 'data'));
  expect(readKeptTime(file)).toEqual({ kind: 'absent' });
  writeKeptTime(file, NOW_MS + 0.7);
  expect(readKeptTime(file)).toEqual({ kind: 'kept', signedMs: NOW_MS });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('any single bit that is another makes it damaged', () => {
  const file = keptTimeFile(temporaryFolder());
  writeKeptTime(file, NOW_MS);
  const good = readFileSync(file);
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const bytes = Buffer.from(good);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    writeFileSync(file, bytes);
    expect(readKeptTime(file), `bit ${bit}`).toEqual({ kind: 'damaged' });
  }
});

test.each(['', 'x', '{"v":1,"signed_ms":99999999999999}', ' '.repeat(100_000)])('%j is damaged', (text) => {
  const file = keptTimeFile(temporaryFolder());
  writeFileSync(file, text);
  expect(readKeptTime(file)).toEqual({ kind: 'damaged' });
});

test('what is no file is damaged', () => {
  const file = keptTimeFile(temporaryFolder());
  mkdirSync(file);
  expect(readKeptTime(file)).toEqual({ kind: 'damaged' });
});
