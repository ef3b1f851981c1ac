/** The platform's commands, as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { decodeJwt } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { faultsOf, SHOWN_FAMILIES } from '../../../platform/issue/presentations.ts';
import { onecardVerify } from '../../fixtures/onecard-verify.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'platform-commands-'));
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface StatusListClaims {
  readonly sub: string;
  readonly ttl: number;
  readonly status_list: { readonly lst: string };
}

const MODULES = {
  platform: ['./platform/command.ts', 'platformCommand'],
  issue: ['./platform/issue/command.ts', 'issueCommand'],
} as const;

/** Starts a command without the rest of the command line around it: once for each list of arguments, one after another. */
function start(command: keyof typeof MODULES, ...each: readonly (readonly string[])[]) {
  const [module, name] = MODULES[command];
  const script = `import { ${name} } from '${module}';
    for (const args of ${JSON.stringify(each)}) await ${name}().parseAsync(args, { from: 'user' });`;
  const child = spawn(join(root, 'node_modules/.bin/node'), ['--input-type=module', '-e', script], {
    cwd: root,
  });
  running.add(child);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    out.stdout += text;
  });
  child.stderr.on('data', (text) => {
    out.stderr += text;
  });
  const ended = new Promise<number | null>((done) => {
    child.on('close', (code) => {
      running.delete(child);
      done(code);
    });
  });
  return { child, out, ended };
}

async function run(command: keyof typeof MODULES, args: readonly string[]) {
  return runEach(command, [args]);
}

/** In one process, with one output. */
async function runEach(command: keyof typeof MODULES, each: readonly (readonly string[])[]) {
  const { out, ended } = start(command, ...each);
  return { code: await ended, ...out };
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((done) => setTimeout(done, 20));
  }
}

describe('onecard issue', () => {
  const trustFile = join(folder, 'trust.json');
  const at = ['--seed', 's', '--at', '2026-11-20T08:00:00Z', '--first', '5', '--count', '4'];

  it.each([
    ['ride codes', ['--family', 'transit-qr']],
    ['SM2 chips', ['--family', 'chip-oda', '--chips', 'sm2', '--mode', 'fdda']],
    ['chips of both kinds', ['--family', 'chip-oda', '--mode', 'cda']],
  ])('prints %s that onecard verify proves', async (_name, args) => {
    const { code, stdout } = await run('issue', [...at, ...args, '--trust-out', trustFile]);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ id }) => id)).toEqual(['5', '6', '7', '8']);
    const answers = await onecardVerify(JSON.parse(readFileSync(trustFile, 'utf8')), lines);
    expect(answers.map(({ id, code }) => [id, code])).toEqual(lines.map(({ id }) => [id, 'proof.ok']));
    const again = await run('issue', [...at, ...args]);
    expect(again.stdout).toBe(stdout);
  });

  it('shows a card again with other values of the reader, and with its next chip', async () => {
    const chip = [...at, '--family', 'chip-oda', '--trust-out', trustFile];
    const shown = [];
    for (const more of [[], ['--nonce', 'again'], ['--generation', '2']]) {
      const { stdout } = await run('issue', [...chip, ...more]);
      shown.push(
        ...stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
    }
    const answers = await onecardVerify(JSON.parse(readFileSync(trustFile, 'utf8')), shown);
    expect(answers.map(({ code }) => code)).toEqual(Array(12).fill('proof.ok'));
    const [first, again, replaced] = [answers[0]?.facts, answers[4]?.facts, answers[8]?.facts];
    expect(again?.['credentialId']).toBe(first?.['credentialId']);
    expect(again?.['nonce']).not.toBe(first?.['nonce']);
    expect(replaced?.['credentialId']).not.toBe(first?.['credentialId']);
    expect(replaced?.['subject']).toBe(first?.['subject']);
  });

  it.each(SHOWN_FAMILIES.map((family) => [family, faultsOf(family)] as const))(
    'prints what is refused of %s, fault by fault',
    async (family, faults) => {
      const wanted = [['--trust-out', trustFile], ...faults.map((fault) => ['--fault', fault])];
      const { code, stdout, stderr } = await runEach(
        'issue',
        wanted.map((options) => [...at, '--family', family, ...options]),
      );
      expect(code, stderr).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      const answers = await onecardVerify(
        JSON.parse(readFileSync(trustFile, 'utf8')),
        lines.map((line) => JSON.parse(line)),
      );
      const accepted = wanted.map((_, i) => answers.slice(4 * i, 4 * (i + 1)).map(({ ok }) => ok));
      expect(answers).toHaveLength(4 * wanted.length);
      expect(accepted[0], 'without a fault').toEqual(Array(4).fill(true));
      for (const [i, fault] of faults.entries()) {
        expect(accepted[i + 1], fault).toEqual(Array(4).fill(false));
      }
    },
  );

  it.each([
    ['an unknown family', ['--family', 'passport']],
    ['an unknown fault', ['--family', 'transit-qr', '--fault', 'none-such']],
    ['generation 0', ['--family', 'chip-oda', '--generation', '0']],
    ['no instant', ['--family', 'transit-qr', '--at', 'now']],
    ['no number', ['--family', 'transit-qr', '--count', '-1']],
    ['a region of capitals', ['--family', 'transit-qr', '--region', 'CQ']],
    ['a folder that is not there', ['--family', 'transit-qr', '--trust-out', join(folder, 'no/trust.json')]],
  ])('ends with status 2 for %s', async (_name, args) => {
    const { code, stdout, stderr } = await run('issue', [...at, ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^(error|onecard issue): .+\n$/);
  });
});

