/**
 * Every overlay as the API server takes it, with all its admission: schemas, defaults, Pod Security `restricted`. And what a
 * cluster with three zones makes of the many gateways of a city: nodes, volumes, the budget, the autoscaler.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Field, manifestsOf } from '../deploy/manifests.rig.ts';
import type { Asked } from './api-client.rig.ts';
import { becomes, Cluster, NODES } from './cluster.rig.ts';
import { DEPLOY, Deployment, listOf, NAMESPACE } from './deployment.rig.ts';
import type { Pod, VolumeClaim } from './objects.rig.ts';
import { installOperatorKinds } from './outside.rig.ts';

const OVERLAYS = readdirSync(join(DEPLOY, 'k8s/overlays'));

let cluster: Cluster;
let deployment: Deployment;

beforeAll(async () => {
  cluster = await Cluster.start();
  deployment = await Deployment.make(cluster);
  await installOperatorKinds(cluster);
  await cluster.kubectl(['apply', '-f', join(deployment.folder, 'base/namespace.yaml')]);
  await cluster.kubectl(['apply', '-f', join(deployment.folder, 'engines/base/namespace.yaml')]);
});
afterAll(async () => {
  await cluster?.stop();
  await deployment?.stop();
});

describe('the API server takes', () => {
  test('the overlays that there are', () => {
    expect(OVERLAYS).toEqual(expect.arrayContaining(['single', 'station', 'city']));
  });

  test.each([...OVERLAYS.map((name) => `overlays/${name}`), 'engines/city', 'engines/station', 'monitoring'])(
    '%s, as it would be stored, without a warning',
    async (folder) => {
      const said = await cluster.tryKubectl([
        ...['apply', '--dry-run=server', '--validate=strict', '-k', join(deployment.folder, folder)],
      ]);
      expect(said).toMatchObject({ status: 0, stderr: '' });
      expect(said.stdout).toContain('server dry run');
    },
  );
});

describe('Pod Security restricted', () => {
  test.each(OVERLAYS)(
    'takes the pod of %s, and refuses it made privileged, or as root, or with the host',
    async (overlay) => {
      const pod = await podOf(overlay);
      expect((await tryPod(pod)).status).toBe(201);
      for (const { what, spec } of [
        { what: 'privileged', spec: { privileged: true, allowPrivilegeEscalation: true } },
        { what: 'runAsNonRoot', spec: { runAsNonRoot: false } },
        { what: 'unrestricted capabilities', spec: { capabilities: { drop: ['ALL'], add: ['SYS_NICE'] } } },
        { what: 'seccompProfile', spec: { seccompProfile: { type: 'Unconfined' } } },
      ]) {
        const refused = await tryPod(withContainer(pod, spec));
        expect([what, refused.status]).toEqual([what, 403]);
        expect(refused.body).toContain('violates PodSecurity \\"restricted:latest\\"');
        expect(refused.body).toContain(what);
      }
      const onHost = await tryPod({ ...pod, hostNetwork: true });
      expect([onHost.status, onHost.body.includes('hostNetwork')]).toEqual([403, true]);
    },
  );
});

describe('three gateways of a city', () => {
  let pods: readonly Pod[];

  beforeAll(async () => {
    // Its engines are not there: gateways start, and decide alone.
    deployment.namePlatform('city');
    await deployment.createSecrets();
    await cluster.kubectl(['apply', '-k', deployment.overlay('city')]);
    // The one replica that a StatefulSet begins with is raised to the autoscaler's minimum.
    pods = await deployment.becomeReady(3);
  });

  test('stand in three zones on three nodes', () => {
    expect(new Set(pods.map(({ spec }) => spec.nodeName))).toEqual(new Set(NODES.map(({ name }) => name)));
    expect(new Set(pods.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone']))).toEqual(
      new Set(NODES.map(({ zone }) => zone)),
    );
  });

  test('have a volume each', async () => {
    const claims = await listOf<VolumeClaim>(
      cluster,
      `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`,
    );
    expect(claims.map(({ status }) => status?.phase)).toEqual(['Bound', 'Bound', 'Bound']);
    expect(new Set(claims.map(({ spec }) => spec.volumeName)).size).toBe(3);
  });

  test('are at the minimum while no adapter tells the autoscaler of taps: it says <unknown>', async () => {
    const told = await becomes(
      'the autoscaler has looked',
      () => cluster.kubectl(['-n', NAMESPACE, 'get', 'hpa']),
      (said) => said.includes('<unknown>/'),
    );
    expect(told).toMatch(/<unknown>\/\S+.*\s3\s+12\s+3\s/);
    const why = await cluster.kubectl(['-n', NAMESPACE, 'describe', 'hpa', 'onecard-gateway']);
    expect(why).toContain('FailedGetPodsMetric');
  });

  test('one may be evicted, a second is refused by the budget until the first is back', async () => {
    const [first = '', second = ''] = pods.map(({ metadata }) => metadata.name);
    expect((await evict(first)).status).toBe(201);
    const refused = await evict(second);
    expect(refused.status).toBe(429);
    expect(refused.body).toContain('disruption budget');
    await becomes(
      'the first is another',
      () => deployment.pods(),
      (now) => now.length === 3 && now[0]?.metadata.uid !== pods[0]?.metadata.uid,
    );
    await deployment.becomeReady(3);
    await becomes(
      'the second may go',
      () => evict(second),
      ({ status }) => status === 201,
    );
    await deployment.becomeReady(3);
  });

  test('are updated twice in a row, the second time before the first counts as done', async () => {
    const set = ['-n', NAMESPACE, 'rollout', 'restart', 'statefulset/onecard-gateway'];
    const [before] = await revisionsOf();
    await cluster.kubectl(set);
    await becomes('all are of the next revision', revisionsOf, (now) => now.size === 1 && !now.has(before));
    await cluster.kubectl(set);
    await cluster.kubectl([
      '-n',
      NAMESPACE,
      'rollout',
      'status',
      'statefulset/onecard-gateway',
      '--timeout=10m',
    ]);
    expect((await revisionsOf()).size).toBe(1);
  });
});

async function revisionsOf(): Promise<Set<string | undefined>> {
  const pods = await deployment.becomeReady(3);
  return new Set(pods.map(({ metadata }) => metadata.labels?.['controller-revision-hash']));
}

async function podOf(overlay: string): Promise<object> {
  const rendered = await cluster.kubectl(['kustomize', deployment.overlay(overlay)]);
  const set = manifestsOf(rendered).find((manifest: Field) => manifest.at('kind').value === 'StatefulSet');
  const spec = set?.at('spec', 'template', 'spec').value as object;
  // A StatefulSet adds its volume; and this account would have to be there.
  const volumes = (spec as { readonly volumes: readonly object[] }).volumes;
  return { ...spec, serviceAccountName: 'default', volumes: [...volumes, { name: 'data', emptyDir: {} }] };
}

function withContainer(pod: object, over: object): object {
  const { containers } = pod as { readonly containers: readonly { readonly securityContext: object }[] };
  const changed = containers.map((container) => ({
    ...container,
    securityContext: { ...container.securityContext, ...over },
  }));
  return { ...pod, containers: changed };
}

function tryPod(spec: object): Promise<Asked> {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'tried' }, spec };
  return cluster.api.ask('POST', `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`, pod);
}

function evict(pod: string): Promise<Asked> {
  return cluster.api.ask('POST', `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: NAMESPACE },
  });
}
