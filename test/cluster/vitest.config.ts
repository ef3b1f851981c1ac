/** `npm run test:cluster`: many gateways on real servers of messages and of what is used up, one after the other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/*.cluster.ts'],
    pool: 'forks',
    globalSetup: './test/stripped/strip.rig.ts',
    // Each has several processes and takes the whole machine.
    fileParallelism: false,
    retry: 0,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
