/** What each overlay of `deploy/k8s` asks of a cluster agrees with the settings that it gives the gateway. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startComposed } from '../composed/composed-gateway.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import {
  bytesOf,
  type Field,
  kustomized,
  manifestsOf,
  OVERLAYS,
  one,
  openedPorts,
  overlayOf,
} from './manifests.rig.ts';
import { isThere, notThere, runTool } from './tools.rig.ts';

/** What a stop needs beside what settings say: gates that take leave, files that are closed. */
const CLOSING_MS = 10_000;

const named = (name: string) => (manifest: Field) => manifest.at('metadata', 'name').text.endsWith(name);

test.for(OVERLAYS)('ports, probes and annotations are those of the settings (%s)', (name, context) => {
  const { gateway, settings, set, ofKind } = overlayOf(context, name);
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
});

test.for(OVERLAYS)(
  'nothing comes in or goes out that no policy names, and one gateway may be drained (%s)',
  (name, context) => {
    const { settings, ofKind, only } = overlayOf(context, name);
    const policies = ofKind('NetworkPolicy');
    const denied = one(policies.filter(named('default-deny')));
    expect(denied.at('spec').value).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(openedPorts(policies, 'ingress')).toEqual(new Set([settings.listen.port, settings.admin.port]));
    const { platform, cluster } = settings;
    const asked = [platform?.url ?? '', ...(cluster?.store?.urls ?? []), ...(cluster?.bus?.servers ?? [])];
    const out = asked.map((url) => {
      const { protocol, port } = new URL(url);
      return Number(port) || (protocol === 'https:' ? 443 : 80);
    });
    expect(openedPorts(policies, 'egress')).toEqual(new Set([53, ...out]));
    // Also where there is one, and never two at once.
    expect(only('PodDisruptionBudget').at('spec', 'maxUnavailable').value).toBe(1);
  },
);

