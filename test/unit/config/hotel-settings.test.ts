/** Settings of the hotel desk that would send passwords in the clear. */
import { expect, test } from 'vitest';
import { parseSettings } from '../../../config/settings.ts';

const parsed = (publicUrl: string) =>
  parseSettings({
    ...{ gateway_id: 'gw-1', data_dir: '/data', trust_file: '/trust.json' },
    hotel: { hotel_id: 'harbour', key_file: '/key', public_url: publicUrl },
  });

test('browsers reach the desk over TLS, or on this machine', () => {
  for (const url of ['https://desk.hotel.example', 'http://localhost:8990', 'http://127.0.0.1:8990']) {
    expect(parsed(url).hotel?.public_url).toBe(url);
  }
  expect(() => parsed('http://desk.hotel.example')).toThrow(/hotel\.public_url: passwords would travel/);
});
