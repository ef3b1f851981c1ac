/** `--fail-on`: what is taken, what is refused, and what is said then. */
import { describe, expect, test } from 'vitest';
import { failOnText, NONE, objectiveOf, parseFailOn } from '../../bench/objective.ts';
import { OptionsError } from '../../bench/options.ts';

describe('--fail-on', () => {
  test('takes latencies in ms, taps by number or part, and any', () => {
    const given = 'p99=10, p99.9=25ms,refused=0.1%,lost=3,wrong=0,unanswered=any,capacity=20000,memory=768';
    const parsed = parseFailOn(given);
    expect(parsed).toEqual({
      p99: { value: 10, unit: 'ms' },
      'p99.9': { value: 25, unit: 'ms' },
      refused: { value: 0.1, unit: 'percent' },
      lost: { value: 3, unit: 'taps' },
      wrong: { value: 0, unit: 'taps' },
      unanswered: { value: 0, unit: 'any' },
      capacity: { value: 20_000, unit: 'taps/s' },
      memory: { value: 768, unit: 'MiB' },
    });
    expect(parseFailOn(failOnText(parsed))).toEqual(parsed);
  });

  test.each([
    ['', 'NAME=LIMIT'],
    ['p99', 'NAME=LIMIT'],
    ['p99=10=3', 'NAME=LIMIT'],
    ['p99=10,', 'NAME=LIMIT'],
    ['p99,9=10', 'NAME=LIMIT'],
    ['p999=10', 'did you mean p99'],
    ['refusd=0', 'did you mean refused?'],
    ['p99=10,p99=20', 'twice'],
    ['p99=', 'no limit'],
    ['p99=-1', 'no limit'],
    ['p99=1e3', 'no limit'],
    ['p99=Infinity', 'no limit'],
    ['p99=10s', 'no limit'],
    ['p99=1%', 'in ms'],
    ['wrong=1ms', 'number of taps'],
    ['wrong=0.5', 'whole'],
    ['refused=101%', '100 %'],
    ['capacity=1%', 'taps a second'],
    ['memory=1%', 'in MiB'],
    ['__proto__=1', 'there is no'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseFailOn(text)).toThrow(OptionsError);
    expect(() => parseFailOn(text)).toThrow(why);
  });

  test('replaces single limits of the profile, and none that it does not judge', () => {
    const asked = { refused: NONE, wrong: NONE };
    const refused = { value: 1, unit: 'percent' } as const;
    expect(objectiveOf('gates', asked, ['refused', 'wrong'], { refused })).toEqual({ refused, wrong: NONE });
    expect(() => objectiveOf('flood', { wrong: NONE }, ['wrong'], { refused })).toThrow(
      'bench flood does not judge refused, but wrong',
    );
  });
});
