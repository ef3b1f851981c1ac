/**
 * The table of uses says what is done: code asks it for every algorithm by name, and what calls node:crypto itself is an
 * implementation, is given by others, or is on this list with the reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALGORITHMS } from '../crypto/algorithms.ts';
import type { Use } from '../crypto/uses/use.ts';
import { USES } from '../crypto/uses.ts';
import { OF_A_USE } from './uses-of-files.rig.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = [
  'cli',
  'client',
  'config',
  'crypto',
  'gateway',
  'hotel',
  'lists',
  'reports',
  'verify',
  'workers',
];
const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/node_modules|^console\/dist\//.test(file))
    .map((file) => ({ path: join(folder, file), text: readFileSync(join(ROOT, folder, file), 'utf8') })),
);

/** Of node:crypto: whatever is made with an algorithm that somebody chose. */
const MAKING =
  /^(createHash|hash|createHmac|createSign|createVerify|sign|verify|createCipheriv|createDecipheriv|generateKeyPair(Sync)?|hkdf(Sync)?|webcrypto|subtle|createECDH|ECDH|diffieHellman|scrypt(Sync)?|pbkdf2(Sync)?)$/;

function makes(text: string): string[] {
  const imports = [...text.matchAll(/import (?:\w+, )?\{([^}]*)\} from 'node:crypto'/g)];
  return imports
    .flatMap(([, names = '']) => names.split(','))
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/ as .*$/, ''),
    )
    .filter((name) => MAKING.test(name));
}

/** Neither kept nor sent by a gateway, or an implementation of what the table asks for. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'workers/engine/': 'the engine that verifies SM2, P-256 and their digests',
  'config/city-document/prepared-city.ts': 'whether one file of the package is of the others beside it',
  'cli/list-build.ts': 'a tool of the platform, which names a chain anew',
  'cli/report-attendance.ts': 'pseudonyms in a report, under a salt that is thrown away',
  'reports/example-points.ts': 'draws an example',
};

const making = sources
  .filter(({ path, text }) => !path.startsWith('crypto/') && makes(text).length > 0)
  .map(({ path }) => path);
const listed = [...Object.keys(OF_A_USE), ...Object.keys(OTHERWISE)];

test('imports are read', () => {
  expect(
    makes("import { createHash, type KeyObject, randomBytes, sign as made } from 'node:crypto';"),
  ).toEqual(['createHash', 'sign']);
  expect(making.length).toBeGreaterThan(10);
});

test('what calls node:crypto itself has a reason', () => {
  const unnamed = making.filter((path) => !listed.some((each) => path.startsWith(each)));
  expect(unnamed).toEqual([]);
});

test('and reasons are of files that call it', () => {
  expect(listed.filter((each) => !making.some((path) => path.startsWith(each)))).toEqual([]);
});

describe('code asks for', () => {
  /** Those of a channel are a front's. */
  const asked = Object.entries<Use>(USES).filter(
    ([, use]) => !('given' in use) && (ALGORITHMS[use.sm].kind as string) !== 'channel',
  );
  const code = sources.filter(({ path }) => !path.startsWith('crypto/uses')).map(({ text }) => text);
  const isAsked = (name: string) => code.some((text) => new RegExp(`\\w+\\(\\s*'${name}'`).test(text));

  test.each(asked)('%s', (name) => {
    expect(isAsked(name)).toBe(true);
  });
});
