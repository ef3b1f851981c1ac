/** What CI says of tests that were tried again. */
import { expect, test } from 'vitest';
import { secondTries } from './second-tries.rig.ts';

const tried = (fullName: string, retryCount: number, state: string) => ({
  fullName,
  module: { relativeModuleId: 'test/system/some.test.ts' },
  diagnostic: () => ({ retryCount }),
  result: () => ({ state }),
});
const modulesOf = (...tests: readonly object[]) => [{ children: { allTests: () => tests } }] as never;

test('second tries are counted and named, with what became of them', () => {
  expect(secondTries(modulesOf(tried('at once', 0, 'passed')))).toEqual(['second tries: 0']);
  const two = [tried('once more', 1, 'passed'), tried('never', 1, 'failed'), tried('at once', 0, 'passed')];
  expect(secondTries(modulesOf(...two))).toEqual([
    'second tries: 2',
    '  test/system/some.test.ts > once more (passed)',
    '  test/system/some.test.ts > never (failed)',
  ]);
});
