import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CODES, type CodeEntry } from '../../../config/codes.ts';
import { codesPage } from '../../../config/codes-page.ts';

const root = join(import.meta.dirname, '../../..');
const entries = Object.entries(CODES) as [string, CodeEntry][];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('write'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}

describe('the table of codes', () => {
  test('docs/codes.md is what the table says (npm run docs)', () => {
    expect(readFileSync(join(root, 'docs/codes.md'), 'utf8')).toBe(codesPage());
  });

  test.each(entries)('%s has the form domain.reason, a kind that fits and a sentence', (code, entry) => {
    expect(code).toMatch(/^[a-z]+\.[a-z][a-z0-9_]*$/);
    expect(entry.meaning).toMatch(/\.$|\)\.$/);
    const decided = entry.kind === 'decision' || entry.kind === 'proof';
    expect(entry.outcome !== 'none').toBe(decided);
    expect(entry.http === 200).toBe(decided);
    if (decided) expect(entry.retry).toBe(false);
  });

  test('every code is used by the product, so that none is documented in vain', () => {
    const text = [
      ...sources('gateway'),
      ...sources('hotel'),
      ...sources('workers'),
      ...sources('platform'),
    ].join('\n');
    const unused = Object.keys(CODES).filter((code) => !text.includes(`'${code}'`) && !derived(code));
    expect(unused).toEqual([]);
  });
});

/** `5-decide/decide.ts` composes these from the card's state. */
function derived(code: string): boolean {
  return ['suspended', 'lost', 'replaced', 'cancelled'].some((state) => code === `deny.status_${state}`);
}
