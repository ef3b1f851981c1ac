#!/usr/bin/env node
// Starts the command line on the Node the project pins, whichever Node found this file first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));

if (process.versions.node.startsWith('22.')) {
  await import(main);
} else if (existsSync(pinned)) {
  const run = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} else {
  console.error(
    `onecard needs Node 22 and runs on ${process.version}. Run "npm ci" first: it brings Node 22 along.`,
  );
  process.exitCode = 2;
}
