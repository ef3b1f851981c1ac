/** What a clerk reads: each code has words in both languages, and an address that no phone reaches is said so. */
import { describe, expect, test } from 'vitest';
import { PHONE_CODES, type PhoneCode } from '../../../../config/phone-codes.ts';
import { reachWords, wordsOf } from '../../../../hotel/phone/words.ts';

test.each(Object.keys(PHONE_CODES) as PhoneCode[])('%s', (code) => {
  const { zh, en } = wordsOf('failed', code);
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).toMatch(/^[\x20-\x7e]+$/);
});

describe('the address in the code', () => {
  test.each([
    ['http://localhost:8990', /Phones cannot reach localhost: set hotel.public_url/],
    ['http://127.0.0.1:8990', /Phones cannot reach 127.0.0.1: set hotel.public_url/],
    ['http://[::1]:8990', /Phones cannot reach \[::1\]/],
    ['http://desk.hotel.test', /HTTPS/],
  ])('%s is said to be of no use', (origin, words) => {
    expect(reachWords(origin)?.en).toMatch(words);
  });

  test('one with TLS is good', () => {
    expect(reachWords('https://desk.hotel.test')).toBeNull();
  });
});
