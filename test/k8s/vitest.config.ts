/** `npm run test:k8s`: the manifests on the real control plane, on Linux, by root, after `.ci/k8s-tools`. Minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/k8s/*.k8s.ts'],
    // Each has a control plane of its own, and gateways beside it: two cores are enough for one.
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 180_000,
  },
});
