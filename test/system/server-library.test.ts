/** The server library is built code of somebody else's: what runs is, byte for byte, what was pinned, or nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCity } from '../../platform/city.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Large, and nothing that a gateway reads. */
const LEFT_OUT = ['node_modules', 'native', 'test', 'dist', 'docs', 'deploy', 'bench'];
const LIBRARY = 'uWebSockets.js';
const FILE = `dist/bin/uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

/** The sources, as a copy; every package as it is installed, by a link, but the server library, which is a copy too. */
let tree: string;
let library: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'onecard-library-'));
  for (const name of readdirSync(ROOT)) {
    if (name.startsWith('.') || LEFT_OUT.includes(name)) continue;
    cpSync(join(ROOT, name), join(tree, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'native'), join(tree, 'native'));
  mkdirSync(join(tree, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name === LIBRARY) continue;
    symlinkSync(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name));
  }
  library = join(tree, 'node_modules', LIBRARY, FILE);
  writeFileSync(
    join(tree, 'trust.json'),
    JSON.stringify(createCity({ seed: 'library', cards: 4 }).trustDocument()),
  );
  const settings = { gateway_id: 'gw-1', data_dir: 'data', listen: { port: 0 }, trust_file: 'trust.json' };
  writeFileSync(join(tree, 'gateway.json'), JSON.stringify(settings));
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** Runs a command of the copied tree with its library laid anew and changed by `change`; stops it once it listens. */
async function run(command: readonly string[], change: (file: string) => void) {
  rmSync(join(tree, 'node_modules', LIBRARY), { recursive: true, force: true });
  cpSync(join(ROOT, 'node_modules', LIBRARY), join(tree, 'node_modules', LIBRARY), { recursive: true });
  change(library);
  const child = spawn(process.execPath, [join(tree, 'cli/main.ts'), ...command], { cwd: tree });
  let [stdout, stderr] = ['', ''];
  let isStopped = false;
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (isStopped || !stdout.includes('"listening"')) return;
    isStopped = child.kill('SIGTERM');
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}

const SERVE = ['serve', '--config', 'gateway.json'];

function flipLastByte(file: string) {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

test('as it is installed it is loaded, and the log says which it is', async () => {
  const { status, stdout, stderr } = await run(SERVE, () => {});
  expect(stderr).toBe('');
  expect(stdout).toMatch(/"server_library":"uws-pack \d+\.\d+\.\d+".*"msg":"listening"/);
  expect(status).toBe(0);
});

describe('is refused at the start, in one line, with status 2 and what to do', () => {
  const CHANGED =
    /^onecard serve: the server library .*\.node is not the build of uws-pack .*: it was changed or replaced, and is not loaded\. Find out by whom, then remove node_modules and run npm ci$/;

  test.each<[string, (file: string) => void, RegExp]>([
    ['one changed byte', flipLastByte, CHANGED],
    ['a library that is cut short', (file) => truncateSync(file, 100_000), CHANGED],
    ['another build of the same package', otherBuild, CHANGED],
    [
      'a library that is gone',
      (file) => rmSync(file),
      /^onecard serve: the server library cannot be read: ENOENT.*: run npm ci$/,
    ],
    [
      'a package that is gone',
      () => rmSync(join(tree, 'node_modules', LIBRARY), { recursive: true }),
      /^onecard serve: the server library is not installed, or not for this system: run npm ci/,
    ],
  ])('%s', async (_what, change, says) => {
    for (const command of [SERVE, [...SERVE, '--check']]) {
      const { status, stderr } = await run(command, change);
      expect(stderr.trimEnd()).toMatch(says);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(status).toBe(2);
    }
  });

  test('of the demonstration too', async () => {
    const { status, stderr } = await run(
      ['demo', '--port', '0', '--seconds', '1', '--cards', '8'],
      flipLastByte,
    );
    expect(stderr).toMatch(/^onecard demo: the server library .* is not loaded\./);
    expect(status).toBe(2);
  });

  test('and commands that serve nobody do without it', async () => {
    const { status, stderr } = await run(['scenes'], flipLastByte);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

/** Of another version of Node, which would not even load. */
function otherBuild(file: string) {
  const folder = join(file, '..');
  const another = readdirSync(folder).find((name) => !file.endsWith(name)) ?? '';
  cpSync(join(folder, another), file);
}
