/** The storage library, in a process that dies where the file says that ONECARD_TEST_DIES_FILE names (`DeathAt`). */
import { existsSync, readFileSync } from 'node:fs';
import { open as openStore, type RootDatabase } from 'lmdb';

/** Before this is written, of what the beginning of an epoch writes; or when all of that is on disk. */
export type DeathAt = 'lineage' | 'epoch' | 'written';

const file = process.env['ONECARD_TEST_DIES_FILE'] ?? '';
const die = () => void process.kill(process.pid, 'SIGKILL');
const deathAt = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
let hasBegun = false;

type Method = (this: unknown, ...given: readonly unknown[]) => unknown;

export function open(...given: Parameters<typeof openStore>): RootDatabase {
  const environment: RootDatabase = openStore(...given);
  // All tables of an environment have it in common.
  const store = Object.getPrototypeOf(environment) as Record<string, Method>;
  for (const name of ['put', 'putSync']) wrap(store, name, beforePut);
  wrap(store, 'batch', () => {}, afterBatch);
  return environment;
}

function beforePut(key: unknown): void {
  if (!Buffer.isBuffer(key)) return;
  if (key.toString() === deathAt()) die();
  if (key.toString() === 'lineage') hasBegun = true;
}

function afterBatch(written: unknown): void {
  if (hasBegun && deathAt() === 'written') void Promise.resolve(written).then(die);
}

function wrap(
  store: Record<string, Method>,
  name: string,
  before: (...given: readonly unknown[]) => void,
  after: (answer: unknown) => void = () => {},
): void {
  const method = store[name];
  // It is opened to be read only.
  if (!method) return;
  store[name] = function (...given) {
    before(...given);
    const answer = method.apply(this, [...given]);
    after(answer);
    return answer;
  };
}
