/**
 * Builds the native engine, after `npm ci` and by `npm run native`. Where it cannot be built the install still
 * succeeds, with one notice: the JavaScript engine runs then.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { declarations, TYPE_LINES_FILE } from './declarations.ts';
import { enginePackage, loadAddon, platformName } from './index.ts';
import { engineTarget } from './targets.ts';

/** In a clone the sources of the engine stand beside this file; in the package it is compiled, in another folder. */
const IS_CLONE = existsSync(new URL('./Cargo.toml', import.meta.url));
const FOLDER = fileURLToPath(new URL(IS_CLONE ? '.' : '../../native/', import.meta.url));
const ADDON_FILE = `${FOLDER}onecard-engine.node`;
const TYPES_FOLDER = `${FOLDER}target/types`;
const PACKAGE = 'onecard-engine-node';
const WITH_TYPES = process.argv.includes('--types');
/** Lines of the compiler's output that are shown when it fails. */
const SHOWN_LINES = 15;

const say = (text: string) => process.stderr.write(`onecard: ${text}\n`);
function withoutEngine(why: string): void {
  say(
    `${why}. Signatures will be verified by the JavaScript engine, which is far slower. See docs/engine.md.`,
  );
}

await install();

async function install(): Promise<void> {
  const pack = IS_CLONE ? null : enginePackage();
  if (pack !== null) {
    const { addon, reason } = loadAddon();
    // One that cannot be loaded here (an older C library) or is of another version: it is built, where it can be.
    say(reason ?? `the native signature engine is that of ${pack.name}`);
    if (addon !== null) return;
  }
  const library = engineTarget(platformName())?.library;
  if (!library) return withoutEngine(`there is no native engine for ${platformName()}`);
  if (spawnSync('cargo', ['--version']).status !== 0) {
    return withoutEngine('cargo was not found, so the native engine was not built');
  }
  const began = performance.now();
  say('building the native signature engine; this takes about a minute');
  // The lines of the declarations are written while the crate compiles: it has to, though nothing changed.
  if (WITH_TYPES) spawnSync('cargo', ['clean', '--release', '--package', PACKAGE], { cwd: FOLDER });
  const { status, output } = await build();
  if (status !== 0) {
    process.stderr.write(`${output.split('\n').slice(-SHOWN_LINES).join('\n')}\n`);
    return withoutEngine('the native engine could not be built');
  }
  const staged = `${FOLDER}onecard-engine.new.node`;
  copyFileSync(`${FOLDER}target/release/${library}`, staged);
  // A rename, so that a process that has the old one loaded keeps it whole.
  renameSync(staged, ADDON_FILE);
  // Half a gigabyte of what was only needed to build it, in the folder of somebody's project.
  if (!IS_CLONE) rmSync(`${FOLDER}target`, { recursive: true, force: true });
  if (WITH_TYPES) {
    writeFileSync(`${FOLDER}addon.d.ts`, declarations(readFileSync(TYPE_LINES_FILE, 'utf8')));
  }
  say(`native signature engine built in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
}

function build(): Promise<{ status: number | null; output: string }> {
  mkdirSync(TYPES_FOLDER, { recursive: true });
  const total = readFileSync(`${FOLDER}Cargo.lock`, 'utf8').split('[[package]]').length - 1;
  const child = spawn('cargo', ['build', '--release', '--locked', '--package', PACKAGE], {
    cwd: FOLDER,
    // napi-derive writes a line for every function it exports into this folder.
    env: { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: TYPES_FOLDER, CARGO_TERM_COLOR: 'never' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  let compiled = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    compiled += chunk.toString().split('Compiling ').length - 1;
    if (process.stderr.isTTY)
      process.stderr.write(`\ronecard: compiled ${compiled} crates of at most ${total} `);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: null, output: error.message }));
    child.on('close', (status) => {
      if (process.stderr.isTTY) process.stderr.write('\n');
      resolve({ status, output });
    });
  });
}
