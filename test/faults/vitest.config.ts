/** `npm run test:faults`: one fault after the other, none tried twice. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/*.faults.ts'],
    pool: 'forks',
    globalSetup: './test/stripped/strip.rig.ts',
    // Each takes the whole machine.
    fileParallelism: false,
    retry: 0,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: ['dot'],
    // What the run says of itself goes to the terminal as it is.
    disableConsoleIntercept: true,
  },
});
