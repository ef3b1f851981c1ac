/** The rules of CONTRIBUTING.md that a machine can hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../workers/families/table.ts';

const root = join(import.meta.dirname, '..');
const FOLDERS = [
  'cli',
  'client',
  'crypto',
  'lists',
  'verify',
  'reports',
  'hotel',
  'gateway',
  'workers',
  'platform',
  'bench',
  'config',
  'docs',
  'test',
];
/** Not looked into deeper: the rest of `native/` is Rust and what it builds. */
const NATIVE = ['native/index.ts', 'native/install.ts', 'native/declarations.ts', 'native/targets.ts'];

interface Source {
  readonly path: string;
  readonly text: string;
  /** What it imports for use at run time: paths from the root, or package names. */
  readonly imports: readonly string[];
  /** What it imports as types only. */
  readonly typeImports: readonly string[];
}

const sources: Source[] = [
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(tsx?|js)$/.test(file) && !/node_modules|^console\/dist\//.test(file))
      .map((file) => read(join(folder, file))),
  ),
  ...NATIVE.map(read),
];

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const imports: string[] = [];
  const typeImports: string[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/g;
  for (const [, type, from, dynamic] of text.matchAll(pattern)) {
    const target = from ?? dynamic ?? '';
    const resolved = target.startsWith('.') ? relative(root, resolve(root, dirname(path), target)) : target;
    (type ? typeImports : imports).push(resolved);
  }
  return { path, text, imports, typeImports };
}

const within = (...folders: string[]) =>
  sources.filter(({ path }) => folders.some((f) => path.startsWith(f)));
const offenders = (from: readonly Source[], forbidden: (target: string) => boolean, types = true) =>
  from.flatMap(({ path, imports, typeImports }) =>
    [...imports, ...(types ? typeImports : [])].filter(forbidden).map((target) => `${path} -> ${target}`),
  );
/** A file and all that it needs at run time, but what is left out. Throws where that is no file of ours. */
function reachedFrom(
  path: string,
  isLeftOut = (_target: string) => false,
  found = new Map<string, Source>(),
): Source[] {
  const source = sources.find((each) => each.path === path);
  if (!source) throw new Error(`${path} is no file of ours`);
  if (!found.has(path)) {
    found.set(path, source);
    for (const target of source.imports) if (!isLeftOut(target)) reachedFrom(target, isLeftOut, found);
  }
  return [...found.values()];
}
const outside = (target: string, ...folders: string[]) => folders.some((folder) => target.startsWith(folder));

