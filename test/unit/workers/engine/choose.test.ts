/** Which engine is taken, which are passed over and why, and what a name that cannot run answers. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enginePackageName, usableAddon } from '../../../../native/index.ts';
import {
  type Candidate,
  chooseAmong,
  EngineError,
  listCandidates,
} from '../../../../workers/engine/choose.ts';
import type { SignatureEngine } from '../../../../workers/engine/job.ts';
import { byName, engines, nativeAddon, nativeEngines, portableEngine } from './back-ends.rig.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../../..');
const UNAVAILABLE = { addon: null, reason: 'there is none' } as const;
const here = () =>
  listCandidates(nativeAddon ? { addon: nativeAddon, reason: null, origin: 'here' } : UNAVAILABLE);

const candidate = (name: string, change: Partial<SignatureEngine> = {}): Candidate => ({
  name,
  start: () => ({ ...portableEngine, ...change, name }),
});
const failing = (name: string, message: string): Candidate => ({
  name,
  start: () => {
    throw new Error(message);
  },
});
const everything = (verdict: 0 | 1) => (jobs: readonly unknown[]) =>
  new Uint8Array(jobs.length).fill(verdict);

describe('what this machine has', () => {
  test('auto takes the fastest', () => {
    const { engine, forced, considered } = chooseAmong(here(), 'auto');
    expect([engine.name, forced]).toEqual([engines[0]?.name, false]);
    expect(considered.at(-1)).toEqual({ name: engine.name, whyNot: null });
  });

  test.each(byName())('%s can be forced', (name) => {
    const { engine, forced, considered } = chooseAmong(here(), name);
    expect([engine.name, forced]).toEqual([name, true]);
    expect(considered.filter(({ whyNot }) => whyNot === null)).toEqual([{ name, whyNot: null }]);
    for (const { whyNot } of considered.slice(0, -1)) expect(whyNot).toBe(`ONECARD_ENGINE asks for ${name}`);
    const selected = nativeAddon?.backends().find((backend) => backend.selected)?.name;
    if (nativeEngines.some((each) => each.name === name)) expect(selected).toBe(name);
  });

  test('another name is refused with those there are', () => {
    const names = ['ifma8', 'avx2', 'scalar', 'portable'].join(', ');
    for (const name of ['avx', 'IFMA8', ' scalar']) {
      const message = `ONECARD_ENGINE is ${name}; there are auto, ${names}`;
      expect(() => chooseAmong(here(), name)).toThrow(new EngineError(message));
    }
  });

  test.skipIf(nativeAddon === null)('every back-end passes the self-test of the addon', () => {
    for (const { name } of nativeEngines) expect(nativeAddon?.selfTest(name)).toBeNull();
  });
});

describe('an engine that cannot be trusted', () => {
  const cases = [
    [
      'takes everything',
      candidate('first', { verify: everything(1) }),
      'signature engine first failed its self-test and is not used',
    ],
    [
      'takes nothing',
      candidate('first', { verify: everything(0) }),
      'signature engine first failed its self-test and is not used',
    ],
    [
      'throws',
      candidate('first', {
        verify: () => {
          throw new Error('out of order');
        },
      }),
      'out of order',
    ],
    ['cannot start', failing('first', 'no such instructions'), 'no such instructions'],
  ] as const;

  test.each(cases)('%s: is passed over with the reason, the next runs', (_, first, whyNot) => {
    const { engine, considered } = chooseAmong([first, candidate('second'), candidate('third')], 'auto');
    expect(engine.name).toBe('second');
    expect(considered).toEqual([
      { name: 'first', whyNot },
      { name: 'second', whyNot: null },
    ]);
  });

  test.each(cases)('%s: is refused when it is forced', (_, first, whyNot) => {
    const message = `the first engine cannot run: ${whyNot}`;
    expect(() => chooseAmong([first, candidate('second')], 'first')).toThrow(new EngineError(message));
  });

  test('none that can run', () => {
    const all = [failing('first', 'no'), candidate('second', { verify: everything(1) })];
    expect(() => chooseAmong(all, 'auto')).toThrow(
      /^no signature engine can run: no; signature engine second/,
    );
  });
});

describe('without the addon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-addon-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The reason that `native/index.ts` gives beside this file, or none. */
  async function reasonBeside(addonFile: string | null): Promise<string> {
    copyFileSync(join(root, 'native/index.ts'), join(folder, 'index.ts'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    if (addonFile !== null) writeFileSync(join(folder, 'onecard-engine.node'), addonFile);
    const print = `import { loadAddon } from './index.ts'; process.stdout.write(String(loadAddon().reason))`;
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', print];
    return (await run(process.execPath, args, { cwd: folder })).stdout;
  }

  test('the JavaScript engine runs, and the reason is told for each back-end', () => {
    const { engine, considered } = chooseAmong(listCandidates(UNAVAILABLE), 'auto');
    expect(engine.name).toBe('portable');
    expect(considered).toEqual([
      { name: 'ifma8', whyNot: 'there is none' },
      { name: 'avx2', whyNot: 'there is none' },
      { name: 'scalar', whyNot: 'there is none' },
      { name: 'portable', whyNot: null },
    ]);
    const message = 'the scalar engine cannot run: there is none';
    expect(() => chooseAmong(listCandidates(UNAVAILABLE), 'scalar')).toThrow(new EngineError(message));
  });

  test('a file that was not built is told apart from one that cannot be loaded', async () => {
    const notBuilt = `the native addon was not built (npm run native builds it in a clone; needs cargo), and ${enginePackageName()} is not installed`;
    expect(await reasonBeside(null)).toBe(notBuilt);
    const damaged = await reasonBeside('this is no library');
    expect(damaged).toContain('onecard-engine.node');
    expect(damaged).not.toContain('was not built');
  });
});

