/** `npm run test:image`: the image is built and run, on Linux, by root. It takes as long as a build: minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/image/*.image.ts'], testTimeout: 300_000, hookTimeout: 1_500_000 },
});
