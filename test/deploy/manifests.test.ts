/** What `deploy/k8s` asks of a cluster agrees with the settings that it gives the gateway. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseSettings, type Settings } from '../../config/settings.ts';
import { startComposed } from '../composed/composed-gateway.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { bytesOf, type Field, manifestsOf, SINGLE, writtenManifests } from './manifests.rig.ts';
import { isThere, notThere, runTool } from './tools.rig.ts';

const written = writtenManifests();
const ofKind = (kind: string, among = written) =>
  among.filter((manifest) => manifest.at('kind').value === kind);
const set = one(ofKind('StatefulSet'));
const pod = set.at('spec', 'template', 'spec');
const gateway = pod.at('containers').named('gateway');
const fileSettings: unknown = JSON.parse(readFileSync(join(SINGLE, 'gateway.json'), 'utf8'));
const settings: Settings = parseSettings({ ...(fileSettings as object), gateway_id: 'onecard-gateway-0' });
/** What a stop needs beside what settings say: gates that take leave, files that are closed. */
const CLOSING_MS = 10_000;

function one(found: readonly Field[]): Field {
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} found, one expected`);
  return first;
}

test('ports, probes and annotations are those of the settings', () => {
  const ports = new Map(
    gateway
      .at('ports')
      .each()
      .map((port) => [port.at('name').text, port.at('containerPort').number]),
  );
  expect(ports).toEqual(
    new Map([
      ['gates', settings.listen.port],
      ['admin', settings.admin.port],
    ]),
  );
  for (const service of ofKind('Service')) {
    for (const port of service.at('spec', 'ports').each()) {
      expect(ports.get(port.at('targetPort').text)).toBe(port.at('port').value);
    }
  }
  const annotations = set.at('spec', 'template', 'metadata', 'annotations');
  expect(annotations.at('prometheus.io/port').value).toBe(String(settings.admin.port));
  expect(annotations.at('prometheus.io/path').value).toBe('/metrics');
  const admitted = one(
    ofKind('NetworkPolicy').filter((policy) => policy.at('metadata', 'name').value === 'onecard-gateway'),
  );
  const open = admitted
    .at('spec', 'ingress')
    .each()
    .flatMap((rule) =>
      rule
        .at('ports')
        .each()
        .map((port) => port.at('port').value),
    );
  expect(open).toEqual([settings.listen.port, settings.admin.port]);
  // Out: names, and the platform.
  const { protocol, port } = new URL(settings.platform?.url ?? '');
  const out = admitted
    .at('spec', 'egress')
    .each()
    .flatMap((rule) =>
      rule
        .at('ports')
        .each()
        .map((each) => each.at('port').number),
    );
  expect(new Set(out)).toEqual(new Set([53, Number(port) || (protocol === 'https:' ? 443 : 80)]));
});

test('each probe is answered by a gateway with these settings, without the token that operators need', async () => {
  const tokenFile = join(temporaryFolder(), 'admin-token');
  writeFileSync(tokenFile, 'a-token-of-operators\n', { mode: 0o600 });
  const admin = { probes_without_token: settings.admin.probes_without_token, token_file: tokenFile };
  const composed = await startComposed({ settings: { admin } });
  onTestFinished(() => composed.stop());
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const get = gateway.at(name, 'httpGet');
    expect(get.at('port').value).toBe('admin');
    const path = get.at('path').text;
    await becomes(
      `${name} is answered`,
      async () => (await fetch(`${composed.address.admin}${path}`)).status,
      (status) => status === 200,
    );
  }
  expect((await fetch(`${composed.address.admin}/metrics`)).status).toBe(401);
});

test('a pod is given longer to stop than it takes: proxies forget it, taps are answered, the platform gets the rest', () => {
  const graceMs = pod.at('terminationGracePeriodSeconds').number * 1_000;
  const preStopMs = gateway.at('lifecycle', 'preStop', 'sleep', 'seconds').number * 1_000;
  expect(preStopMs).toBeGreaterThan(gateway.at('readinessProbe', 'periodSeconds').number * 1_000);
  const { deadline_batch_ms: answeredMs } = settings.limits;
  expect(graceMs).toBeGreaterThanOrEqual(preStopMs + answeredMs + settings.journal.flush_ms + CLOSING_MS);
});

test('cores, memory and disk that are asked for are those that the settings use', () => {
  const [requests, limits] = [gateway.at('resources', 'requests'), gateway.at('resources', 'limits')];
  // Guaranteed: nothing is taken away from it, and the static CPU policy gives it whole cores.
  expect(limits.value).toEqual(requests.value);
  expect(settings.workers.threads).toBe(Number(requests.at('cpu').text) - 1);
  expect(bytesOf(requests.at('memory').text)).toBe(768 * 1_048_576);
  const claim = set
    .at('spec', 'volumeClaimTemplates')
    .each()[0]
    ?.at('spec', 'resources', 'requests', 'storage').text;
  const { journal, limits: bounds } = settings;
  // A list is written beside the one in force.
  const used =
    journal.max_bytes +
    journal.log_bytes +
    journal.disk_reserve_bytes +
    journal.ahead_bytes +
    2 * bounds.list_bytes;
  expect(bytesOf(claim ?? '')).toBeGreaterThan(used);
  const scratch = pod.at('volumes').named('tmp').at('emptyDir', 'sizeLimit').text;
  expect(bytesOf(requests.at('ephemeral-storage').text)).toBeGreaterThan(bytesOf(scratch));
});

test('every path in the settings is on something that is mounted, and data on what stays', () => {
  const mounts = new Map(
    gateway
      .at('volumeMounts')
      .each()
      .map((mount) => [mount.at('mountPath').text, mount.at('name').text]),
  );
  const mountOf = (path: string) => [...mounts].find(([folder]) => path.startsWith(`${folder}/`))?.[1];
  expect(mountOf(settings.data_dir)).toBe('data');
  for (const file of [
    settings.admin.token_file,
    settings.platform?.root_file,
    settings.platform?.token_file,
  ]) {
    expect(mountOf(file ?? '')).toBe('secrets');
  }
  expect(mountOf(gateway.at('args', 2).text)).toBe('settings');
  const claims = set.at('spec', 'volumeClaimTemplates').each();
  expect(claims.map((claim) => claim.at('metadata', 'name').value)).toEqual(['data']);
  expect(claims[0]?.at('spec', 'accessModes').value).toEqual(['ReadWriteOncePod']);
  expect(set.at('spec', 'persistentVolumeClaimRetentionPolicy').value).toEqual({
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  });
});

test('the pod keeps to the Pod Security Standard "restricted", which its namespace enforces', () => {
  // https://kubernetes.io/docs/concepts/security/pod-security-standards/
  for (const containers of ['initContainers', 'ephemeralContainers', 'hostNetwork', 'hostPID', 'hostIPC']) {
    expect(pod.value).not.toHaveProperty(containers);
  }
  expect(pod.at('containers').each()).toHaveLength(1);
  const own = gateway.at('securityContext');
  expect(own.at('allowPrivilegeEscalation').value).toBe(false);
  expect(own.at('capabilities').value).toEqual({ drop: ['ALL'] });
  expect(own.at('readOnlyRootFilesystem').value).toBe(true);
  expect(own.value).not.toHaveProperty('privileged');
  for (const context of [own, pod.at('securityContext')]) {
    expect(context.at('runAsNonRoot').value).toBe(true);
    expect(context.at('runAsUser').number).toBe(10_001);
    expect(context.at('seccompProfile', 'type').value).toBe('RuntimeDefault');
  }
  const kinds = pod
    .at('volumes')
    .each()
    .flatMap(({ value }) => Object.keys(value as object).filter((key) => key !== 'name'));
  expect(kinds.filter((kind) => !['configMap', 'secret', 'emptyDir'].includes(kind))).toEqual([]);
  expect(
    gateway
      .at('ports')
      .each()
      .filter(({ value }) => Object.hasOwn(value as object, 'hostPort')),
  ).toEqual([]);
  const labels = one(ofKind('Namespace')).at('metadata', 'labels');
  expect(labels.at('pod-security.kubernetes.io/enforce').value).toBe('restricted');
  for (const holder of [pod, one(ofKind('ServiceAccount'))])
    expect(holder.at('automountServiceAccountToken').value).toBe(false);
});

test('nothing comes in or goes out that no policy names, and one gateway may be drained', () => {
  const denied = one(
    ofKind('NetworkPolicy').filter((policy) => policy.at('metadata', 'name').value === 'default-deny'),
  );
  expect(denied.at('spec').value).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  const budget = one(ofKind('PodDisruptionBudget')).at('spec', 'maxUnavailable').number;
  expect(budget).toBeGreaterThanOrEqual(set.at('spec', 'replicas').number);
});

const kustomize = isThere('kustomize')
  ? ['kustomize', 'build']
  : isThere('kubectl')
    ? ['kubectl', 'kustomize']
    : null;

test('kustomize puts the overlay together', (context) => {
  if (kustomize === null) return context.skip(notThere('kustomize'));
  const { status, output } = runTool([...kustomize, SINGLE]);
  expect(status, output).toBe(0);
  const put = manifestsOf(output);
  expect(put.map((manifest) => manifest.at('kind').text).sort()).toEqual(
    [...written.map((manifest) => manifest.at('kind').text), 'ConfigMap'].sort(),
  );
  const [map, built] = [one(ofKind('ConfigMap', put)), one(ofKind('StatefulSet', put))];
  // The pod is given the settings of this content, and another content starts it anew.
  expect(JSON.parse(map.at('data', 'gateway.json').text)).toEqual(fileSettings);
  const volumes = built.at('spec', 'template', 'spec', 'volumes');
  expect(volumes.named('settings').at('configMap', 'name').value).toBe(map.at('metadata', 'name').value);
  const labels = built.at('spec', 'template', 'metadata', 'labels').value as Readonly<Record<string, string>>;
  for (const selected of [built, ...ofKind('PodDisruptionBudget', put)]) {
    expect(labels).toMatchObject(selected.at('spec', 'selector', 'matchLabels').value as object);
  }
  for (const service of ofKind('Service', put))
    expect(labels).toMatchObject(service.at('spec', 'selector').value as object);
  for (const manifest of put.filter((each) => each.at('kind').value !== 'Namespace')) {
    expect(manifest.at('metadata', 'namespace').value).toBe('onecard');
  }
});

const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['kubernetes-validate', ['-k', '1.37', '--strict', '-']],
  ['kube-score', ['score', '-']],
];

for (const [tool, args] of CHECKS) {
  test(`${tool} finds nothing to hold against the overlay`, (context) => {
    if (kustomize === null) return context.skip(notThere('kustomize'));
    if (!isThere(tool)) return context.skip(notThere(tool));
    const put = runTool([...kustomize, SINGLE]).output;
    const { status, output } = runTool([tool, ...args], put);
    expect(status, output).toBe(0);
    // It sees what is wrong: one field that Kubernetes does not know, and a pod without a limit.
    const wrong = put
      .replace('podManagementPolicy:', 'podManagementPolice:')
      .replace(/^ {10}limits:$/m, '          limit:');
    expect(runTool([tool, ...args], wrong).status).not.toBe(0);
  });
}
