#!/usr/bin/env node
// Starts the command line on the Node the project pins, whichever Node found this file first.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('./main.ts', import.meta.url);
// As many threads for V8's own work as the cores are good for: it takes four whatever the machine, and where there are
// two cores they stand in the way of taps whenever memory is cleared up.
const FLAGS = ['--v8-pool-size=0'];
const pinned = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));

if (process.versions.node.startsWith('22.')) {
  await import(main.href);
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [...FLAGS, fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // A terminal signals both; whoever else signals only this process means the command.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
  });
} else {
  console.error(
    `onecard needs Node 22 and runs on ${process.version}. Run "npm ci" first: it brings Node 22 along.`,
  );
  process.exitCode = 2;
}