describe('who may import whom', () => {
  test('the sources were found and their imports read', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.find(({ path }) => path === 'gateway/tap/judge.ts')?.imports).toContain(
      'gateway/tap/5-decide/decide.ts',
    );
  });

  test('workers/ knows nothing of the gateway, the platform or the bench', () => {
    const found = offenders(within('workers/'), (t) =>
      outside(t, 'gateway/', 'platform/', 'bench/', 'test/'),
    );
    expect(found).toEqual([]);
  });

  // Lists are built by the tool that comes with the gateway (`onecard list build`), here as at a real platform.
  // SHA-256 is no format: what the platform makes of the digests is its own.
  // The bus has one connection and one kind of cursor: they know subjects and sequences, and no format of what is carried.
  test('platform/ shares no format code with the verifier, but that of lists', () => {
    const found = offenders(
      within('platform/'),
      (t) =>
        outside(t, 'gateway/', 'workers/', 'lists/', 'crypto/') &&
        t !== 'workers/codecs/hex.ts' &&
        t !== 'workers/prefixed-digests.ts' &&
        !/^gateway\/cluster\/(bus\/|cluster-error\.ts$)/.test(t) &&
        !t.startsWith('lists/'),
      false,
    );
    expect(found).toEqual([]);
  });

  test('gateway/cluster/bus/ knows no format of what is carried, nor the rest of the gateway', () => {
    const own = ['gateway/cluster/bus/', 'gateway/cluster/cluster-error.ts', 'config/', 'node:', '@nats-io/'];
    expect(offenders(within('gateway/cluster/bus/'), (t) => !outside(t, ...own))).toEqual([]);
  });

  test('nothing of the product imports bench/ or test/, but the command line when it is asked to measure', () => {
    const found = offenders(
      within(
        'cli/',
        'client/',
        'crypto/',
        'lists/',
        'verify/',
        'gateway/',
        'workers/',
        'platform/',
        'config/',
      ),
      (t) => outside(t, 'bench/', 'test/'),
    );
    expect(found).toEqual(['cli/main.ts -> bench/command.ts']);
    const main = sources.find(({ path }) => path === 'cli/main.ts');
    expect(main?.text).toMatch(/=== 'bench' \? await import\(/);
    expect(main?.text).not.toMatch(/from '[^']*bench\//);
  });

  // Elsewhere it would be loaded without its bytes being looked at.
  test('the server library is loaded in one file; others of transport know its types, and nobody else those', () => {
    const isLibrary = (target: string) =>
      /^(uWebSockets\.js|uws-pack|@btc-vision\/uwebsockets\.js)(\/|$)/.test(target) ||
      /node_modules\/.*uwebsockets/i.test(target);
    expect(offenders(sources, isLibrary, false)).toEqual([]);
    const requiring = within(
      'cli/',
      'client/',
      'crypto/',
      'lists/',
      'verify/',
      'gateway/',
      'workers/',
      'platform/',
      'config/',
      'bench/',
    ).filter(({ text }) => /\brequire\([^)\n]*(uws|uwebsockets)|dlopen/i.test(text));
    expect(requiring.map(({ path }) => path)).toEqual([]);
    const builds = offenders(sources, (t) => t === 'gateway/transport/server-library-builds.ts');
    expect(builds).toEqual([
      'gateway/transport/server-library.ts -> gateway/transport/server-library-builds.ts',
      'test/unit/gateway/transport/server-library.test.ts -> gateway/transport/server-library-builds.ts',
    ]);
    const knowing = sources.filter(({ typeImports }) => typeImports.includes('uWebSockets.js'));
    expect(knowing.every(({ path }) => /^(gateway|test\/unit\/gateway)\/transport\//.test(path))).toBe(true);
    expect(knowing.length).toBeGreaterThan(0);
  });

  test('the native addon is reached through one file, by the engine and RSA, by what names, hashes a log, seals and asks the store', () => {
    const reaching = within(
      'cli/',
      'client/',
      'crypto/',
      'lists/',
      'verify/',
      'gateway/',
      'workers/',
      'platform/',
      'config/',
    ).flatMap(({ path, imports }) =>
      imports.filter((t) => outside(t, 'native/')).map((t) => `${path} -> ${t}`),
    );
    expect(reaching.sort()).toEqual([
      'crypto/sealing/encrypt-then-mac.ts -> native/index.ts',
      'gateway/cluster/store-thread/store-lane.ts -> native/index.ts',
      'workers/engine/choose.ts -> native/index.ts',
      'workers/engine/rsa.ts -> native/index.ts',
      'workers/names/digest-batch.ts -> native/index.ts',
      'workers/prefixed-digests.ts -> native/index.ts',
    ]);
  });

  test('the path of a tap knows no transport, no command line, no platform', () => {
    const found = offenders(within('gateway/tap/'), (t) =>
      outside(
        t,
        'gateway/transport/',
        'cli/',
        'client/',
        'gateway/link/',
        'gateway/outbox/',
        'gateway/outbound/',
        'platform/',
      ),
    );
    expect(found).toEqual([]);
  });

  test('a stage imports no later stage', () => {
    const stage = (path: string) => Number(/^gateway\/tap\/(\d)-/.exec(path)?.[1] ?? 0);
    const found = within('gateway/tap/').flatMap(({ path, imports }) =>
      imports.filter((t) => stage(path) > 0 && stage(t) > stage(path)).map((t) => `${path} -> ${t}`),
    );
    expect(found).toEqual([]);
  });

  test('deciding does no I/O: all that it reaches is the table of codes and its own rules', () => {
    const reached = reachedFrom('gateway/tap/5-decide/decide.ts');
    expect(
      reached.map(({ path }) => path).filter((path) => !/^config\/[a-z-]*codes?\.ts$/.test(path)),
    ).toEqual([
      'gateway/tap/5-decide/decide.ts',
      'gateway/tap/5-decide/decision-rows.ts',
      'gateway/tap/5-decide/out-of-turn.ts',
      'gateway/tap/5-decide/requirements.ts',
      'gateway/tap/4-status/groups.ts',
    ]);
    for (const { path, text } of reached) {
      expect(text, path).not.toMatch(/Date\.now|performance\.|process\.|Math\.random|fetch\(|from 'node:/);
    }
  });

  // What is judged by the machine's own clock believes it: one clock is guarded, and handed down by compose.
  test('nobody below compose reads the machine’s clock, but who has no other', () => {
    const allowed = [
      // Where the guarded clock reads it.
      /^gateway\/knowledge\/clock\/clocks\.ts$/,
      // Commands beside the gateway: what an operator says is by the operator's clock.
      /^cli\//,
      // A device's side, which has a clock of its own.
      /^client\//,
      // Since when a process owns the folder, or runs, and when a journal was made: nothing is judged by it.
      /^gateway\/storage\/folder-lock\.ts$/,
      /^gateway\/compose\/run\.ts$/,
      /^gateway\/journal\/lmdb-journal\.ts$/,
    ];
    const reading = within('gateway/').filter(({ text }) => /\bDate\.now\b|\bnew Date\(\)/.test(text));
    expect(reading.map(({ path }) => path).filter((path) => !allowed.some((a) => a.test(path)))).toEqual([]);
    expect(reading.length).toBeGreaterThan(0);
  });

  test('reports are computed without I/O: they import config/ and types, and nothing that reads, writes or asks the time', () => {
    const reports = within('reports/');
    expect(reports.length).toBeGreaterThan(5);
    const computing = new Set(['node:crypto', 'typebox', 'typebox/value']);
    const found = offenders(reports, (t) => !outside(t, 'reports/', 'config/') && !computing.has(t), false);
    expect(found).toEqual([]);
    const asking = reports.filter(({ text }) => /Date\.now|new Date\(\)|performance\.|process\./.test(text));
    expect(asking.map(({ path }) => path)).toEqual([]);
  });

  test('below the table of families nobody compares their names', () => {
    const names = new RegExp(`(===|!==|case)\\s*'(${FAMILIES.map(({ name }) => name).join('|')})'`);
    const comparing = within('gateway/', 'workers/', 'crypto/', 'lists/', 'client/').filter(
      ({ path, text }) => names.test(text) && path !== 'workers/families/table.ts',
    );
    expect(comparing.map(({ path }) => path)).toEqual([]);
  });

  test('the client is installed without the gateway', () => {
    const own = ['client/', 'config/', 'crypto/signature/'];
    expect(offenders(within('client/'), (t) => !outside(t, ...own) && t.includes('/'))).toEqual([]);
    // Nothing that needs the addon, or proves: signing does neither.
    const isPackage = (target: string) => !target.endsWith('.ts');
    const reached = reachedFrom('client/index.ts', isPackage).map(({ path }) => path);
    const beyond = reached.filter((path) => !outside(path, 'client/', 'config/', 'crypto/'));
    expect(beyond).toEqual([
      'workers/engine/sm2-digest.ts',
      'workers/codecs/cache-name.ts',
      'workers/engine/job.ts',
    ]);
  });

  test('the gateway knows nothing of the command line, the bench or a desk; only compose builds it', () => {
    expect(offenders(within('gateway/'), (t) => outside(t, 'cli/', 'bench/', 'hotel/'))).toEqual([]);
    const building = within('gateway/').filter(({ path }) => !path.startsWith('gateway/compose/'));
    expect(offenders(building, (t) => outside(t, 'gateway/compose/'))).toEqual([
      'gateway/index.ts -> gateway/compose/compose.ts',
    ]);
  });

  test('a desk knows of the gateway its interface, its door for desks, and how files and clocks are kept', () => {
    const doors = [
      'gateway/verification.ts',
      'gateway/desk/',
      'gateway/storage/',
      'gateway/knowledge/clock/',
      'gateway/transport/tls-files.ts',
    ];
    const found = offenders(
      within('hotel/'),
      (t) =>
        outside(t, 'cli/', 'bench/', 'test/', 'platform/') ||
        (t.startsWith('gateway/') && !outside(t, ...doors)),
    );
    expect(found).toEqual([]);
  });

  test('HTTP and WebSocket are known to transport, to what goes out, and to the client', () => {
    const knowing = /from '(node:https?|node:http2|undici|ws)'|(await|return|=>?)\s+fetch\(|new WebSocket\(/;
    const found = within('gateway/', 'crypto/', 'lists/', 'workers/', 'config/', 'verify/', 'client/').filter(
      ({ path, text }) => knowing.test(text) && !/^(gateway\/(transport|outbound)|client)\//.test(path),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  test('rooms import each other in no circle, types included, and the gateway has 16 of them', () => {
    const productive = sources.filter(({ path }) => !/^(test|docs|native)\//.test(path));
    const doors = new Map<string, Set<string>>();
    for (const { path, imports, typeImports } of productive) {
      for (const target of [...imports, ...typeImports]) {
        const [from, to] = [roomOf(path), roomOf(target)];
        if (from !== to && target.includes('/')) doors.set(from, (doors.get(from) ?? new Set()).add(to));
      }
    }
    expect(doors.get('gateway/tap')).toContain('gateway/verification.ts');
    // Leaves are taken away until there is none: what is left then is in a circle, or leads into one.
    for (let left = Number.POSITIVE_INFINITY; doors.size < left; ) {
      left = doors.size;
      for (const [room, others] of doors)
        if (![...others].some((other) => doors.has(other))) doors.delete(room);
    }
    expect(Object.fromEntries([...doors].map(([room, others]) => [room, [...others]]))).toEqual({});
    const rooms = new Set(within('gateway/').map(({ path }) => roomOf(path)));
    expect([...rooms].filter((room) => !room.endsWith('.ts')).length).toBeLessThanOrEqual(16);
  });
});

test('exceptions have one base class', () => {
  // Scripts (.js) stand alone: the page's runs in a browser, others before there is TypeScript.
  const own = sources.filter(({ path }) => path.endsWith('.ts') && !/^(test|bench\/peers)\//.test(path));
  const extending = own.filter(({ text }) => /\bextends (Error|TypeError|RangeError)\b/.test(text));
  expect(extending.map(({ path }) => path)).toEqual(['config/onecard-error.ts']);
});

/** A folder at the top, or one of the gateway's. */
function roomOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('gateway/') ? 2 : 1)
    .join('/');
}

describe('how files are', () => {
  const others = sources.filter(({ path }) => path !== 'test/house-rules.test.ts');
  test.each(others.map(({ path, text }) => [path, text] as const))('%s', (path, text) => {
    expect(path).not.toMatch(/util|helper|common|misc/i);
    expect(text).not.toMatch(/\b(TODO|FIXME|XXX)\b/);
    expect(text.split('\n').length, 'lines').toBeLessThanOrEqual(path.startsWith('test/') ? 700 : 400);
    expect(text).not.toMatch(/biome-ignore(?! lint\/\w+\/\w+: \S)/);
    expect(text).not.toMatch(/@ts-(ignore|nocheck)/);
    // It is percent-encoded: a folder with a blank in its name is not found by it. fileURLToPath decodes.
    expect(text).not.toMatch(/import\.meta\.url\)\.pathname/);
  });
});
