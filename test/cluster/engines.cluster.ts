/** The values in `deploy/k8s/engines`, taken by the very servers: what they configure is understood, and enough for gateways. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readClusterKeys } from '../../gateway/cluster/cluster-keys.ts';
import { StoreClient } from '../../gateway/cluster/store/connect-store.ts';
import { Store } from '../../gateway/cluster/store/store.ts';
import { TakenNames } from '../../gateway/cluster/store/taken-names.ts';
import { Taking } from '../../gateway/cluster/store/taking.ts';
import { TEST_CRYPTO } from '../crypto-profile.rig.ts';
import { type Field, valuesOf } from '../deploy/manifests.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { clusterMissing, startRedis } from './servers.rig.ts';

const MANY = ['station', 'city'] as const;
const PASSWORD = 'of-a-test';

/** `valkey.conf` and its users, as the arguments of the server. */
async function storeOf(values: Field) {
  const folder = temporaryFolder();
  const users = Object.keys(values.at('auth', 'aclUsers').value as object).map(
    (user) => `user ${user} on >${PASSWORD} ${values.at('auth', 'aclUsers', user, 'permissions').text}`,
  );
  writeFileSync(join(folder, 'users.acl'), `${users.join('\n')}\n`);
  const config = values
    .at('valkeyConfig')
    .text.split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [name = '', ...words] = line.split(' ');
      return [`--${name}`, words.join(' ').replace(/^""$/, '')];
    });
  const store = await startRedis({ more: [...config, '--aclfile', join(folder, 'users.acl')] });
  onTestFinished(() => store.stop());
  const as =
    (user: string) =>
    (...words: readonly string[]) =>
      store.ask('--user', user, '-a', PASSWORD, '--no-auth-warning', ...words);
  return { url: store.url, gateway: as('gateway'), operator: as('default') };
}

/** All that a gateway asks of the store, as it asks it. */
async function takingAt(url: string): Promise<string[]> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'password'), PASSWORD);
  writeFileSync(join(folder, 'keys'), 'ab'.repeat(32));
  const said: string[] = [];
  const bounds = { deadline_ms: 10_000, waiting_max: 100, breaker_failures: 32, breaker_open_ms: 500 };
  const client = new StoreClient(
    { urls: [url], username: 'gateway', password_file: join(folder, 'password'), ...bounds },
    { there: () => {}, away: (detail) => said.push(detail), unfit: (sentence) => said.push(sentence) },
  );
  onTestFinished(() => client.close());
  await client.firstTry();
  const failed = (count: number) => said.push(`${count} not answered`);
  const store = new Store(client, bounds, { answered: () => {}, late: failed, failed, refused: failed });
  const keys = readClusterKeys(join(folder, 'keys'), TEST_CRYPTO);
  const taking = new Taking({ store, keys, crypto: TEST_CRYPTO, cluster: 'city', now: () => Date.now() });
  const untilMs = Date.now() + 60_000;
  const tap = (seq: number) => ({
    ...{ names: [new Uint8Array(16)], untilMs, tap: { deviceId: 'gate-1', stream: '00', seq } },
    card: { listRevision: '7', credentialId: 'card-1' },
  });
  const take = (seq: number) =>
    new Promise<string>((resolve) => taking.takeAll([tap(seq)], ([taken]) => resolve(`${taken?.showing}`)));
  said.push(await take(1), await take(1), await take(2));
  taking.giveBack(tap(1), { showing: true, card: true });
  const names = new TakenNames({ store, cluster: 'city', now: () => Date.now() });
  const token = async () => `${(await names.take(['a1'.repeat(16)], untilMs))?.taken}`;
  said.push(await take(2), await token(), await token());
  return said;
}

const MAY = [
  ['SET', 'onecard:city:x', 'tap', 'NX', 'GET', 'PX', '60000'],
  ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'onecard:city:x'],
  ['SCRIPT', 'LOAD', 'return 1'],
  ['INCR', 'onecard:city:n'],
  ['PEXPIRE', 'onecard:city:n', '60000'],
  ['DECR', 'onecard:city:n'],
  ['DEL', 'onecard:city:x'],
  ['PING'],
  ['INFO', 'server'],
  ['CLIENT', 'SETNAME', 'gw-1'],
] as const;
const MAY_NOT = [
  ['SET', 'onecard:town:x', '1'],
  ['KEYS', '*'],
  ['FLUSHALL'],
  ['CONFIG', 'GET', '*'],
  ['CLUSTER', 'RESET'],
  ['FUNCTION', 'FLUSH'],
  ['ACL', 'LIST'],
  ['SHUTDOWN'],
] as const;

