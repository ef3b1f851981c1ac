/**
 * The page for operators, `deploy/k8s/README.md`, from its first command to its last: each fenced block is run as it stands there,
 * in order, against the real control plane, while gates tap through the balancer. What is true after each step is looked at.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodCards } from '../system/presentations.rig.ts';
import { CityLooks, zoneOf } from './city-looks.rig.ts';
import { becomes, Cluster, type NodeName, SPARE } from './cluster.rig.ts';
import { Deployment, ENGINES_NAMESPACE, NAMESPACE, podsOf } from './deployment.rig.ts';
import { GateLoad, newGate } from './gate-load.rig.ts';
import type { Pod } from './objects.rig.ts';
import { installOperatorKinds } from './outside.rig.ts';
import { runStep, type Step, stepsOf } from './readme.rig.ts';
import { done } from './tools.rig.ts';

/** What the page asks for that is not in this cluster, and what stands for it. */
const STANDS_FOR = {
  'an image registry': 'every pod of a gateway has the root folder of node/root-folder.rig.ts',
  'helm and its charts': 'charts/helm.rig.ts, which makes NATS and Valkey from the values',
  'the adapter of metrics': 'nothing: the autoscaler says <unknown>, as the page tells',
  'an Ingress, Prometheus': 'their namespaces; gates tap at the Service, as a proxy would',
  nsc: 'bus-accounts.rig.ts',
  'a storage driver and its snapshots': 'folders that all nodes of a zone reach; a copy of one is a snapshot',
} as const;

const STEPS = [
  ...[
    'Bring up the engines 1',
    'Bring up the engines 2',
    'Bring up the gateways 1',
    'Bring up the gateways 2',
  ],
  ...['Watch 1', 'Watch 2', 'Watch 3', 'Watch 4', 'Watch 5', 'Upgrade 1', 'Upgrade 2', 'Rotate keys 1'],
  ...['The key of the cluster 1', 'The key of the cluster 2', 'Credentials of NATS 1'],
  ...['Password of Valkey 1', 'Password of Valkey 2', 'A lost node 1', 'A lost volume 1', 'A lost volume 2'],
  ...['A restored backup 1', 'Lost Valkey 1'],
];

const GATES = 5;
/** Of those that are good. */
const CARDS_FOR_ONE = 500;
const GATEWAY_1 = 'onecard-gateway-1';
const CLAIM = `data-${GATEWAY_1}`;
const NEW_ADMIN_TOKEN = 'k8s-test-admin-token-2';
/** The last one is for gateway 1 alone. */
const gates = Array.from({ length: GATES + 1 }, (_, at) => newGate(`gate-${at + 1}`));
const names = gates.map(({ deviceId }) => deviceId);

let cluster: Cluster;
let deployment: Deployment;
let steps: readonly Step[];
let load: GateLoad | undefined;
let standIns: string;
let looks: CityLooks;

beforeAll(async () => {
  cluster = await Cluster.start({ spare: true });
  deployment = await Deployment.make(cluster, { cards: 4_000, onBus: true });
  looks = new CityLooks(deployment);
  steps = stepsOf(join(deployment.folder, 'README.md'));
  standIns = join(cluster.folder, 'stand-ins');
  mkdirSync(standIns);
  const helm = fileURLToPath(new URL('./charts/helm.rig.ts', import.meta.url));
  writeFileSync(join(standIns, 'helm'), `#!/bin/sh\nexec ${process.execPath} ${helm} "$@"\n`);
  chmodSync(join(standIns, 'helm'), 0o755);
  await installOperatorKinds(cluster);
  for (const namespace of ['ingress', 'monitoring'])
    await cluster.kubectl(['create', 'namespace', namespace]);
  deployment.namePlatform('city');
}, 240_000);
afterAll(async () => {
  await load?.stop();
  await cluster?.stop();
  await deployment?.stop();
});

test('the steps of the page are these', () => {
  expect(steps.map(({ name }) => name)).toEqual(STEPS);
  expect(Object.keys(STANDS_FOR)).toHaveLength(6);
});

