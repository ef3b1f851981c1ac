/** Which build of the server library is taken where: a pure decision. That its bytes are checked is test/system/server-library. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { choose, type Surroundings } from '../../../../gateway/transport/server-library.ts';
import { LIBRARY_PACKAGES } from '../../../../gateway/transport/server-library-builds.ts';

const [NEWER, OLDER] = ['@btc-vision/uwebsockets.js', 'uws-pack'];
const NODE_22 = '127';
const NODE_24 = '137';

interface Here extends Partial<Omit<Surroundings, 'glibc' | 'isInstalled'>> {
  readonly glibc?: string | null;
  readonly installed?: readonly string[];
}

function chosen({ glibc = '2.36', installed = [OLDER], ...here }: Here) {
  const choice = choose(LIBRARY_PACKAGES, {
    platform: 'linux',
    arch: 'x64',
    abi: NODE_22,
    ...here,
    glibc: () => glibc,
    isInstalled: ({ name }) => installed.includes(name),
  });
  return typeof choice === 'string' ? choice : `${choice.pack.name}: ${choice.file}`;
}

describe('the server library that is taken', () => {
  test('what npm ci brings, on Node 22, on Debian 12', () => {
    expect(chosen({})).toBe(`${OLDER}: dist/bin/uws_linux_x64_127.node`);
    expect(chosen({ arch: 'arm64' })).toBe(`${OLDER}: dist/bin/uws_linux_arm64_127.node`);
    expect(chosen({ platform: 'darwin', arch: 'arm64', glibc: null })).toMatch(/^uws-pack: .*darwin_arm64/);
  });

  test('the newer one where it is installed and loads', () => {
    const installed = [OLDER, NEWER];
    expect(chosen({ installed, glibc: '2.38' })).toContain(NEWER);
    expect(chosen({ installed, glibc: '2.41', abi: NODE_24 })).toContain(NEWER);
    expect(chosen({ installed, glibc: '3.0' })).toContain(NEWER);
  });

  test('the older one where the newer does not load', () => {
    const installed = [OLDER, NEWER];
    expect(chosen({ installed, glibc: '2.37' })).toContain(OLDER);
    // Versions are numbers: 2.4 is older than 2.38.
    expect(chosen({ installed, glibc: '2.4' })).toContain(OLDER);
    expect(chosen({ installed, glibc: null })).toContain(OLDER);
  });

  test('none on Node 24 without the newer one, and the sentence says what to do', () => {
    expect(chosen({ abi: NODE_24 })).toBe(
      'the server library is not installed, or not for this system: run npm install @btc-vision/uwebsockets.js@20.57.0, which needs glibc 2.38 or newer',
    );
    expect(chosen({ abi: NODE_24, installed: [OLDER, NEWER], glibc: '2.36' })).toMatch(/needs glibc 2\.38/);
  });

  test('none for a system no build is known for, and the sentence says which there are', () => {
    for (const here of [{ abi: '141' }, { platform: 'freebsd' }, { arch: 's390x' }]) {
      expect(chosen(here)).toMatch(
        /^no build of the server library is known for .*: use Node 22, which npm ci/,
      );
    }
  });

  test('the versions are those that package.json asks for', () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8'),
    ) as { dependencies: Record<string, string> };
    const older = LIBRARY_PACKAGES.find(({ name }) => name === OLDER);
    expect(dependencies['uWebSockets.js']).toBe(`npm:uws-pack@${older?.version}`);
  });

  test('every build that the package brings for Node 22 has its hash', () => {
    const folder = join(import.meta.dirname, '../../../../node_modules/uWebSockets.js/dist/bin');
    const targets = readdirSync(folder)
      .map((file) => /^uws_(\w+_127)\.node$/.exec(file)?.[1])
      .filter((target) => target !== undefined);
    const older = LIBRARY_PACKAGES.find(({ name }) => name === OLDER);
    expect(Object.keys(older?.builds ?? {}).sort()).toEqual(targets.sort());
    expect(targets.length).toBeGreaterThan(0);
  });
});
