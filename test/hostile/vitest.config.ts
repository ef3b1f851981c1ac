/** `npm run test:hostile`: one attack after the other, each beside an honest gate, none tried twice. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Those that need no machine of their own are tests of `npm test`.
    include: ['test/hostile/*.hostile.ts'],
    pool: 'forks',
    globalSetup: './test/stripped/strip.rig.ts',
    // Each takes the whole machine.
    fileParallelism: false,
    retry: 0,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
