/** The Dockerfile agrees with the manifests and with the launcher. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isOfImage } from '../../deploy/image/image-files.ts';
import { overlayOf } from './manifests.rig.ts';
import { isThere, notThere, runTool } from './tools.rig.ts';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const DOCKERFILE = file('deploy/image/Dockerfile');
const dockerfile = readFileSync(DOCKERFILE, 'utf8');

test('the image runs as the user whose the volume is, and as the launcher would start it', (test) => {
  const { pod, settings } = overlayOf(test, 'single');
  const context = pod.at('securityContext');
  const user = context.at('runAsUser').number;
  expect(user).toBe(10_001);
  expect(/^USER (.*)$/m.exec(dockerfile)?.[1]).toBe(`${user}:${context.at('fsGroup').number}`);
  const entry = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as readonly string[];
  expect(entry.slice(1, -1)).toEqual(besideLauncher('node-flags.json'));
  const environment = [...dockerfile.matchAll(/^ENV (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  expect(Object.fromEntries(environment)).toEqual(besideLauncher('node-environment.json'));
  const { listen, admin } = settings;
  const ports = /^EXPOSE (.*)$/m.exec(dockerfile)?.[1]?.split(' ').map(Number);
  expect(ports).toEqual([listen.port, admin.port]);
});

test('every base is named by its content: a tag is another image tomorrow', () => {
  const images = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(.*)$/gm)].map(([, image]) => image ?? '');
  expect(images).toHaveLength(3);
  for (const image of images) expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
  const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, name]) => name ?? '');
  expect(from.filter((name) => !name.startsWith('${') && !dockerfile.includes(` AS ${name}\n`))).toEqual([]);
});

const HERE = { platform: 'linux', arch: 'x64', abi: '127' };

test.each([
  ['uWebSockets.js/dist/bin/uws_linux_x64_127.node', true],
  ['uWebSockets.js/dist/bin/uws_linux_x64_115.node', false],
  ['uWebSockets.js/dist/bin/uws_linux_arm64_127.node', false],
  ['uWebSockets.js/dist/bin/uws_darwin_arm64_127.node', false],
  ['@lmdb/lmdb-linux-x64/node.abi127.glibc.node', true],
  ['@lmdb/lmdb-linux-x64/node.abi115.glibc.node', false],
  ['@lmdb/lmdb-linux-x64/node.napi.musl.node', false],
  ['@lmdb/lmdb-linux-x64/node.napi.glibc.node', true],
  ['fs-native-extensions/prebuilds/linux-x64/fs-native-extensions.node', true],
  ['fs-native-extensions/prebuilds/win32-x64/fs-native-extensions.node', false],
  ['@onecard/engine-linux-x64-gnu/onecard-engine.node', true],
  ['jose/dist/types/index.d.ts', false],
  ['jose/LICENSE.md', true],
  ['lmdb/dist/index.cjs', true],
])(
  'of built code only what this platform loads goes into the image, and nothing for compilers: %s: %s',
  (path, goes) => {
    expect(isOfImage(join('node_modules', path), HERE)).toBe(goes);
  },
);

test('hadolint finds nothing to hold against it', (context) => {
  if (!isThere('hadolint')) return context.skip(notThere('hadolint'));
  const { status, output } = runTool(['hadolint', DOCKERFILE]);
  expect(status, output).toBe(0);
  // It sees what is wrong: a base by a tag that moves.
  expect(runTool(['hadolint', '-'], 'FROM debian:latest\n').status).not.toBe(0);
});

function besideLauncher(name: string): unknown {
  const { bin } = JSON.parse(readFileSync(file('package.json'), 'utf8')) as {
    readonly bin: { readonly onecard: string };
  };
  return JSON.parse(readFileSync(join(dirname(file(bin.onecard)), name), 'utf8'));
}
