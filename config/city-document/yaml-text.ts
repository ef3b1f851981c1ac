/**
 * One YAML file of a city document (JSON is read the same way): read strictly, with the line and column of everything in it.
 * YAML 1.2, core schema. What YAML has beyond values is refused: anchors, aliases, tags, directives, merge keys, several
 * documents, names that are no text, names that are there twice.
 */
import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type ParsedNode,
  Parser,
  type YAMLParseError,
} from 'yaml';
import type { CityPath } from './city-fault.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

export interface TextFault extends Position {
  readonly what: string;
}

export interface YamlText {
  /** As JSON would have it; null where the text holds nothing. */
  readonly value: unknown;
  /** Where the value at a path stands, or its name; the nearest that there is above it where there is none. */
  positionOf(path: CityPath, isKey?: boolean): Position;
}

/** Deeper nesting ends the process: the library goes down by calling itself. A city document is not 12 deep. */
const DEPTH_MAX = 24;
/** Names in one map: each is compared with all others. */
const KEYS_MAX = 256;
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  uniqueKeys: true,
  stringKeys: true,
  merge: false,
  prettyErrors: false,
} as const;

/** The value with its places, or everything that is wrong with the text. */
export function readYamlText(text: string): YamlText | readonly TextFault[] {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const documents: Document.Parsed<ParsedNode>[] = [];
  const tokens = boundedTokens(text, lines);
  try {
    for (const document of new Composer(OPTIONS).compose(tokens, true, text.length)) {
      documents.push(document);
    }
  } catch (fault) {
    if (fault instanceof OutOfBounds) return [{ ...at(fault.offset), what: fault.what }];
    throw fault;
  }
  const [document, second] = documents;
  if (!document) return { value: null, positionOf: () => at(0) };
  const faults = [
    ...directives(text),
    ...told(document.errors).map((error) => ({ ...at(error.pos[0]), what: explained(error) })),
    ...(second
      ? [{ ...at(second.range[0]), what: 'a second document begins; put it into a file of its own' }]
      : []),
    ...beyondValues(document.contents).map(({ offset, what }) => ({ ...at(offset), what })),
  ];
  if (faults.length > 0) return faults;
  return {
    value: document.toJS({ maxAliasCount: 0 }),
    positionOf: (path, isKey = false) => at(offsetOf(document.contents, path, isKey)),
  };
}

/** What makes reading stop at once. */
class OutOfBounds {
  readonly offset: number;
  readonly what: string;

  constructor(offset: number, what: string) {
    this.offset = offset;
    this.what = what;
  }
}

function* boundedTokens(text: string, lines: LineCounter) {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    const { stack, offset } = parser;
    if (stack.length > DEPTH_MAX) {
      throw new OutOfBounds(offset, `it is nested deeper than ${DEPTH_MAX}; a city document is not`);
    }
    const top = stack.at(-1);
    const isMapping =
      top?.type === 'block-map' || (top?.type === 'flow-collection' && top.start.source === '{');
    if (isMapping && top.items.length > KEYS_MAX) {
      throw new OutOfBounds(offset, `more than ${KEYS_MAX} names in one place; lists begin with "- "`);
    }
  }
  yield* parser.end();
}

function directives(text: string): TextFault[] {
  return text
    .split('\n')
    .flatMap((line, i) =>
      line.startsWith('%')
        ? [{ line: i + 1, column: 1, what: 'directives (%YAML, %TAG) are not read: delete the line' }]
        : [],
    );
}

/** What does not hinder reading on. After anything else the rest is misread, and only the first is told. */
const ALONE: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'NON_STRING_KEY']);

function told(errors: readonly YAMLParseError[]): YAMLParseError[] {
  const first = errors.find(({ code }) => !ALONE.has(code));
  return errors.filter((error) => error === first || ALONE.has(error.code));
}

const REMEDIES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this name is there twice: delete one of them',
  NON_STRING_KEY: 'a name must be text: put it in quotes',
  TAB_AS_INDENT: 'a tab is no indentation: use spaces',
  BLOCK_AS_IMPLICIT_KEY: 'two names on one line: begin a new line, or put text with ": " in it into quotes',
  BAD_INDENT: 'the indentation does not fit what is above it',
  MISSING_CHAR: 'something was opened and is not closed',
};

function explained({ code, message }: YAMLParseError): string {
  const remedy = REMEDIES[code];
  return remedy === undefined ? `no YAML: ${message}` : `${remedy} (${message})`;
}

interface Found {
  readonly offset: number;
  readonly what: string;
}

/** Anchors, aliases, tags and merge keys below a node. */
function beyondValues(node: Node | null): Found[] {
  if (node === null) return [];
  const offset = node.range?.[0] ?? 0;
  if (isAlias(node)) {
    return [{ offset, what: `aliases (*${node.source}) are not read: write out what it stands for` }];
  }
  const found: Found[] = [];
  if (isCollection(node) || isScalar(node)) {
    if (node.anchor !== undefined) {
      found.push({
        offset,
        what: `anchors (&${node.anchor}) are not read: write out the value where it is used`,
      });
    }
    if (node.tag !== undefined) {
      found.push({ offset, what: `tags (${node.tag}) are not read: delete it, and put text into quotes` });
    }
  }
  if (!isCollection(node)) return found;
  for (const item of node.items) {
    if (!isPair(item)) found.push(...beyondValues(item as Node));
    else {
      const { key, value } = item as { key: Node; value: Node | null };
      if (isScalar(key) && key.value === '<<') {
        found.push({
          offset: key.range?.[0] ?? 0,
          what: 'merge keys (<<) are not read: write out what they bring',
        });
      }
      found.push(...beyondValues(key), ...beyondValues(value));
    }
  }
  return found;
}

function offsetOf(root: Node | null, path: CityPath, isKey: boolean): number {
  let node = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [i, each] of path.entries()) {
    const isNameMeant = isKey && i === path.length - 1;
    let next: Node | null = null;
    if (isSeq(node)) next = (node.items[Number(each)] ?? null) as Node | null;
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(each));
      const key = (pair?.key ?? null) as Node | null;
      const value = (pair?.value ?? null) as Node | null;
      next = isNameMeant || !value?.range ? key : value;
    }
    if (!next?.range) return offset;
    offset = next.range[0];
    node = next;
  }
  return offset;
}
