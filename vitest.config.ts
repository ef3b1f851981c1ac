import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes under test are real; two cores are shared with them.
    pool: 'forks',
    maxWorkers: 2,
    // Many tests are of real processes that share two cores with all others: one that fails is tried once more, and the
    // report names it. What is wrong fails twice.
    retry: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
