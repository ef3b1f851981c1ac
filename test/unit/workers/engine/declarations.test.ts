/** `native/addon.d.ts` is what the build would write. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { declarations, TYPE_LINES_FILE } from '../../../../native/declarations.ts';
import { nativeAddon } from './back-ends.rig.ts';

const written = readFileSync(join(import.meta.dirname, '../../../../native/addon.d.ts'), 'utf8');
const built = existsSync(TYPE_LINES_FILE);
if (!built)
  console.warn('skipped: the native addon was not built here, so its declarations are not compared');

test.skipIf(!built)('the declarations are those of the last build (npm run native writes them)', () => {
  expect(declarations(readFileSync(TYPE_LINES_FILE, 'utf8'))).toBe(written);
});

test.skipIf(nativeAddon === null)('the addon has the functions that are declared, and no others', () => {
  const declared = [...written.matchAll(/^export declare function (\w+)\(/gm)].map(([, name]) => name);
  expect(declared.length).toBeGreaterThan(0);
  expect(Object.keys(nativeAddon ?? {}).sort()).toEqual(declared);
});

describe('from the lines of the compiler', () => {
  const line = (kind: string, name: string, def: string, js_doc = '') =>
    JSON.stringify({ kind, name, def, js_doc });

  test('functions and objects, in the order of their names', () => {
    const lines = [
      line('fn', 'later', 'function later(a: number): void', '/** Later. */\n'),
      line('interface', 'Box', '/** Inside. */\nvalue: number\nother?: string'),
    ];
    expect(declarations(`${lines.join('\n')}\n`)).toBe(
      '/** Written by `npm run native` from the addon. Not to be edited. */\n\n' +
        'export interface Box {\n  /** Inside. */\n  value: number;\n  other?: string;\n}\n\n' +
        '/** Later. */\nexport declare function later(a: number): void;\n',
    );
  });

  test('a kind that nobody thought of is not passed over', () => {
    expect(() => declarations(line('struct', 'Thing', ''))).toThrow(
      'Thing is a struct, which is not expected',
    );
  });
});