test.for(MANY)(
  'Valkey of the %s: gateways may do what they do there, and nothing else',
  async (name, context) => {
    const missing = clusterMissing();
    if (missing !== null) return context.skip(missing);
    const { url, gateway, operator } = await storeOf(valuesOf(`engines/${name}/valkey.values.yaml`).values);
    for (const words of MAY)
      expect(await gateway(...words), words.join(' ')).not.toMatch(/^(ERR|NOPERM|WRONG)/);
    for (const words of MAY_NOT) expect(await gateway(...words), words.join(' ')).toMatch(/^NOPERM/);
    expect(await takingAt(url)).toEqual(['first', 'same', 'seen', 'first', 'first', 'seen']);
    expect(await operator('CONFIG', 'GET', 'maxmemory-policy')).toContain('noeviction');
    expect(await operator('CONFIG', 'GET', 'appendonly')).toContain('yes');
    // Without a password nobody is let in.
    expect(await gateway('--user', 'gateway', '-a', 'another', 'PING')).toMatch(
      /^(NOAUTH|WRONGPASS|AUTH failed)/,
    );
    // As a password is changed: both, then the new one alone.
    await operator('ACL', 'SETUSER', 'gateway', '>the-next');
    expect(await gateway('PING')).toBe('PONG');
    await operator('ACL', 'SETUSER', 'gateway', `<${PASSWORD}`);
    expect(await gateway('PING')).not.toBe('PONG');
  },
);

/** What the chart makes of `config`, as far as the values say it; files that are of secrets are empty ones of the test. */
function natsConfig(values: Field, folder: string): string {
  const merged = values.at('config', 'merge').value as Readonly<Record<string, unknown>>;
  const { $include, ...merge } = merged;
  const leaves = values.value as { readonly config: { readonly leafnodes?: { readonly port: number } } };
  mkdirSync(join(folder, 'nats-auth'));
  writeFileSync(join(folder, 'nats-auth/auth.conf'), 'accounts: { ONECARD: {} }\n');
  const config = {
    server_name: `${values.at('config', 'serverNamePrefix').text}nats-0`,
    port: values.at('config', 'nats', 'port').number,
    jetstream: {
      store_dir: join(folder, 'jetstream'),
      ...(values.at('config', 'jetstream', 'merge').value as object),
    },
    ...(leaves.config.leafnodes && { leafnodes: { port: leaves.config.leafnodes.port } }),
    ...merge,
  };
  const text = JSON.stringify(config)
    .replaceAll(/"<< (.*?) >>"/g, '$1')
    .replaceAll(/"\/etc\/nats-auth\/leaf.creds"/g, JSON.stringify(join(folder, 'leaf.creds')))
    .replaceAll(/,"tls":\{"ca_file":"[^"]*"\}/g, '');
  return `include ${String($include).replace('../', './')}\n${text.slice(1, -1)}\n`;
}

test.for(MANY)('NATS of the %s: its server takes the configuration, and not a wrong one', (name, context) => {
  const missing = clusterMissing();
  if (missing !== null) return context.skip(missing);
  const { values } = valuesOf(`engines/${name}/nats.values.yaml`);
  const folder = temporaryFolder();
  const config = natsConfig(values, folder);
  const check = (text: string) => {
    const file = join(folder, 'nats.conf');
    writeFileSync(file, text);
    const nats = join(process.env['ONECARD_CLUSTER_TOOLS'] ?? '', 'bin/nats-server');
    const env = { ...process.env, ONECARD_ACCOUNT: 'ONECARD' };
    const { status, stdout, stderr } = spawnSync(nats, ['-t', '-c', file], { encoding: 'utf8', env });
    return { status, said: `${stdout}${stderr}` };
  };
  const { status, said } = check(config);
  expect(status, said).toBe(0);
  expect(check(config.replace('max_payload', 'max_pailoud')).status).not.toBe(0);
});
