/** The library that was installed does not write past its memory when the system refuses a write. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { builtLibraries } from '../../../../gateway/storage/lmdb-library.ts';
import { libraryState, REPAIRS, repairedLibrary } from '../../../../gateway/storage/lmdb-patch.ts';
import { startGateway } from '../../../system/gateway-under-test.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';

const PROCESS = join(import.meta.dirname, 'refused-writes-process.rig.ts');
const LIMIT_BYTES = 16 * 1_048_576;
/** Of `malloc(100)`. */
const MESSAGE_BYTES = 100;

const withFaults = () =>
  Buffer.from(`before\0${REPAIRS.map(({ fault }) => `${fault}\0`).join('between\0')}after\0`, 'latin1');

describe.skipIf(process.platform === 'win32')('the installed library', () => {
  test('every build of lmdb is repaired; `npm run repair` does it', () => {
    const states = builtLibraries().map((file) => [file, libraryState(readFileSync(file))]);
    expect(states.length).toBeGreaterThan(0);
    expect(states.filter(([, state]) => state !== 'repaired')).toEqual([]);
  });

  test('writes refused far past the first megabyte: the process lives, every one is rejected with its code', () => {
    const folder = temporaryFolder();
    // bash counts in units of 1,024 bytes.
    const script = `ulimit -f ${LIMIT_BYTES / 1_024}; exec "$0" "$@"`;
    const { status, signal, stdout, stderr } = spawnSync(
      'bash',
      ['-c', script, process.execPath, PROCESS, folder, '400'],
      { encoding: 'utf8' },
    );
    expect({ status, signal }, stderr.slice(-500)).toEqual({ status: 0, signal: null });
    const { kept, codes, bytes } = JSON.parse(stdout) as { kept: number; codes: number[]; bytes: number };
    expect(kept).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(bytes).toBeGreaterThan(LIMIT_BYTES / 2);
    // EFBIG; EIO for the one write that was cut short.
    expect(codes).toContain(27);
    expect(codes.filter((code) => code !== 5 && code !== 27)).toEqual([]);
  });
});

test.skipIf(process.platform === 'win32')(
  'a gateway whose library has the fault says so at start, with the remedy',
  async () => {
    const folder = join(temporaryFolder(), 'lmdb');
    const builds = join(folder, 'build', 'Release');
    mkdirSync(builds, { recursive: true });
    // As it was before it was repaired; lmdb's loader looks here first.
    const lmdb = createRequire(import.meta.url).resolve('lmdb');
    const loader = createRequire(lmdb)('node-gyp-build-optional-packages') as {
      path(folder: string): string;
    };
    const loaded = loader.path(join(dirname(lmdb), '..'));
    const library = readFileSync(loaded);
    for (const { fault, repaired } of REPAIRS) {
      library.write(fault, library.indexOf(`${repaired}\0`), 'latin1');
    }
    expect(libraryState(library)).toBe('faulty');
    const faulty = join(builds, basename(loaded));
    writeFileSync(faulty, library);
    const gateway = await startGateway({ env: { LMDB_PREBUILD: folder } });
    onTestFinished(() => gateway.stop());
    const said = gateway.logLines.find(({ msg }) => String(msg).includes('npm run repair'));
    expect(said).toMatchObject({ level: 'warn', state: 'faulty', file: faulty });
  },
);

test('the longest message there can be fits into its memory', () => {
  const [{ repaired } = { repaired: '' }] = REPAIRS;
  const longest = repaired.replaceAll('%u', String(2 ** 32 - 1)).replaceAll('%i', String(-(2 ** 31)));
  expect(longest).not.toContain('%');
  expect(Buffer.byteLength(longest) + 1).toBeLessThanOrEqual(MESSAGE_BYTES);
});

test('a repair changes its texts alone and keeps the length; it is seen, and not made twice', () => {
  const faulty = withFaults();
  expect(libraryState(faulty)).toBe('faulty');
  const repaired = repairedLibrary(faulty);
  expect(libraryState(repaired)).toBe('repaired');
  expect(repaired).toHaveLength(faulty.length);
  const [first, second] = REPAIRS;
  const kept = (text: string, length: number) => text.padEnd(length, '\0');
  expect(repaired.toString('latin1')).toBe(
    `before\0${kept(first?.repaired ?? '', first?.fault.length ?? 0)}\0between\0` +
      `${kept(second?.repaired ?? '', second?.fault.length ?? 0)}\0after\0`,
  );
  expect(() => repairedLibrary(repaired)).toThrow(RangeError);
});

test.each([
  ['has neither text', Buffer.from('another library\0')],
  ['has them twice', Buffer.concat([withFaults(), withFaults()])],
  ['has one of them', Buffer.from(`${REPAIRS[0]?.fault}\0`)],
])('a library that %s is not touched', (_, library) => {
  expect(libraryState(library)).toBe('unknown');
  expect(() => repairedLibrary(library)).toThrow(RangeError);
});