describe('bring up', () => {
  test('the engines', async () => {
    await step('Bring up the engines 1');
    await step('Bring up the engines 2');
    const engines = await podsOf(cluster, ENGINES_NAMESPACE);
    expect(engines.map(({ metadata }) => metadata.name)).toEqual([
      ...[0, 1, 2].map((at) => `nats-${at}`),
      ...[0, 1, 2].map((at) => `valkey-${at}`),
    ]);
  });

  test('the gateways, over three zones', async () => {
    await step('Bring up the gateways 1');
    expect(new Set((await deployment.becomeReady(3)).map(zoneOf)).size).toBe(3);
  });

  test('devices, enrolled at one gateway, known at all, tap at any', async () => {
    for (const { deviceId, publicJwk } of gates) {
      writeFileSync(join(deployment.folder, `${deviceId}.pub.jwk`), JSON.stringify(publicJwk));
      await step('Bring up the gateways 2', {}, (commands) => commands.replaceAll('gate-1', deviceId));
    }
    for (const { metadata } of await deployment.pods()) await looks.known(metadata.name, names);
    load = new GateLoad({
      city: deployment.city,
      url: `ws://${await looks.serviceAddress(NAMESPACE, 'onecard-gateway')}:8790/v1/gate`,
      audience: { cluster: 'city' },
      gates: gates.slice(0, GATES),
      cards: goodCards(deployment.city, 'sm2').slice(CARDS_FOR_ONE),
    });
    await load.ready();
    load.run(50);
    await tapsGoOn();
  });
});

describe('watch', () => {
  test('pods, claims, budget, autoscaler; and the cluster by itself', async () => {
    const said = await step('Watch 1');
    for (const name of [0, 1, 2].map((at) => `onecard-gateway-${at}`)) expect(said).toContain(name);
    expect(said).toContain('<unknown>');
  });

  test("the Prometheus operator's kinds, and the adapter's chart", async () => {
    await step('Watch 2');
    await step('Watch 3');
  });

  test('a fourth gateway, by the minimum; when it goes its volume stays', async () => {
    await step('Watch 4');
    await deployment.becomeReady(4);
    await step('Watch 5');
    // What the autoscaler does once an adapter tells it of taps.
    await cluster.kubectl(['-n', NAMESPACE, 'scale', 'statefulset/onecard-gateway', '--replicas=3']);
    await deployment.becomeReady(3);
    const claims = await cluster.kubectl(['-n', NAMESPACE, 'get', 'pvc', '-o', 'name']);
    expect(claims).toContain('data-onecard-gateway-3');
    await tapsGoOn();
  });
});

describe('upgrade', () => {
  test('one by one, the last first, each ready before the next is told to go', async () => {
    const file = join(deployment.overlay('city'), 'kustomization.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/newTag: .+ \}/, 'newTag: 0.1.1 }'));
    const [before, from] = [await deployment.pods(), cluster.ledger.lines.length];
    await step('Upgrade 1');
    const after = await deployment.becomeReady(3);
    expect(new Set(after.map(({ spec }) => spec.containers[0]?.image.split(':').at(-1)))).toEqual(
      new Set(['0.1.1']),
    );
    const order = cluster.ledger.lines
      .slice(from)
      .filter(({ event }) => ['terminating', 'removed', 'started', 'ready'].includes(event))
      .map(({ pod, event }) => `${pod.at(-1)} ${event}`);
    expect(order).toEqual(
      [2, 1, 0].flatMap((at) =>
        ['terminating', 'removed', 'started', 'ready'].map((event) => `${at} ${event}`),
      ),
    );
    for (const { metadata } of before) {
      expect(cluster.ledger.lifeOf(metadata.uid).slice(-5)).toEqual([
        ...['terminating', 'preStop ended', 'SIGTERM', 'exited 0', 'removed'],
      ]);
    }
    await tapsGoOn();
  });

  test('a node for maintenance', async () => {
    await step('Upgrade 2', { NODE: 'node-b' });
    await deployment.becomeReady(3);
    await tapsGoOn();
  });
});

