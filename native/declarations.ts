/** TypeScript declarations of the addon, from the lines that napi-derive writes while it compiles. */
import { fileURLToPath } from 'node:url';

/** Written by the build; a line of JSON for every function and object. */
export const TYPE_LINES_FILE = fileURLToPath(new URL('./target/types/onecard-engine-node', import.meta.url));

interface TypeLine {
  readonly kind: string;
  readonly name: string;
  readonly js_doc: string;
  readonly def: string;
}

const HEAD = '/** Written by `npm run native` from the addon. Not to be edited. */\n\n';

export function declarations(lines: string): string {
  const types = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TypeLine)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return HEAD + types.map(declaration).join('\n');
}

function declaration({ kind, name, js_doc, def }: TypeLine): string {
  if (kind === 'fn') return `${js_doc}export declare ${def};\n`;
  if (kind === 'interface') return `${js_doc}export interface ${name} {\n${members(def)}}\n`;
  throw new Error(`${name} is a ${kind}, which is not expected`);
}

/** Each member on a line of its own, its comment on the line before. */
function members(def: string): string {
  return def
    .split('\n')
    .map((line) => (line.startsWith('/**') ? `  ${line}\n` : `  ${line};\n`))
    .join('');
}
