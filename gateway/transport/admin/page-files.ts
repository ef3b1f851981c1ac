/** The page for people, and the documentation: files of the package, which say nothing of a gateway that runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

export const NOT_SNIFFED = { 'X-Content-Type-Options': 'nosniff' };

/** Nothing is loaded from elsewhere, nothing inline is run, and no other page shows this one within itself. */
export const SECURE_HEADERS = {
  ...NOT_SNIFFED,
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

const PAGE = new URL('./page/', import.meta.url);
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/cluster', 'cluster.html', 'text/html; charset=utf-8'],
  ['/cluster.css', 'cluster.css', 'text/css; charset=utf-8'],
  ['/cluster.js', 'cluster.js', 'text/javascript; charset=utf-8'],
  ['/cluster-words.js', 'cluster-words.js', 'text/javascript; charset=utf-8'],
] as const;
/** Beside the sources in a clone, and beside `dist` in the package. */
const DOCS = ['../../../docs/', '../../../../docs/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Names of the pages of documentation that came along; empty where none did. */
export function docPages(): readonly string[] {
  return docs()?.names ?? [];
}

export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;
  readonly #docs = docs();

  /** Reads the page. Throws what the system says when it is not there. */
  constructor() {
    this.#files = new Map(
      FILES.map(([path, name, type]) => [path, { type, bytes: readFileSync(new URL(name, PAGE)) }]),
    );
  }

  /** Null where there is none. */
  at(path: string): PageFile | null {
    const file = this.#files.get(path);
    if (file !== undefined) return file;
    const name = /^\/docs\/([\w.-]+\.md)$/.exec(path)?.[1];
    if (name === undefined || !this.#docs?.names.includes(name)) return null;
    return { type: 'text/plain; charset=utf-8', bytes: readFileSync(`${this.#docs.folder}${name}`) };
  }
}

function docs(): { readonly folder: string; readonly names: readonly string[] } | null {
  for (const folder of DOCS) {
    try {
      const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
      if (names.length > 0) return { folder, names: names.sort() };
    } catch {
      // Not there: it may be in the other place.
    }
  }
  return null;
}
