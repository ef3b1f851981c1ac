/**
 * The overlay `single` on the real control plane: applied, run, asked by kubectl; its node is drained under a gate that taps, and
 * it comes back to its volume. A pod that does not hear SIGTERM is killed when its grace is over.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { becomes, Cluster } from './cluster.rig.ts';
import { ADMIN_TOKEN, Deployment, NAMESPACE } from './deployment.rig.ts';
import { GateLoad, newGate } from './gate-load.rig.ts';
import type { Service, VolumeClaim } from './objects.rig.ts';

const GATEWAY = 'onecard-gateway-0';
const SETTINGS = '/etc/onecard/settings/gateway.json';
const gate = newGate('gate-1');

let cluster: Cluster;
let deployment: Deployment;

beforeAll(async () => {
  cluster = await Cluster.start();
  deployment = await Deployment.make(cluster);
  deployment.namePlatform('single');
  await deployment.createSecrets();
});
afterAll(async () => {
  await cluster?.stop();
  await deployment?.stop();
});

test('it is applied, becomes ready by its probes on a volume of its own, and kubectl reaches it', async () => {
  await cluster.kubectl(['apply', '-k', deployment.overlay('single')]);
  const [pod] = await deployment.becomeReady(1);
  expect(cluster.ledger.eventsOf(pod?.metadata.uid ?? '')).toEqual([
    'started',
    'startup probe succeeded',
    'ready',
  ]);
  const claim = await claimOf();
  expect(claim.status?.phase).toBe('Bound');
  const enrol = ['onecard', 'device', 'enroll', '--config', SETTINGS, '--public-key', '/dev/stdin'];
  const as = ['--id', gate.deviceId, '--class', 'gate', '--scene', '29/entry'];
  await cluster.kubectl(['-n', NAMESPACE, 'exec', '-i', GATEWAY, '--', ...enrol, ...as], {
    input: JSON.stringify(gate.publicJwk),
  });
  expect(await cluster.kubectl(['-n', NAMESPACE, 'logs', GATEWAY])).toContain('listening');
  const failed = await cluster.tryKubectl(['-n', NAMESPACE, 'exec', GATEWAY, '--', 'onecard', 'no-such']);
  expect(failed.status).not.toBe(0);
  const metrics = await fetch(`http://${pod?.status?.podIP}:9790/metrics`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect(metrics.status).toBe(200);
});

test('its node is drained: it is let go, stops in order, comes back to its volume, and each tap is answered once', async () => {
  const load = new GateLoad({
    city: deployment.city,
    url: `ws://${await serviceAddress()}:8790/v1/gate`,
    audience: { gatewayId: GATEWAY },
    gates: [gate],
  });
  await load.ready();
  load.run(20);
  await becomes(
    'taps are answered',
    () => load.tapped.length,
    (count) => count >= 20,
  );
  const [before] = await deployment.pods();
  const [uid, node] = [before?.metadata.uid ?? '', before?.spec.nodeName ?? ''];
  const { volumeName } = (await claimOf()).spec;
  await cluster.kubectl(['drain', node, '--delete-emptydir-data', '--timeout=100s']);
  expect(cluster.ledger.lifeOf(uid)).toEqual([
    'started',
    'startup probe succeeded',
    'ready',
    'terminating',
    'preStop ended',
    'SIGTERM',
    'exited 0',
    'removed',
  ]);
  // Its volume is on that node: it waits for it.
  await becomes(
    'the next one waits for the node',
    () => deployment.pods(),
    ([pod]) =>
      pod?.status?.conditions?.some((each) => each.type === 'PodScheduled' && each.status === 'False') ===
      true,
  );
  await cluster.kubectl(['uncordon', node]);
  const [after] = await deployment.becomeReady(1);
  expect([after?.spec.nodeName, (await claimOf()).spec.volumeName]).toEqual([node, volumeName]);
  const answered = load.tapped.length;
  await becomes(
    'taps are answered again',
    () => load.tapped.length,
    (count) => count >= answered + 20,
  );
  await load.stop();
  expect(new Set(load.tapped.map(({ said }) => said))).toEqual(new Set(['decision allow.good']));
  expect(new Set(load.decisions.values())).toEqual(new Set([1]));
  expect(load.tapped.some(({ byReconnect }) => byReconnect)).toBe(true);
  await becomes(
    'the platform has every record',
    () => deployment.platform.journalSummary().gateways[GATEWAY],
    (records) => records === load.tapped.length,
  );
  expect(deployment.platform.journalSummary().conflicts).toBe(0);
});

test('a pod that does not hear SIGTERM is killed at the end of its grace, not before', async () => {
  const [running] = await deployment.pods();
  if (running === undefined) throw new Error('there is no gateway');
  const [container] = running.spec.containers;
  const deaf = "process.on('SIGTERM', () => console.log('heard')); setInterval(() => {}, 1000)";
  await cluster.api.create(`/api/v1/namespaces/${NAMESPACE}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'deaf' },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 3,
      securityContext: running.spec.securityContext,
      containers: [
        {
          name: 'deaf',
          image: container?.image,
          command: ['/usr/local/bin/node', '-e', deaf],
          securityContext: container?.securityContext,
          resources: container?.resources,
        },
      ],
    },
  });
  const [pod] = (await deployment.becomeReady(2)).filter(({ metadata }) => metadata.name === 'deaf');
  await cluster.kubectl(['-n', NAMESPACE, 'delete', 'pod', 'deaf', '--timeout=60s']);
  expect(cluster.ledger.lifeOf(pod?.metadata.uid ?? '')).toEqual([
    'started',
    'ready',
    'terminating',
    'SIGTERM',
    'grace ended',
    'exited 137',
    'removed',
  ]);
});

function claimOf(): Promise<VolumeClaim> {
  return cluster.api.get(`/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims/data-${GATEWAY}`);
}

async function serviceAddress(): Promise<string> {
  const service = await cluster.api.get<Service>(`/api/v1/namespaces/${NAMESPACE}/services/onecard-gateway`);
  return service.spec.clusterIP ?? '';
}
