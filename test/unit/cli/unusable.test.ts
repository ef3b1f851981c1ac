import { expect, test } from 'vitest';
import { saidBy } from '../../../cli/unusable.ts';

test('a failure is always said: also where Node has put the reasons one level down, or gives a code alone', () => {
  expect(saidBy(new Error('no'))).toBe('no');
  const tried = [new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')];
  expect(saidBy(new AggregateError(tried))).toBe(
    'connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1',
  );
  expect(saidBy(new Error('', { cause: new Error('why') }))).toBe('why');
  expect(saidBy(Object.assign(new Error(''), { syscall: 'connect', code: 'ECONNREFUSED' }))).toBe(
    'connect ECONNREFUSED',
  );
  expect(saidBy(new RangeError(''))).toBe('RangeError');
});
