/** Where the built console of a clone lies: in a folder named after what it was built from. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(tsx?|css|html|svg)$/;
const BUILT = 'dist';
/** What the build takes from outside its folder: versions of what it bundles, and its own code. */
const VERSIONS = '../../package.json';
const BUILD = '../../deploy/console';

/** False in an installed package: there is only what was built. */
export const hasSources = (folder: string): boolean => existsSync(join(folder, 'main.tsx'));

export function builtFolder(sources: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => SOURCE.test(name) && !name.startsWith(BUILT))
    .sort();
  const own = readdirSync(join(sources, BUILD)).sort();
  for (const name of [...names, VERSIONS, ...own.map((file) => join(BUILD, file))]) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(sources, name)))
      .update('\0');
  }
  return join(sources, BUILT, hash.digest('hex').slice(0, 16));
}