describe('rotate keys', () => {
  test('the admin token', async () => {
    const old = readFileSync(deployment.secret('onecard-gateway', 'admin-token'), 'utf8');
    writeFileSync(deployment.secret('onecard-gateway', 'admin-token'), NEW_ADMIN_TOKEN);
    await step('Rotate keys 1');
    for (const pod of await deployment.becomeReady(3)) {
      expect([await looks.metricsStatus(pod, NEW_ADMIN_TOKEN), await looks.metricsStatus(pod, old)]).toEqual([
        200, 401,
      ]);
    }
    await tapsGoOn();
  });

  test('the key of the cluster: the new one above the old one, then alone', async () => {
    const [old] = await looks.clusterKeys();
    await step('The key of the cluster 1');
    const both = await looks.clusterKeys();
    expect([both.length, both[1]]).toEqual([2, old]);
    await tapsGoOn();
    await step('The key of the cluster 2');
    expect(await looks.clusterKeys()).toEqual([both[0]]);
    await deployment.becomeReady(3);
    await tapsGoOn();
  });

  test('credentials of NATS', async () => {
    const old = readFileSync(deployment.secret('onecard-cluster', 'nats.creds'), 'utf8');
    expect(await looks.natsTakes(old)).toBe(true);
    writeFileSync(
      deployment.secret('onecard-cluster', 'nats.creds'),
      deployment.accounts.credentials('gateway-2'),
    );
    await step('Rotate keys 1', {}, (commands) =>
      commands.replace('SECRET=onecard-gateway', 'SECRET=onecard-cluster'),
    );
    deployment.accounts.revoke('gateway');
    writeFileSync(deployment.secret('nats-auth', 'auth.conf'), deployment.accounts.serverConfig);
    await step('Credentials of NATS 1');
    await becomes(
      'NATS takes the old ones no more',
      () => looks.natsTakes(old),
      (taken) => !taken,
    );
    expect(
      await looks.natsTakes(readFileSync(deployment.secret('onecard-cluster', 'nats.creds'), 'utf8')),
    ).toBe(true);
    await tapsGoOn();
  });

  test('the password of Valkey: both are good until it starts again', async () => {
    const old = looks.valkeyPassword;
    await step('Password of Valkey 1');
    const fresh = looks.valkeyPassword;
    expect(fresh).not.toBe(old);
    expect([await looks.valkeyTakes(old), await looks.valkeyTakes(fresh)]).toEqual([true, true]);
    await step('Password of Valkey 2');
    await cluster.kubectl(['-n', ENGINES_NAMESPACE, 'rollout', 'status', 'statefulset/valkey']);
    expect([await looks.valkeyTakes(old), await looks.valkeyTakes(fresh)]).toEqual([false, true]);
    await tapsGoOn();
  });
});

describe('recover', () => {
  test('a lost node: its gateway starts elsewhere in its zone, on its volume', async () => {
    const lost = (await deployment.pods()).find((pod) => zoneOf(pod) === SPARE.zone);
    const node = lost?.spec.nodeName as NodeName;
    await cluster.loseNode(node);
    await becomes(
      'the node is lost',
      () => cluster.kubectl(['get', 'node', node]),
      (said) => said.includes('NotReady'),
    );
    await step('A lost node 1', { NODE: node });
    const found = (await deployment.becomeReady(3)).find(
      ({ metadata }) => metadata.name === lost?.metadata.name,
    );
    expect([found?.spec.nodeName === node, found && zoneOf(found)]).toEqual([false, SPARE.zone]);
    await cluster.startNode(node);
    await cluster.kubectl(['taint', 'nodes', node, 'node.kubernetes.io/out-of-service-']);
    await tapsGoOn();
  });

  test('a lost volume: gateway 1 begins anew, the others go on', async () => {
    const [before, others] = [await looks.volumeOf(CLAIM), await looks.uidsBut(GATEWAY_1)];
    await step('A lost volume 1');
    await step('A lost volume 2');
    await deployment.becomeReady(3);
    expect((await looks.volumeOf(CLAIM)).name).not.toBe(before.name);
    expect(await looks.uidsBut(GATEWAY_1)).toEqual(others);
    await looks.known(GATEWAY_1, names);
    await tapsGoOn();
  });

  test('a restored backup: gateway 1 goes on from it, under a new epoch', async () => {
    const zone = zoneOf(await gateway1());
    const copy = await cluster.snapshot(NAMESPACE, GATEWAY_1, (await looks.volumeOf(CLAIM)).path);
    const atPlatform = () => deployment.platform.journalSummary().gateways[GATEWAY_1] ?? 0;
    const had = atPlatform();
    await tapsAtGateway1(() =>
      becomes('the platform has what the snapshot lacks', atPlatform, (records) => records > had + 50),
    );
    await step('A lost volume 1');
    const path = await cluster.addVolume(zone, 'restored', { namespace: NAMESPACE, name: CLAIM });
    await done(['cp', '-a', `${copy}/.`, path]);
    await step('A restored backup 1');
    await step('A lost volume 2');
    await deployment.becomeReady(3);
    expect((await looks.volumeOf(CLAIM)).name).toBe('restored');
    await tapsAtGateway1(() =>
      becomes(
        'the platform was told of the new epoch',
        () => deployment.platform.journalSummary().forks[GATEWAY_1]?.length ?? 0,
        (forks) => forks > 0,
      ),
    );
    await tapsGoOn();
  });

  test('a lost Valkey: it is made again, empty', async () => {
    await step('Lost Valkey 1');
    await becomes('it answers', () => looks.valkeyTakes(looks.valkeyPassword), Boolean);
    await tapsGoOn();
  });
});

