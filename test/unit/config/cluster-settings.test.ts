import { expect, test } from 'vitest';
import { parseSettings } from '../../../config/settings.ts';

const named = (gateway_id: string, name: string) => ({
  ...{ gateway_id, data_dir: '/data', trust_file: '/trust.json' },
  cluster: { name, keys_file: '/keys' },
});

test('a cluster is not called like its gateway: a token for one would be one for the other', () => {
  expect(parseSettings(named('gw-1', 'city')).cluster?.name).toBe('city');
  expect(() => parseSettings(named('city', 'city'))).toThrow(/cluster\.name must differ from gateway_id/);
});
