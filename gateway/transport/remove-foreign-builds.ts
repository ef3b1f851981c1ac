/**
 * After an install of the package: removes builds of the server library for other systems, which its package brings for all of
 * them at once, 136 MB in all. What npm was told to install for (`--os`, `--cpu`) counts, and every version of Node's interface
 * stays, since others may use the library too. A clone keeps them all.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolders } from './server-library.ts';

const BUILD = /^uws_([a-z0-9]+)_([a-z0-9]+)_\d+\.node$/;

const { npm_config_os: os = process.platform, npm_config_cpu: cpu = process.arch } = process.env;
for (const folder of buildFolders()) removeForeign(folder);

function removeForeign(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const isOwn = ([, itsOs, itsCpu]: RegExpExecArray) => itsOs === os && itsCpu === cpu;
  const builds = names.map((name) => BUILD.exec(name)).filter((found) => found !== null);
  // None for here: then nothing is known of this system, and nothing is touched.
  if (!builds.some(isOwn)) return;
  for (const build of builds) if (!isOwn(build)) rmSync(join(folder, build[0]));
}
