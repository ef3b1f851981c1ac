#!/usr/bin/env node
// Starts the command line on a Node that the gateway runs on, whichever Node found this file first, and with its flags.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { isUsableNode } from './usable-node.js';

// In a clone the sources run as they are; the package has them compiled.
const source = new URL('./main.ts', import.meta.url);
const main = existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url);
// The flags of V8 that the gateway runs with:
// --v8-pool-size=0: as few worker threads of V8's own as it makes: one, which compiles. On two cores they take time from taps during
// each collection.
// --single-threaded-gc: each thread collects its own garbage. Taps die young, and a scavenge is faster without helpers.
// --initial-old-space-size=64 (MB) and --heap-growing-percent=150: the old generation may grow to 64 MB, then to 2.5 times what
// lived, before a mark-sweep. By V8's own bounds there is one every three seconds under full load (in the thread of the link:
// two per second), and each takes a tenth of a second of a core. What is large and lives, proven cards, is not in the heap.
const flags = beside('node-flags.json');
// And its environment, where whoever starts it says nothing else:
// MALLOC_ARENA_MAX=2: glibc's malloc gives each thread an arena, and what one frees in its own serves no other. With two, what the
// start leaves free is used up by what comes after it.
const environment = beside('node-environment.json');
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const newer = '@btc-vision/uwebsockets.js';
const isUsable = isUsableNode({
  node: process.versions.node,
  platform: process.platform,
  glibc: () => process.report.getReport().header.glibcVersionRuntime ?? null,
  hasNewerLibrary: () =>
    createRequire(import.meta.url)
      .resolve.paths(newer)
      .some((folder) => existsSync(join(folder, newer))),
});

// SIGHUP asks a gateway to read its files again, and ends it at no time: until it listens for the signal itself, it has no
// effect, or, where a launcher is between, waits there.
const isServe = process.argv[2] === 'serve';
if (isServe) {
  process.on('SIGHUP', () => {});
  process.send?.('hears SIGHUP');
}

if (isUsable && flags.every((flag) => process.execArgv.includes(flag))) {
  await import(main.href);
} else if (isUsable || existsSync(pinned)) {
  run(isUsable ? process.execPath : pinned);
} else {
  console.error(
    `onecard needs Node 22 and runs on ${process.version}. In a clone "npm ci" brings it along; else start it with Node 22, or with Node 24 after "npm install ${newer}@20.57.0" (glibc 2.38 or newer).`,
  );
  process.exitCode = 2;
}

/** Runs the command in a process of its own, which ends when this one does, however that ends. */
function run(node) {
  const child = spawn(node, [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    env: { ...environment, ...process.env },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // At a terminal Ctrl-C reaches both, and a second one would stop a gateway at once. Elsewhere whoever signals this
  // process means the command.
  const atTerminal = [0, 1, 2].some(isatty);
  process.on('SIGINT', () => {
    if (!atTerminal) child.kill('SIGINT');
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  let hears = !isServe;
  let hungUp = false;
  process.on('SIGHUP', () => {
    if (hears) child.kill('SIGHUP');
    else hungUp = true;
  });
  child.once('message', () => {
    hears = true;
    if (hungUp) child.kill('SIGHUP');
  });
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? 128 + constants.signals[signal];
    if (signal !== null) explainDeath(signal);
  });
  child.on('error', (error) => {
    console.error(`onecard: ${node} cannot be started: ${error.message}`);
    process.exitCode = 2;
  });
}

/** A process that a signal ended cannot say so itself. One that was asked to end needs no explanation. */
function explainDeath(signal) {
  const { signals } = beside('exit-statuses.json');
  const { asked = false, meaning = 'the system ended it' } =
    signals.find((known) => known.signal === signal) ?? {};
  if (asked) return;
  const number = constants.signals[signal];
  console.error(`onecard: ended by ${signal} (signal ${number}, exit status ${128 + number}): ${meaning}.`);
}

function beside(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}
