/** `npm run test:package`: what is packed installs and works, in a project of its own. Two minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/package/*.package.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
});
