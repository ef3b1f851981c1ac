/**
 * The console's files. They are read once, and a request is looked up among their names: none reaches the disk. Policies are
 * those of W3C Content Security Policy 3 and Trusted Types.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { consoleFolder } from './console-build.ts';
import { ProblemResponse } from './problem.ts';
import type { Routes } from './server.ts';

/** The one Trusted Types policy of the page makes the address of its worker. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "worker-src 'self'; media-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types desk-worker";
/** A worker whose answer has no policy runs without one. It alone may compile WebAssembly. */
const WORKER_POLICY =
  "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; " +
  "trusted-types 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PERMISSIONS = 'camera=(self), serial=(self)';
const FOREVER = 'public, max-age=31536000, immutable';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

interface ConsoleFile {
  readonly type: string;
  readonly content: Buffer;
  /** The same in brotli; null: it is too small. */
  readonly brotli: Buffer | null;
}
interface Loaded {
  readonly folder: string;
  /** By path below `/`, `index.html` for the page. */
  readonly files: ReadonlyMap<string, ConsoleFile>;
}

export const consoleRoutes: Routes = (app, { log }) => {
  const closing = new AbortController();
  app.addHook('onClose', async () => closing.abort());
  let loading: Promise<Loaded> | null = null;
  let loaded: Loaded | null = null;

  /** In a clone it is built anew when its sources are others: whoever works on it loads the page again. */
  async function load(): Promise<Loaded> {
    const began = performance.now();
    let isBuilt = false;
    const folder = await consoleFolder(closing.signal, () => {
      isBuilt = true;
      log('info', {}, 'the console is being built: this is a clone, and its sources are new');
    });
    if (isBuilt) log('info', { ms: Math.round(performance.now() - began) }, 'the console was built');
    loaded = loaded?.folder === folder ? loaded : { folder, files: readAll(folder) };
    return loaded;
  }
  const current = () => {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading.catch((cause: Error) => {
      if (!closing.signal.aborted) log('error', { error: cause.message }, 'the console cannot be served');
      throw new ProblemResponse('desk.console_unbuilt');
    });
  };
  void current().catch(() => undefined);

  const route = { config: { scope: null }, schema: { hide: true } };
  app.get('/', route, async (_, reply) => {
    const page = (await current()).files.get('index.html');
    if (page === undefined) throw new ProblemResponse('desk.console_unbuilt');
    reply.headers({ 'Content-Security-Policy': PAGE_POLICY, 'Permissions-Policy': PERMISSIONS });
    return reply.type(page.type).send(page.content);
  });
  for (const below of ['assets', 'workers'] as const) {
    app.get<{ Params: { file: string } }>(`/${below}/:file`, route, async (request, reply) => {
      const { files } = loaded ?? (await current());
      const file = files.get(`${below}/${request.params.file}`);
      if (file === undefined) throw new ProblemResponse('desk.not_found');
      if (below === 'workers') reply.header('Content-Security-Policy', WORKER_POLICY);
      reply.headers({ 'Cache-Control': FOREVER, Vary: 'Accept-Encoding' }).type(file.type);
      const isBrotli =
        file.brotli !== null && /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''));
      if (isBrotli) reply.header('Content-Encoding', 'br');
      return reply.send(isBrotli ? file.brotli : file.content);
    });
  }
};

function readAll(folder: string): ReadonlyMap<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const present = new Set(names);
  for (const name of names) {
    const type = TYPES[extname(name)];
    const file = join(folder, name);
    if (type === undefined || !statSync(file).isFile()) continue;
    const brotli = present.has(`${name}.br`) ? readFileSync(`${file}.br`) : null;
    files.set(name.replaceAll(sep, '/'), { type, content: readFileSync(file), brotli });
  }
  return files;
}
