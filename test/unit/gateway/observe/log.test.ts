/** A log is JSON with the level as a word, and at a terminal a line to read. */
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createLog, readable } from '../../../../gateway/observe/log.ts';

test('JSON: level as a word, name of the gateway, and no token', () => {
  const lines: string[] = [];
  const log = createLog('info', 'gw-1', { write: (line) => void lines.push(line) });
  log.warn({ token: 'a-secret', records: 3 }, 'records wait');
  log.debug('not told');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: 'warn', gateway: 'gw-1', records: 3, msg: 'records wait' }),
  ]);
  expect(lines.join()).not.toContain('a-secret');
});

test('at a terminal: time, level, message and what belongs to it, on one line', () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(line: Buffer, _, done) {
      lines.push(line.toString());
      done();
    },
  });
  const to = readable({ colorize: false, destination });
  createLog('info', 'gw-1', to).error({ records: 3 }, 'records wait');
  const [line = '', ...more] = lines;
  expect(stripVTControlCharacters(line)).toMatch(
    /^\[\d\d:\d\d:\d\d\.\d{3}\] ERROR: records wait \{"records":3\}\n$/,
  );
  expect(more).toEqual([]);
});
