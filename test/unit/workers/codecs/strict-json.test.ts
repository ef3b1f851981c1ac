import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../../workers/codecs/strict-json.ts';

const limits = { depth: 4, entries: 8 };
const code = (text: string) => {
  const result = parseStrictJson(text, limits);
  return result.ok ? 'ok' : result.code;
};

describe('strict JSON', () => {
  it.each([
    ['', 'request.truncated'],
    ['   \n', 'request.truncated'],
    ['{"a":1', 'request.truncated'],
    ['{"a', 'request.truncated'],
    ['{"a\\"', 'request.truncated'],
    ['[[1],', 'request.truncated'],
    ['{"a":1}}', 'request.trailing'],
    ['{"a":1} {"a":1}', 'request.trailing'],
    ['[1] x', 'request.trailing'],
    [']', 'request.malformed'],
    ['{"a":1]', 'request.malformed'],
    ['{a:1}', 'request.malformed'],
    ["{'a':1}", 'request.malformed'],
    ['[1,]', 'request.malformed'],
    ['[01]', 'request.malformed'],
    ['tru', 'request.malformed'],
    ['NaN', 'request.malformed'],
    ['["\\u00zz"]', 'request.malformed'],
    ['{"\\u00zz":1}', 'request.malformed'],
    ['/* c */ {}', 'request.malformed'],
    ['{"__proto__":{}}', 'request.malformed'],
    ['{"\\u005f_proto__":{}}', 'request.malformed'],
    ['{"a":1,"a":1}', 'request.duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'request.duplicate_key'],
    ['{"x":{"b":1,"c":[],"b":2}}', 'request.duplicate_key'],
    ['[[[[[1]]]]]', 'request.too_deep'],
    ['[1,2,3,4,5,6,7,8,9]', 'request.too_many_items'],
    ['{"a":[{"b":[1,2,3,4,5,6,7,8,9]}]}', 'request.too_many_items'],
  ])('refuses %j with %s', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it.each([
    '1',
    'null',
    '"a\\\\"',
    '{"a":"x\\\\\\"y","b":{"a":[1,2.5e3,true,null,"]}"]}}',
    '[1,2,3,4,5,6,7,8]',
    '[[[[1]]]]',
    '[{"a":1},{"a":1}]',
    ' { "a" : "b,c" , "b" : ":" } ',
    '{"a":"b","b":"a"}',
  ])('reads %j as JSON.parse does', (text) => {
    expect(parseStrictJson(text, limits)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it('answers a million open brackets at once', () => {
    expect(code('['.repeat(1_000_000))).toBe('request.too_deep');
    expect(code('{"a":'.repeat(1_000_000))).toBe('request.too_deep');
    const deep = { depth: 2_000_000, entries: 8 };
    expect(parseStrictJson('['.repeat(1_000_000), deep)).toEqual({ ok: false, code: 'request.truncated' });
  });

  it('takes every JSON value within limits, and never throws on a damaged one', () => {
    const wide = { depth: 100, entries: 10_000 };
    const withoutProto = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(withoutProto, (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text, wide)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
      { seed: 1, numRuns: 300 },
    );
    fc.assert(
      fc.property(withoutProto, fc.nat(), fc.string({ maxLength: 2 }), (value, position, damage) => {
        const text = JSON.stringify(value);
        const at = position % (text.length + 1);
        const damaged = text.slice(0, at) + damage + text.slice(at + 1);
        const result = parseStrictJson(damaged, wide);
        if (result.ok) expect(result.value).toEqual(JSON.parse(damaged));
        else expect(result.code).toMatch(/^request\./);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