test('each probe is answered by a gateway with these settings, without the token that operators need', async (context) => {
  const { gateway, settings } = overlayOf(context, 'single');
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

test.for(OVERLAYS)(
  'a pod is given longer to stop than it takes: proxies forget it, taps are answered, the platform gets the rest (%s)',
  (name, context) => {
    const { pod, gateway, settings } = overlayOf(context, name);
    const graceMs = pod.at('terminationGracePeriodSeconds').number * 1_000;
    const preStopMs = gateway.at('lifecycle', 'preStop', 'sleep', 'seconds').number * 1_000;
    expect(preStopMs).toBeGreaterThan(gateway.at('readinessProbe', 'periodSeconds').number * 1_000);
    const { listen, limits, journal } = settings;
    const stopMs = listen.leave_ms + limits.deadline_batch_ms + journal.flush_ms + CLOSING_MS;
    expect(graceMs).toBeGreaterThanOrEqual(preStopMs + stopMs);
  },
);

test.for(OVERLAYS)(
  'cores, memory and disk that are asked for are those that the settings use (%s)',
  (name, context) => {
    const { gateway, settings, set, pod } = overlayOf(context, name);
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
  },
);

test.for(OVERLAYS)(
  'every path in the settings is on something that is mounted, and data on what stays (%s)',
  (name, context) => {
    const { gateway, settings, set, pod } = overlayOf(context, name);
    const mounts = new Map(
      gateway
        .at('volumeMounts')
        .each()
        .map((mount) => [mount.at('mountPath').text, mount.at('name').text]),
    );
    const mountOf = (path: string) => [...mounts].find(([folder]) => path.startsWith(`${folder}/`))?.[1];
    expect(mountOf(settings.data_dir)).toBe('data');
    const { admin, platform, cluster } = settings;
    for (const file of [admin.token_file, platform?.root_file, platform?.token_file]) {
      expect(mountOf(file ?? '')).toBe('secrets');
    }
    if (cluster !== undefined) {
      const { keys_file, store, bus } = cluster;
      for (const file of [
        keys_file,
        store?.password_file,
        store?.ca_file,
        bus?.credentials_file,
        bus?.ca_file,
      ]) {
        expect(mountOf(file ?? '')).toBe('cluster');
      }
    }
    expect(mountOf(gateway.at('args', 2).text)).toBe('settings');
    for (const volume of ['secrets', ...(cluster ? ['cluster'] : [])]) {
      // Of the group alone: the gateway is in it.
      expect(pod.at('volumes').named(volume).at('secret', 'defaultMode').number).toBe(0o440);
    }
    const claims = set.at('spec', 'volumeClaimTemplates').each();
    expect(claims.map((claim) => claim.at('metadata', 'name').value)).toEqual(['data']);
    expect(claims[0]?.at('spec', 'accessModes').value).toEqual(['ReadWriteOncePod']);
    expect(set.at('spec', 'persistentVolumeClaimRetentionPolicy').value).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
  },
);

test.for(OVERLAYS)(
  'the pod keeps to the Pod Security Standard "restricted", which its namespace enforces (%s)',
  (name, context) => {
    const { pod, gateway, only } = overlayOf(context, name);
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
    for (const security of [own, pod.at('securityContext')]) {
      expect(security.at('runAsNonRoot').value).toBe(true);
      expect(security.at('runAsUser').number).toBe(10_001);
      expect(security.at('seccompProfile', 'type').value).toBe('RuntimeDefault');
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
    const labels = only('Namespace').at('metadata', 'labels');
    expect(labels.at('pod-security.kubernetes.io/enforce').value).toBe('restricted');
    for (const holder of [pod, only('ServiceAccount')])
      expect(holder.at('automountServiceAccountToken').value).toBe(false);
  },
);

test.for(OVERLAYS)(
  'what selects pods selects these, and another content of the settings starts them anew (%s)',
  (name, context) => {
    const { manifests, set, pod, fileSettings, ofKind } = overlayOf(context, name);
    const map = one(ofKind('ConfigMap').filter(({ value }) => Object.hasOwn(dataOf(value), 'gateway.json')));
    expect(JSON.parse(map.at('data', 'gateway.json').text)).toEqual(fileSettings);
    expect(map.at('metadata', 'name').text).toMatch(/onecard-gateway-settings-[a-z0-9]+$/);
    expect(pod.at('volumes').named('settings').at('configMap', 'name').value).toBe(
      map.at('metadata', 'name').value,
    );
    const labels = set.at('spec', 'template', 'metadata', 'labels').value as Readonly<Record<string, string>>;
    for (const selected of [set, ...ofKind('PodDisruptionBudget')]) {
      expect(labels).toMatchObject(selected.at('spec', 'selector', 'matchLabels').value as object);
    }
    for (const service of ofKind('Service'))
      expect(labels).toMatchObject(service.at('spec', 'selector').value as object);
    expect(ofKind('Service').map((service) => service.at('metadata', 'name').text)).toContain(
      set.at('spec', 'serviceName').text,
    );
    for (const manifest of manifests.filter((each) => each.at('kind').value !== 'Namespace')) {
      expect(manifest.at('metadata', 'namespace').value).toBe('onecard');
    }
  },
);

test.for(OVERLAYS)('rules and dashboard are those of deploy/observe (%s)', (name, context) => {
  const { ofKind } = overlayOf(context, name);
  const observed = manifestsOf(kustomized(context, '../observe'));
  for (const file of ['rules.yaml', 'dashboard.json']) {
    const [here, there] = [ofKind('ConfigMap'), observed].map((maps) =>
      one(maps.filter(({ value }) => Object.hasOwn(dataOf(value), file))),
    );
    expect(here?.at('data').value).toEqual(there?.at('data').value);
  }
});

function dataOf(manifest: unknown): object {
  return (manifest as { readonly data?: object }).data ?? {};
}

const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['kubernetes-validate', ['-k', '1.37', '--strict', '-']],
  ['kube-score', ['score', '-']],
];

for (const [tool, args] of CHECKS) {
  test.for(OVERLAYS)(`${tool} finds nothing to hold against an overlay (%s)`, (name, context) => {
    if (!isThere(tool)) return context.skip(notThere(tool));
    const put = kustomized(context, `overlays/${name}`);
    const { status, output } = runTool([tool, ...args], put);
    expect(status, output).toBe(0);
    // It sees what is wrong: one field that Kubernetes does not know, and a pod without a limit.
    const wrong = put
      .replace('podManagementPolicy:', 'podManagementPolice:')
      .replace(/^ {10}limits:$/m, '          limit:');
    expect(runTool([tool, ...args], wrong).status).not.toBe(0);
  });
}
