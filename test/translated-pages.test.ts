/** Pages in Chinese say what the English ones say: the same headings, commands, code and figures, in the same order. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PAGES = [
  ['README.md', 'README.zh-CN.md'],
  ['docs/operate.md', 'docs/operate.zh-CN.md'],
  ['docs/hotel.md', 'docs/hotel.zh-CN.md'],
  ['docs/privacy.md', 'docs/privacy.zh-CN.md'],
  ['docs/desk-setup.md', 'docs/desk-setup.zh-CN.md'],
  ['docs/tlcp.md', 'docs/tlcp.zh-CN.md'],
  ['docs/cryptography.md', 'docs/cryptography.zh-CN.md'],
  ['docs/key-holders.md', 'docs/key-holders.zh-CN.md'],
] as const;

test.each(PAGES)('%s and %s are in step', (english, chinese) => {
  const [first, second] = [parts(english), parts(chinese)];
  expect(second.headings).toEqual(first.headings);
  expect(second.blocks).toEqual(first.blocks);
  expect(second.rows).toEqual(first.rows);
  expect(second.code).toEqual(first.code);
  expect(second.figures).toEqual(first.figures);
  expect(first.code.length).toBeGreaterThan(10);
});

function parts(file: string) {
  const page = readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');
  const blocks = [...page.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  const text = page.replace(/^```[\s\S]*?^```/gm, '');
  const sections = text.split(/^(?=#+ )/m);
  return {
    headings: [...text.matchAll(/^#+(?= )/gm)].map(([level]) => level),
    blocks,
    rows: sections.map((section) => section.match(/^\|/gm)?.length ?? 0),
    // Another language orders words otherwise, but not sections.
    code: sections.flatMap((section) => [...section.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code).sort()),
    figures: sections.map((section) =>
      [...section.replace(/`[^`\n]+`|\]\([^)]*\)/g, '').matchAll(/\d+(?:\.\d+)*/g)]
        .map(([figure]) => figure)
        .sort(),
    ),
  };
}
