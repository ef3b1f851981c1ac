import { expect, test } from 'vitest';
import { serverFault } from '../../../../../gateway/cluster/store/server-fault.ts';

const info = (...lines: readonly string[]) => ['# Server', ...lines].join('\r\n');

test.each(['7.0.0', '7.2.4', '8.1.3', '10.0.0'])('version %s is taken', (version) => {
  expect(serverFault(info(`redis_version:${version}`, 'maxmemory_policy:noeviction'), false, 'here')).toBe(
    null,
  );
  expect(serverFault(info(`redis_version:${version}`, 'cluster_enabled:1'), true, 'here')).toBe(null);
});

test.each([
  ['an older version', info('redis_version:6.2.14'), false, /6\.2\.14: 7\.0 or newer is needed/],
  ['no version', info('something:7.0'), false, /does not say its version/],
  ['a version that is none', info('redis_version:new'), false, /does not say its version/],
  ['part of a cluster', info('redis_version:7.2.4', 'cluster_enabled:1'), false, /name two of its servers/],
  ['part of none', info('redis_version:7.2.4', 'cluster_enabled:0'), true, /not part of a Redis Cluster/],
])('%s is refused with a sentence', (_what, said, asCluster, sentence) => {
  const fault = serverFault(said, asCluster, 'store:6379');
  expect(fault?.isFatal).toBe(true);
  expect(fault?.sentence).toMatch(sentence);
  expect(fault?.sentence).toContain('store:6379');
});

test('one that forgets when it is full is warned of', () => {
  const fault = serverFault(info('redis_version:7.2.4', 'maxmemory_policy:allkeys-lru'), false, 'here');
  expect(fault).toMatchObject({ isFatal: false });
  expect(fault?.sentence).toMatch(/maxmemory-policy allkeys-lru/);
});
