import { describe, expect, test } from 'vitest';
import { readLines } from '../../../../workers/codecs/lines.ts';

/** The lines of each chunk as text; null for one that was too long. */
async function linesOf(chunks: readonly string[], max = 5): Promise<(string | null)[][]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const all: (string | null)[][] = [];
  for await (const lines of readLines(source(), max)) {
    all.push(lines.map((line) => (line === null ? null : Buffer.from(line).toString())));
  }
  return all;
}

describe('lines', () => {
  test.each<[string, string[], (string | null)[][]]>([
    ['nothing', [], []],
    ['an empty chunk', [''], []],
    ['one without an end', ['ab'], [['ab']]],
    ['one with an end', ['ab\n'], [['ab']]],
    ['an empty one between two', ['a\n\nb\n'], [['a', '', 'b']]],
    ['only an end', ['\n'], [['']]],
    ['one over three chunks', ['a', 'b', 'c\nd'], [['abc'], ['d']]],
    ['an end on its own', ['ab', '\n', 'c'], [['ab'], ['c']]],
    ['as long as allowed', ['12345\n12345'], [['12345'], ['12345']]],
    ['longer than allowed', ['123456\nok\n'], [[null, 'ok']]],
    ['longer than allowed, in small chunks', ['123', '456', '789', '\nok'], [[null], ['ok']]],
    ['longer than allowed, without an end', ['ok\n123', '456'], [['ok'], [null]]],
  ])('%s', async (_name, chunks, expected) => {
    expect(await linesOf(chunks)).toEqual(expected);
  });
});