test('through all of it no tap was left without its decision, and none was decided twice', async () => {
  await load?.stop();
  const taps = load?.tapped ?? [];
  const said = Map.groupBy(taps, (tap) => tap.said);
  console.log(
    JSON.stringify({
      taps: taps.length,
      said: Object.fromEntries([...said].map(([what, those]) => [what, those.length])),
      by_reconnect: taps.filter(({ byReconnect }) => byReconnect).length,
      longest_ms: Math.round(Math.max(...taps.map(({ tookMs }) => tookMs))),
      longest_without_reconnect_ms: Math.round(
        Math.max(...taps.filter(({ byReconnect }) => !byReconnect).map(({ tookMs }) => tookMs)),
      ),
      connections: cluster.balancer.counts,
      detection: deployment.platform.replays.counts(),
    }),
  );
  expect([...said.keys()]).toEqual(['decision allow.good']);
  expect(new Set(load?.decisions.values())).toEqual(new Set([1]));
  expect(load?.decisions.size).toBe(taps.length);
  await becomes(
    'the platform has the records of all',
    () => deployment.platform.journalSummary().records,
    (records) => records >= taps.length,
  );
  // Over all journals: no code was accepted for two taps.
  expect(deployment.platform.replays.counts().doubles).toBe(0);
});

async function step(
  name: string,
  env: Readonly<Record<string, string>> = {},
  edited: (commands: string) => string = (commands) => commands,
): Promise<string> {
  const found = steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the page has no step ${name}`);
  return runStep(
    cluster,
    { ...found, commands: edited(found.commands) },
    { folder: deployment.folder, standIns, env },
  );
}

/** Every gate gets an answer from here on. */
async function tapsGoOn(): Promise<void> {
  const before = load?.tapped.length ?? 0;
  await becomes(
    'every gate taps on',
    () => new Set(load?.tapped.slice(before).map(({ deviceId }) => deviceId)).size,
    (count) => count === GATES,
  );
}

async function gateway1(): Promise<Pod | undefined> {
  return (await deployment.pods()).find(({ metadata }) => metadata.name === GATEWAY_1);
}

/** Of a gate that goes to this gateway alone, until something is so. */
async function tapsAtGateway1(until: () => Promise<unknown>): Promise<void> {
  const own = new GateLoad({
    city: deployment.city,
    url: `ws://${(await gateway1())?.status?.podIP}:8790/v1/gate`,
    audience: { gatewayId: GATEWAY_1 },
    gates: gates.slice(GATES),
    cards: goodCards(deployment.city, 'sm2').slice(0, CARDS_FOR_ONE),
  });
  await own.ready();
  own.run(20);
  await until();
  await own.stop();
}
