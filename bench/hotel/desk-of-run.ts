/** The hotel's desk of a run: its settings, and a hotel's own system that is made a client of it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../drive/free-port.ts';
import { ownGateway } from '../drive/gateway.ts';
import type { Run } from '../drive/run.ts';
import { OptionsError } from '../options.ts';
import { DocumentClient } from './client-of-document.ts';

export interface BenchDesk {
  readonly url: string;
  /** Of the gateway. */
  readonly settings: Readonly<Record<'hotel', Readonly<Record<string, unknown>>>>;
  remove(): void;
}

/** All requests come from one address: its limit, which is there against floods, is lifted to this. */
const REQUESTS_PER_S = 1_000;
const PASSWORD = 'a bench that protects nothing';

export async function benchDesk(): Promise<BenchDesk> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-hotel-'));
  const key = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const port = await freePort();
  return {
    url: `http://127.0.0.1:${port}`,
    settings: {
      hotel: {
        ...{ hotel_id: 'bench', listen: { host: '127.0.0.1', port } },
        key_file: key('key', '5a'.repeat(32)),
        match_key_file: key('match-key', 'c3'.repeat(32)),
        limits: { requests_per_s: REQUESTS_PER_S },
      },
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The first manager, whose password is said once, makes the hotel's system a client; from then on it needs nobody. */
export async function hotelSystem(
  run: Run,
  url: string,
  operations: readonly string[],
): Promise<DocumentClient> {
  const client = await DocumentClient.of(`${url}/openapi.json`, () => ({ 'idempotency-key': randomUUID() }));
  const said = ownGateway(run.gateway)?.saidOnce() ?? '';
  const oneTime = /password (\S+)/.exec(said)?.[1] ?? '';
  const signedIn = async (operationId: string, body: object, headers = {}) => {
    const answer = await client.call(operationId, { body, headers });
    if (answer.status !== 200) throw new OptionsError(`${operationId}: ${answer.status}`);
    const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
    return { cookie, 'x-csrf-token': String(answer.body['csrf']) };
  };
  const first = await signedIn('signIn', { account: 'manager', password: oneTime });
  const manager = await signedIn('changePassword', { old: oneTime, new: PASSWORD }, first);
  const body = { title: 'Bench', scopes: client.scopesOf(operations) };
  const made = await client.call('createClient', { body, headers: manager });
  if (made.status !== 201) throw new OptionsError(`createClient: ${made.status}`);
  const { client_id: id, client_secret: secret } = made.body;
  await client.authorise({ id: String(id), secret: String(secret) }, operations);
  return client;
}
