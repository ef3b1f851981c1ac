/** A real PostgreSQL server from Debian's binaries, on a Unix socket in a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

const BIN = '/usr/lib/postgresql/15/bin';
/** It refuses to be run by root. `nobody` owns nothing. */
const NOBODY = 65_534;
const READY_TRIES = 200;
const READY_MS = 50;

/** Why there is none; null: there is. */
export const noPostgres = existsSync(join(BIN, 'initdb')) ? null : `no PostgreSQL 15 in ${BIN}`;

export interface PostgresServer {
  /** Address of a fresh database. */
  database(): Promise<string>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-pg-'));
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(BIN, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'desk', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { ...as, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  // No address: nobody else's test is in the way.
  const settings = ['listen_addresses=', 'fsync=off', 'shared_buffers=32MB', 'max_connections=60'];
  const server = spawn(
    join(BIN, 'postgres'),
    ['-D', data, '-k', folder, ...settings.flatMap((each) => ['-c', each])],
    { ...as, cwd: folder, stdio: 'ignore' },
  );
  const url = (name: string) => `postgresql://desk@localhost/${name}?host=${encodeURIComponent(folder)}`;
  await ready(url('postgres'), server);
  let databases = 0;
  return {
    async database() {
      databases += 1;
      const name = `register_${databases}`;
      await query(url('postgres'), `CREATE DATABASE ${name}`);
      return url(name);
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      // Immediate shutdown: what it keeps goes with the folder.
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as readonly Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  for (let tries = READY_TRIES; ; tries -= 1) {
    try {
      await query(url, 'SELECT 1');
      return;
    } catch (cause) {
      if (tries === 0 || server.exitCode !== null) throw cause;
      await new Promise((resolve) => setTimeout(resolve, READY_MS));
    }
  }
}
