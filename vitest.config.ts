import { defineConfig } from 'vitest/config';

/** Files below test/unit whose subject is a process, most of them a command. */
const OF_PROCESSES = '*-command|commands|*-processes|settings-sources|journal-walk';
const UNITS = ['test/*.test.ts', 'test/vectors/**/*.test.ts', `test/unit/**/!(${OF_PROCESSES}).test.ts`];
/** `one-owner` is about second processes. */
const COMPOSED = ['test/composed/**/!(one-owner).test.ts', 'test/hostile/*.test.ts'];
/** They replace modules for all that is loaded after them, or count what the engine keeps in this process. */
const ALONE = [
  'test/unit/gateway/knowledge/trust/kept.test.ts',
  'test/unit/workers/engine/*.test.ts',
  'test/unit/workers/slow-checks.test.ts',
  'test/unit/workers/families/mdoc-proofs.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    // Processes under test are real; two cores are shared with them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: './test/stripped/strip.rig.ts',
    reporters: ['default', './test/second-tries.rig.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: UNITS,
          exclude: ALONE,
          // One process loads the sources once for many files.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'composed',
          include: [...COMPOSED, ...ALONE],
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          // Whatever is neither: no file is of no project.
          include: ['test/**/*.test.ts'],
          exclude: [...UNITS, ...COMPOSED],
          // They share two cores with all others: one that fails is tried once more, and the report names it. What is
          // wrong fails twice.
          retry: 1,
        },
      },
    ],
  },
});
