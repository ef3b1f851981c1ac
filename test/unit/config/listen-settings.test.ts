/** What sharing a port asks for. */
import { expect, test } from 'vitest';
import { parseSettings } from '../../../config/settings.ts';

const settings = (over: object) => ({ gateway_id: 'gw-1', trust_file: '/trust.json', ...over });
const cluster = { name: 'city', keys_file: '/keys', store: { urls: ['redis://127.0.0.1:6379'] } };

test('a port is shared by gateways that share what is used up, and only where it has a number', () => {
  const shared = parseSettings(settings({ listen: { port: 8790, share_port: true }, cluster }));
  expect(shared.listen.share_port).toBe(true);
  expect(parseSettings(settings({})).listen.share_port).toBe(false);
  expect(() => parseSettings(settings({ listen: { port: 0, share_port: true }, cluster }))).toThrow(
    /listen\.share_port needs a listen\.port/,
  );
  const { store, ...alone } = cluster;
  for (const other of [{}, { cluster: alone }]) {
    expect(() => parseSettings(settings({ listen: { share_port: true }, ...other }))).toThrow(
      /listen\.share_port needs cluster\.store/,
    );
  }
});