/** As a gateway finds it: from the newest metadata down. */
async function publishedTrust(url: string, authorization: string): Promise<unknown> {
  const get = async (path: string) =>
    (await (await fetch(`${url}/v1/tuf/${path}`, { headers: { authorization } })).json()) as Metadata;
  const versionIn = async (file: string, of: string) =>
    (await get(`metadata/${file}`)).signed.meta[of]?.version;
  const snapshot = await versionIn('timestamp.json', 'snapshot.json');
  const targets = await versionIn(`${snapshot}.snapshot.json`, 'targets.json');
  const { signed } = await get(`metadata/${targets}.targets.json`);
  return await get(`targets/${signed.targets['trust.json']?.hashes.sha256}.trust.json`);
}

interface Metadata {
  readonly signed: {
    readonly meta: Readonly<Record<string, { readonly version: number }>>;
    readonly targets: Readonly<Record<string, { readonly hashes: { readonly sha256: string } }>>;
  };
}

describe('onecard platform', () => {
  it('serves until it is told to stop, and keeps its journal and token', async () => {
    const [data, rootFile, tokenFile] = [
      join(folder, 'data'),
      join(folder, 'root.json'),
      join(folder, 'token'),
    ];
    const args = ['--seed', 's', '--cards', '10', '--listen', '127.0.0.1:0', '--data', data];
    args.push('--root-out', rootFile, '--control', '127.0.0.1:0', '--token-file', tokenFile);
    for (const expected of [
      { accepted: 1, duplicates: 0, conflicts: 0 },
      { accepted: 0, duplicates: 1, conflicts: 0 },
    ]) {
      const { child, out, ended } = start('platform', args);
      await until(() => out.stdout.includes('try '));
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out.stdout)?.[0];
      const token = readFileSync(tokenFile, 'utf8').trim();
      expect(out.stdout).not.toContain(token);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const root = await fetch(`${url}/v1/tuf/metadata/1.root.json`, { headers });
      expect(await root.text()).toBe(readFileSync(rootFile, 'utf8'));
      const control = /http\S+\/control\/fault/.exec(out.stdout)?.[0] ?? '';
      expect(await (await fetch(control)).json()).toEqual({ fault: null });
      const body = JSON.stringify({ gateway: 'gw', records: [{ id: 'one' }] });
      const answer = await fetch(`${url}/v1/journal`, { method: 'POST', body, headers });
      expect(await answer.json()).toEqual(expected);
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(out.stdout).toContain('1 journal records kept');
      expect(out.stderr).toBe('');
    }
    expect(statSync(tokenFile).mode & 0o077).toBe(0);
  });

  it('keeps a status list of tokens that scripts change, and that trust names where it is asked for', async () => {
    const tokenFile = join(folder, 'status-token');
    const args = ['--seed', 's', '--cards', '10', '--listen', '127.0.0.1:0', '--token-file', tokenFile];
    const { child, out, ended } = start('platform', [
      ...args,
      ...['--control', '127.0.0.1:0', '--token-status', '7'],
    ]);
    await until(() => out.stdout.includes('try '));
    const [, uri = ''] = /^statuses +(\S+)$/m.exec(out.stdout) ?? [];
    const control = /(http\S+\/control)\/fault/.exec(out.stdout)?.[1] ?? '';
    const put = (body: object) =>
      fetch(`${control}/token-status`, {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
    const entry = async (index: number) => {
      const token = await (await fetch(uri, { headers: { authorization } })).text();
      const { sub, ttl, status_list } = decodeJwt<StatusListClaims>(token);
      expect([sub, ttl]).toEqual([uri, 7]);
      const list = inflateSync(Buffer.from(status_list.lst, 'base64url'));
      return ((list[Math.floor(index / 4)] ?? 0) >> ((index % 4) * 2)) & 3;
    };
    expect(await publishedTrust(new URL(uri).origin, authorization)).toMatchObject({
      statusLists: [{ uri }],
    });
    for (const value of [1, 2, 0]) {
      expect((await put({ index: 9, value })).status).toBe(200);
      expect(await entry(9)).toBe(value);
    }
    expect((await put({ index: 65_536, value: 1 })).status).toBe(400);
    expect((await put({ index: 9, value: 4 })).status).toBe(400);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it.each([
    ['no address', ['--listen', 'nowhere']],
    ['a port that is none', ['--listen', '127.0.0.1:70000']],
    ['too many cards', ['--cards', '20000001']],
    ['an unknown fault', ['--fault', 'slow:soon']],
    ['a list that is none', ['--snapshot', join(folder, 'short')]],
    ['control for everybody', ['--control', '0.0.0.0:0']],
    ['a token too short', ['--token-file', join(folder, 'short')]],
    ['an address that is not ours', ['--listen', '192.0.2.1:0']],
  ])('ends with status 2 for %s', async (_name, args) => {
    writeFileSync(join(folder, 'short'), 'short\n');
    const { code, stderr } = await run('platform', ['--seed', 's', '--cards', '1', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^(error|onecard platform): .+\n$/);
  });
});
