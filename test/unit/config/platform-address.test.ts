/** A platform over plain HTTP: on this machine, or by a setting whose name says what it costs. */
import { describe, expect, test } from 'vitest';
import { isLoopbackHost } from '../../../config/loopback.ts';
import { parseSettings, SettingsError } from '../../../config/settings.ts';

function settingsWith(url: string, more: object = {}) {
  const platform = { url, root_file: 'root.json', token_file: 'token', ...more };
  return parseSettings({ gateway_id: 'gw-1', platform });
}

describe('the address of the platform', () => {
  test.each([
    'https://platform.example',
    'http://127.0.0.1:8791',
    'http://127.8.9.10',
    'http://[::1]:8791',
    'http://localhost:8791',
  ])('%s is taken', (url) => {
    expect(settingsWith(url).platform?.url).toBe(url);
  });

  test.each([
    'http://platform.example',
    'http://10.0.0.1:8791',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://[::2]',
    'http://platform.example#@127.0.0.1',
    'http://',
  ])('%s is refused, and the remedy is said', (url) => {
    expect(() => settingsWith(url)).toThrow(SettingsError);
    expect(() => settingsWith(url)).toThrow('use https://, or set platform.expose_token_and_journal');
  });

  test('is taken in the clear by a setting whose name says what that costs', () => {
    const url = 'http://platform.example';
    const over = { expose_token_and_journal_by_plain_http: true };
    expect(settingsWith(url, over).platform?.url).toBe(url);
  });
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['gateway.localhost.example', false],
])('%s is this machine: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
