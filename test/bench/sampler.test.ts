import { expect, test } from 'vitest';
import { ownMemoryMiB } from '../../bench/drive/sampler.ts';

test('memory is what a process holds itself, not the files it maps', () => {
  const status =
    'Name:\tnode\nVmRSS:\t 1126400 kB\nRssAnon:\t  204800 kB\nRssFile:\t  819200 kB\nRssShmem:\t  102400 kB\n';
  expect(ownMemoryMiB(status)).toBe(300);
  expect(ownMemoryMiB('Name:\tnode\n')).toBeNull();
});
