/** `npm run test:cluster`: many gateways on real servers of messages and of what is used up. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/*.cluster.ts'],
    pool: 'forks',
    globalSetup: './test/stripped/strip.rig.ts',
    // Half of their time they wait: for a link to be noticed as cut, a code to be past, a server to come back.
    maxWorkers: 2,
    // As other tests of processes: what is wrong fails twice.
    retry: 1,
    reporters: ['default', './test/second-tries.rig.ts'],
    testTimeout: process.env['ONECARD_FULL'] === '1' ? 600_000 : 180_000,
    hookTimeout: 120_000,
  },
});