describe.skipIf(nativeAddon === null)('installed as a package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-installed-'));
  const pack = join(folder, 'node_modules', enginePackageName());
  const built = join(folder, 'native/onecard-engine.node');
  const addon = join(root, 'native/onecard-engine.node');
  beforeAll(() => {
    for (const each of [pack, join(folder, 'native')]) mkdirSync(each, { recursive: true });
    copyFileSync(join(root, 'native/index.ts'), join(folder, 'native/index.ts'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module","version":"1.2.3"}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What `native/index.ts` loads there, with the package as it is given. */
  async function loaded(manifest: string, packed: string | null, isBuilt: boolean) {
    writeFileSync(join(pack, 'package.json'), manifest);
    if (packed === null) copyFileSync(addon, join(pack, 'onecard-engine.node'));
    else writeFileSync(join(pack, 'onecard-engine.node'), packed);
    if (isBuilt) copyFileSync(addon, built);
    else rmSync(built, { force: true });
    const print = `import { loadAddon } from './native/index.ts'; const { reason, origin } = loadAddon();
      process.stdout.write(JSON.stringify({ reason, origin }))`;
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', print];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    return JSON.parse(stdout) as { readonly reason: string | null; readonly origin?: string };
  }
  const manifest = (version: string) => JSON.stringify({ version, main: 'onecard-engine.node' });

  test('the package of the platform goes before what was built here', async () => {
    expect(await loaded(manifest('1.2.3'), null, true)).toEqual({
      reason: null,
      origin: enginePackageName(),
    });
  });

  test.each([
    ['of another version', manifest('1.2.4'), null, 'is of version 1.2.4, and this gateway of 1.2.3'],
    ['that cannot be loaded here', manifest('1.2.3'), 'this is no library', 'onecard-engine.node'],
  ])(
    'a package %s gives way to what was built here, and without that the reason is said',
    async (_, its, packed, why) => {
      expect(await loaded(its, packed, true)).toEqual({ reason: null, origin: 'built here by cargo' });
      const { reason, origin } = await loaded(its, packed, false);
      expect(reason).toContain(why);
      expect(origin).toBeUndefined();
    },
  );
});

describe('onecard engine', () => {
  const onecard = (engine: string | undefined, ...args: string[]) =>
    run(process.execPath, [join(root, 'cli/main.ts'), 'engine', ...args], {
      env: { ...process.env, ONECARD_ENGINE: engine },
    });

  test('shows what runs, for people and as JSON', async () => {
    const { stdout } = await onecard(undefined, '--json');
    const shown = JSON.parse(stdout);
    const from = engines[0]?.name === 'portable' ? 'JavaScript, which is far slower' : 'built here by cargo';
    expect(shown).toEqual({ engine: engines[0]?.name, from, forced: false, considered: expect.any(Array) });
    expect((await onecard('portable')).stdout).toBe(
      'portable (ONECARD_ENGINE asks for it)\n' +
        '  ifma8      ONECARD_ENGINE asks for portable\n' +
        '  avx2       ONECARD_ENGINE asks for portable\n' +
        '  scalar     ONECARD_ENGINE asks for portable\n' +
        '  portable   runs: JavaScript, which is far slower\n',
    );
  });

  test('a name there is not: status 2 and one line', async () => {
    const failed = await onecard('fastest').catch((error: unknown) => error);
    const stderr =
      'onecard engine: ONECARD_ENGINE is fastest; there are auto, ifma8, avx2, scalar, portable\n';
    expect(failed).toMatchObject({ code: 2, stdout: '', stderr });
  });
});

test('an addon built from older sources is not used, and it is said how to build it anew', () => {
  const older = usableAddon({ decompress: () => true });
  expect(older).toMatchObject({ addon: null, reason: expect.stringContaining('npm run native') });
  expect(listCandidates(older).map(({ name }) => name)).toEqual(['ifma8', 'avx2', 'scalar', 'portable']);
  expect(chooseAmong(listCandidates(older), 'auto').engine.name).toBe('portable');
});
