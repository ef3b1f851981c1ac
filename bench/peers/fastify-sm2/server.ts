/**
 * `node server.ts FOLDER`: a process for each core, all on one port (node:cluster). FOLDER holds trust.json, cards.json and
 * token. Prints one line of JSON when all listen.
 */
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildApp } from './app.ts';
import { type CardFile, type TrustFile, Verifier } from './verifier.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new RangeError('node server.ts FOLDER');

if (cluster.isPrimary) await lead();
else await serve(folder);

async function lead(): Promise<void> {
  const workers = Array.from({ length: availableParallelism() }, () => cluster.fork());
  cluster.on('exit', () => process.exit(process.exitCode ?? 1));
  process.once('SIGTERM', () => {
    process.exitCode = 0;
    for (const worker of workers) worker.kill();
  });
  const urls = workers.map(
    (worker) => new Promise<string>((resolve) => worker.once('message', (url: string) => resolve(url))),
  );
  const [http] = await Promise.all(urls);
  const pids = [process.pid, ...workers.map((worker) => worker.process.pid)];
  process.stdout.write(`${JSON.stringify({ http, pids })}\n`);
}

async function serve(from: string): Promise<void> {
  const read = (name: string) => readFileSync(join(from, name), 'utf8');
  const cards = JSON.parse(read('cards.json')) as CardFile;
  const verifier = new Verifier(JSON.parse(read('trust.json')) as TrustFile, cards);
  const url = await buildApp(verifier, read('token')).listen({ port: 0, host: '127.0.0.1' });
  process.send?.(url);
}
