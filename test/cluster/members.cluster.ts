/** That gateways of a cluster say how they stand, and that who asks one is told of all. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { busNames } from '../../gateway/cluster/bus/subjects.ts';
import { type ClusterReport, isClusterReport } from '../../gateway/cluster/members/cluster-report.ts';
import { onecard } from '../composed/onecard-beside.rig.ts';
import {
  CLUSTER_NAME,
  type ClusterMember,
  newClusterKey,
  startCluster,
  type TestCluster,
} from './gateways.rig.ts';
import { clusterMissing, type NatsServer, startNats } from './servers.rig.ts';

const missing = clusterMissing();
const HEALTH = { every_ms: 200, gone_ms: 1_000 };

let nats: NatsServer;
let cluster: TestCluster;

beforeAll(async () => {
  if (missing) return;
  nats = await startNats();
  cluster = await startCluster({ cluster: { bus: { servers: [nats.url] }, health: HEALTH } });
});
afterAll(async () => {
  await cluster?.stop();
  await nats?.stop();
});

async function reportOf(member: ClusterMember): Promise<ClusterReport> {
  const response = await fetch(`${member.address.admin}/v1/cluster`);
  const body: unknown = await response.json();
  if (response.status !== 200 || !isClusterReport(body)) {
    throw new Error(`${response.status}: ${JSON.stringify(body)}`);
  }
  return body;
}

const statesIn = ({ members }: ClusterReport) => members.map(({ word, state }) => [word.gateway, state]);
const codesIn = ({ problems }: ClusterReport) => problems.map(({ code, gateways }) => [code, ...gateways]);

/** Waits for a report that is as it must become. */
async function reportWith(
  member: ClusterMember,
  states: readonly (readonly string[])[],
): Promise<ClusterReport> {
  let last = await reportOf(member);
  await expect
    .poll(
      async () => {
        last = await reportOf(member);
        return statesIn(last);
      },
      { timeout: 60_000, interval: 200 },
    )
    .toEqual(states);
  return last;
}

const GATEWAYS = ['gw-1', 'gw-2', 'gw-3'] as const;
const all = (state: string) => GATEWAYS.map((gateway) => [gateway, state]);

test.skipIf(missing)('who asks one gateway is told of all, and that it is cut off', async () => {
  const first = cluster.member(0);
  await reportWith(first, all('here'));
  // One that has only just started may not have its mode yet.
  await expect.poll(async () => codesIn(await reportOf(first)), { timeout: 60_000 }).toEqual([]);
  const whole = await reportOf(first);
  expect(whole).toMatchObject({ cluster: CLUSTER_NAME, asked: 'gw-1', sees: 'all', ok: true });
  for (const { word } of whole.members) {
    expect(word).toMatchObject({ ready: true, left: false, keys: [expect.stringMatching(/^[0-9a-f]{8}$/)] });
    expect(word.bus).toMatchObject({ reachable: true, server: expect.stringMatching(/^2\./) });
  }
  const metrics = async () => (await fetch(`${first.address.admin}/metrics`)).text();
  await expect.poll(metrics, { timeout: 60_000 }).toMatch(/^onecard_cluster_members 3$/m);
  expect(await metrics()).toMatch(/^onecard_bus_up 1$/m);
  expect(await metrics()).toMatch(/^onecard_cursor_lag_messages\{stream="[a-z]+"\} \d+$/m);
  expect(await metrics()).not.toContain('onecard_store_up');
  await nats.kill();
  await expect.poll(async () => (await reportOf(first)).sees, { timeout: 60_000 }).toBe('cut');
  const cut = await reportOf(first);
  expect(cut.ok).toBe(false);
  expect(codesIn(cut)[0]).toEqual(['bus_cut_here']);
  // What is kept of words may be gone with the server: it is made anew.
  await nats.restart({ empty: true });
  await reportWith(first, all('here'));
});

test.skipIf(missing)('the command asks a gateway, or the bus alone, and ends as they stand', async () => {
  const [first] = cluster.members;
  if (first === undefined) throw new Error('there is one');
  await reportWith(first, all('here'));
  const { admin } = first.address;
  const well = await onecard(['cluster', 'status', '--gateway', admin]);
  expect([well.status, well.stderr]).toEqual([0, '']);
  expect(well.lines[0]).toMatch(/^test-city {2}3 gateways, as gw-1 knows it/);
  expect(well.lines.filter((line) => /^gw-[123] +ready +(live|lists) /.test(line))).toHaveLength(3);
  expect(well.lines.at(-1)).toBe('All is well.');
  const config = join(cluster.folder, 'gateway.json');
  writeFileSync(config, JSON.stringify(first.settings));
  const byBus = await onecard(['cluster', 'status', '--config', config, '--by-bus', '--json']);
  expect([byBus.status, byBus.stderr]).toEqual([0, '']);
  expect(statesIn(JSON.parse(byBus.stdout) as ClusterReport)).toEqual(all('here'));
  const keys = readFileSync(cluster.keysFile);
  await cluster.member(2).stop();
  expect(codesIn(await reportWith(first, [...all('here').slice(0, 2), ['gw-3', 'left']]))).toEqual([]);
  writeFileSync(cluster.keysFile, `${newClusterKey()}\n`);
  await cluster.member(2).start();
  await reportWith(first, all('here'));
  const apart = await onecard(['cluster', 'status', '--gateway', admin]);
  expect(apart.status).toBe(1);
  expect(apart.stdout).toMatch(/fault {2}gw-[12], gw-3 have no key of the cluster in common/);
  expect((await onecard(['cluster', 'status', '--gateway', 'http://127.0.0.1:1'])).status).toBe(2);
  writeFileSync(cluster.keysFile, keys);
});

test.skipIf(missing)(
  'a word that is none is refused; one that is never said again is of a gateway that is gone',
  async () => {
    const first = cluster.member(0);
    const whole = await reportWith(first, all('here'));
    const [own] = whole.members;
    if (own === undefined) throw new Error('it says nothing of itself');
    const codes = codesIn(whole);
    const names = busNames(CLUSTER_NAME);
    const connection = await connect({ servers: nats.url });
    onTestFinished(() => connection.close());
    const say = (gateway: string, word: unknown) =>
      connection.publish(names.health(gateway), typeof word === 'string' ? word : JSON.stringify(word));
    const ghost = { ...own.word, gateway: 'gw-9', at_ms: Date.now() - 60_000, version: '0.0.9', keys: [] };
    // Under another's name, of another form, and no JSON.
    say('gw-2', { ...own.word, gateway: 'gw-8' });
    say('gw-7', { ...own.word, gateway: 'gw-7', holder: 'somebody' });
    say('gw-6', '{');
    say('gw-9', ghost);
    await connection.flush();
    const seen = await reportWith(first, [...all('here'), ['gw-9', 'here']]);
    expect(codesIn(seen)).toEqual([...codes, ['versions_differ'], ['clocks_differ', 'gw-9']]);
    const gone = await reportWith(first, [...all('here'), ['gw-9', 'gone']]);
    expect(codesIn(gone)).toEqual([['member_gone', 'gw-9'], ...codes]);
    expect(gone.ok).toBe(false);
  },
);
