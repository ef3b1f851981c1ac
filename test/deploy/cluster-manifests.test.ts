/** What `deploy/k8s` says of many gateways: engines agree with the settings, the autoscaler with Prometheus, the page with both. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { loadScenes } from '../../config/scenes.ts';
import { parseSettings } from '../../config/settings.ts';
import { prometheusRule } from '../../deploy/observe/prometheus-rule.ts';
import { checkVersion } from '../../gateway/cluster/bus/bus-fault.ts';
import { storeNames } from '../../gateway/cluster/store/store-names.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import {
  bytesOf,
  type Field,
  K8S,
  kustomized,
  manifestsOf,
  one,
  openedPorts,
  overlayOf,
  serviceAt,
  type Values,
  valuesOf,
} from './manifests.rig.ts';
import { isThere, notThere, runTool } from './tools.rig.ts';

const ALONE = { gateway_id: 'gw-1', trust_file: 'trust.json' };
const OBSERVE = join(K8S, '../observe');
const README = readFileSync(join(K8S, 'README.md'), 'utf8');
const MANY = ['station', 'city'] as const;
type Many = (typeof MANY)[number];

interface Cluster {
  readonly overlay: ReturnType<typeof overlayOf>;
  readonly cluster: NonNullable<ReturnType<typeof overlayOf>['settings']['cluster']>;
  readonly engines: readonly Field[];
  readonly nats: Values;
  readonly valkey: Values;
}

function clusterOf(context: TestContext, name: Many): Cluster {
  const overlay = overlayOf(context, name);
  const { cluster } = overlay.settings;
  if (cluster === undefined) throw new Error(`${name} is no cluster`);
  const engines = manifestsOf(kustomized(context, `engines/${name}`));
  const values = (engine: string) => valuesOf(`engines/${name}/${engine}.values.yaml`);
  return { overlay, cluster, engines, nats: values('nats'), valkey: values('valkey') };
}

const ofKind = (kind: string, among: readonly Field[]) =>
  among.filter((manifest) => manifest.at('kind').value === kind);
const selects = (policy: Field, name: string) =>
  JSON.stringify(policy.at('spec', 'podSelector').value) ===
  JSON.stringify({ matchLabels: { 'app.kubernetes.io/name': name } });
/** Those of `valkey.conf`, a line each. */
const configured = (values: Field) =>
  new Map(
    values
      .at('valkeyConfig')
      .text.split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]),
  );

test.for(MANY)(
  'each engine is where the settings look for it, and policies of both sides let them (%s)',
  (name, context) => {
    const { overlay, cluster, engines, nats, valkey } = clusterOf(context, name);
    const wanted = [...(cluster.store?.urls ?? []), ...(cluster.bus?.servers ?? [])].map(serviceAt);
    // A release called as its chart is a Service of that name.
    expect(wanted.map(({ name: service }) => service)).toEqual([valkey.chart, nats.chart]);
    const outgoing = ofKind('NetworkPolicy', overlay.manifests)
      .filter((policy) => policy.at('metadata', 'name').text.endsWith('-engines'))
      .flatMap((policy) => policy.at('spec', 'egress').each());
    expect(outgoing).toHaveLength(wanted.length);
    const [namespace] = ofKind('Namespace', engines);
    for (const { name: service, namespace: where, port } of wanted) {
      expect(namespace?.at('metadata', 'name').value).toBe(where);
      expect(outgoing.map(({ value }) => value)).toContainEqual({
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': where } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': service } },
          },
        ],
        ports: [{ protocol: 'TCP', port }],
      });
      const incoming = ofKind('NetworkPolicy', engines).filter((policy) => selects(policy, service));
      expect(openedPorts(incoming, 'ingress')).toContain(port);
    }
    const denied = one(
      ofKind('NetworkPolicy', engines).filter((each) => each.at('metadata', 'name').value === 'default-deny'),
    );
    expect(denied.at('spec').value).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(namespace?.at('metadata', 'labels', 'pod-security.kubernetes.io/enforce').value).toBe(
      'restricted',
    );
  },
);

test.for(MANY)(
  'NATS is new enough, speaks TLS at the port of the settings, keeps on disk, and takes their messages (%s)',
  (name, context) => {
    const { cluster, nats, engines } = clusterOf(context, name);
    const { bus } = cluster;
    const config = nats.values.at('config');
    checkVersion(nats.values.at('container', 'image', 'tag').text, 'the server of the values');
    expect(config.at('nats', 'port').value).toBe(serviceAt(bus?.servers[0] ?? '').port);
    expect(config.at('nats', 'tls', 'enabled').value).toBe(
      new URL(bus?.servers[0] ?? '').protocol === 'tls:',
    );
    expect(config.at('merge', 'max_payload').number).toBeGreaterThanOrEqual(
      2 * (bus?.message_bytes ?? Number.POSITIVE_INFINITY),
    );
    expect(config.at('jetstream', 'fileStore', 'enabled').value).toBe(true);
    expect(config.at('jetstream', 'memoryStore', 'enabled').value).toBe(false);
    // Nobody is let in without credentials.
    expect(config.at('merge', '$include').text).toBe('../nats-auth/auth.conf');
    for (const part of ['container', 'reloader', 'promExporter']) {
      expect(nats.values.at(part, 'merge', 'securityContext').value).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    const pod = nats.values.at('podTemplate', 'merge', 'spec');
    expect(pod.at('automountServiceAccountToken').value).toBe(false);
    expect(pod.at('securityContext').value).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const policies = ofKind('NetworkPolicy', engines).filter((policy) => selects(policy, 'nats'));
    expect(openedPorts(policies, 'ingress')).toContain(nats.values.at('promExporter', 'port').number);
  },
);

test('the hub is three, a station is its leaf: names, domain and port are the same on both sides', (context) => {
  const [city, station] = [clusterOf(context, 'city'), clusterOf(context, 'station')];
  const hub = city.nats.values.at('config');
  expect(hub.at('cluster').value).toMatchObject({ enabled: true, replicas: 3 });
  expect(station.cluster.bus?.domain).toBe(hub.at('jetstream', 'merge', 'domain').value);
  expect(station.cluster.name).toBe(city.cluster.name);
  const port = hub.at('leafnodes', 'port').number;
  const remote = one(station.nats.values.at('config', 'merge', 'leafnodes', 'remotes').each());
  const [url = ''] = remote.at('urls').value as readonly string[];
  expect([new URL(url).protocol, Number(new URL(url).port)]).toEqual(['tls:', port]);
  expect(hub.at('leafnodes', 'tls', 'enabled').value).toBe(true);
  const leafNodes = one(ofKind('Service', city.engines));
  expect(one(leafNodes.at('spec', 'ports').each()).at('port').value).toBe(port);
  const opened = ({ engines }: Cluster, direction: 'ingress' | 'egress') =>
    openedPorts(
      ofKind('NetworkPolicy', engines).filter((policy) => selects(policy, 'nats')),
      direction,
    );
  expect(opened(city, 'ingress')).toContain(port);
  expect(opened(station, 'egress')).toContain(port);
  expect(opened(station, 'ingress')).not.toContain(port);
  // Named alike in all three places, so that its gateways and servers are nobody else's.
  const name = station.cluster.station ?? '';
  const { overlay, nats } = station;
  expect(overlay.set.at('metadata', 'name').text).toBe(`${name}-onecard-gateway`);
  expect(nats.values.at('config', 'serverNamePrefix').text).toBe(`${name}-`);
  expect(nats.values.at('config', 'jetstream', 'merge', 'domain').value).toBe(name);
});

test.for(MANY)(
  'Valkey forgets nothing that counts, knows the user of the settings, and speaks TLS (%s)',
  (name, context) => {
    const { cluster, valkey } = clusterOf(context, name);
    const { values } = valkey;
    const config = configured(values);
    expect(config.get('maxmemory-policy')).toBe('noeviction');
    expect(config.get('appendonly')).toBe('yes');
    const maxBytes = bytesOf((config.get('maxmemory') ?? '').replace('gb', 'Gi').replace('mb', 'Mi'));
    // A rewrite of its file copies what changes meanwhile.
    expect(bytesOf(values.at('resources', 'limits', 'memory').text)).toBeGreaterThanOrEqual(2 * maxBytes);
    expect(values.at('auth', 'enabled').value).toBe(true);
    const permissions = values.at('auth', 'aclUsers', cluster.store?.username ?? '', 'permissions').text;
    expect(permissions).toContain('-@all');
    const [prefix] = storeNames(cluster.name).token('').split('token');
    expect(permissions.split(' ').filter((word) => word.startsWith('~'))).toEqual([`~${prefix}*`]);
    expect(permissions).toContain('-@dangerous');
    expect(values.at('tls', 'enabled').value).toBe(
      new URL(cluster.store?.urls[0] ?? '').protocol === 'rediss:',
    );
    expect(values.at('securityContext').value).toMatchObject({
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
    });
    expect(values.at('podSecurityContext', 'seccompProfile', 'type').value).toBe('RuntimeDefault');
    const [major = 0] = values.at('image', 'tag').text.split('.').map(Number);
    expect(major).toBeGreaterThanOrEqual(8);
  },
);

test('the city spreads over zones, has three at least also where nobody counts taps, and goes down one by one', (context) => {
  const { set, pod, only } = overlayOf(context, 'city');
  const scaler = only('HorizontalPodAutoscaler').at('spec');
  expect(scaler.at('scaleTargetRef').value).toEqual({
    apiVersion: set.at('apiVersion').value,
    kind: set.at('kind').value,
    name: set.at('metadata', 'name').value,
  });
  expect(scaler.at('minReplicas').number).toBeGreaterThanOrEqual(3);
  // An `apply` would take away what the autoscaler added.
  expect(set.at('spec').value).not.toHaveProperty('replicas');
  expect(set.at('spec', 'podManagementPolicy').value).toBe('Parallel');
  const down = scaler.at('behavior', 'scaleDown');
  expect(one(down.at('policies').each()).value).toMatchObject({ type: 'Pods', value: 1 });
  const spread = pod.at('topologySpreadConstraints').each();
  expect(spread.map((each) => [each.at('topologyKey').value, each.at('whenUnsatisfiable').value])).toEqual([
    ['topology.kubernetes.io/zone', 'DoNotSchedule'],
    ['kubernetes.io/hostname', 'ScheduleAnyway'],
  ]);
  for (const each of spread) {
    expect(set.at('spec', 'template', 'metadata', 'labels').value).toMatchObject(
      each.at('labelSelector', 'matchLabels').value as object,
    );
  }
});

const metricsAsked = (context: TestContext) =>
  overlayOf(context, 'city')
    .only('HorizontalPodAutoscaler')
    .at('spec', 'metrics')
    .each()
    .map((metric) => metric.at(metric.at('type').text.toLowerCase(), 'metric', 'name').text);

/** The adapter's rules with what it puts in for these pods. */
function adapterQueries(context: TestContext): ReadonlyMap<string, string> {
  const rules = valuesOf('engines/city/prometheus-adapter.values.yaml').values.at('rules');
  const queries = [...rules.at('custom').each(), ...rules.at('external').each()].map((rule) => {
    const series = /^\w+/.exec(rule.at('seriesQuery').text)?.[0] ?? '';
    const query = rule
      .at('metricsQuery')
      .text.replaceAll('<<.Series>>', series)
      .replaceAll('<<.LabelMatchers>>', 'namespace="onecard"')
      .replaceAll('<<.GroupBy>>', 'pod');
    return [rule.at('name', 'as').text, query] as const;
  });
  const known = new Map(queries);
  expect([...known.keys()].sort()).toEqual([...metricsAsked(context)].sort());
  return known;
}

const waiting = (pod: string, values: string) => ({
  series: `onecard_outbox_waiting_records{namespace="onecard",pod="${pod}"}`,
  values,
});
const taps = (pod: string, code: string) => ({
  series: `onecard_decisions_total{namespace="onecard",pod="${pod}",code="${code}"}`,
  values: '0+15000x40',
});

test('what the autoscaler is told: taps of each gateway, and all of them to keep while one has work left', (context) => {
  if (!isThere('promtool')) return context.skip('promtool is not installed (Debian: prometheus)');
  const queries = adapterQueries(context);
  const folder = temporaryFolder();
  const keep = queries.get('onecard_gateways_to_keep');
  const tests = {
    rule_files: [],
    evaluation_interval: '15s',
    tests: [
      {
        interval: '15s',
        input_series: [
          waiting('onecard-gateway-0', '0x40'),
          waiting('onecard-gateway-1', '400x40'),
          waiting('onecard-gateway-2', '5000x19 0x20'),
          taps('onecard-gateway-0', 'allow.good'),
          taps('onecard-gateway-0', 'deny.replayed'),
        ],
        promql_expr_test: [
          { expr: keep, eval_time: '2m', exp_samples: [{ labels: '{}', value: 3 }] },
          { expr: keep, eval_time: '8m', exp_samples: [{ labels: '{}', value: 0 }] },
          {
            expr: queries.get('onecard_taps_per_second'),
            eval_time: '5m',
            exp_samples: [{ labels: '{pod="onecard-gateway-0"}', value: 2000 }],
          },
        ],
      },
    ],
  };
  writeFileSync(join(folder, 'adapter.test.yaml'), JSON.stringify(tests));
  const { status, output } = runTool(['promtool', 'test', 'rules', join(folder, 'adapter.test.yaml')]);
  expect(status, output).toBe(0);
});

test('Prometheus takes the scrape configuration, and its operator the same rules', (context) => {
  const rules = readFileSync(join(OBSERVE, 'rules.yaml'), 'utf8');
  const written = readFileSync(join(K8S, 'monitoring/prometheus-rule.yaml'), 'utf8');
  expect(written).toBe(prometheusRule(rules));
  expect(one(manifestsOf(written)).at('spec').value).toEqual(parse(rules));
  const { gateway, only } = overlayOf(context, 'city');
  const operator = manifestsOf(kustomized(context, 'monitoring'));
  const endpoint = one(one(ofKind('PodMonitor', operator)).at('spec', 'podMetricsEndpoints').each());
  gateway.at('ports').named(endpoint.at('port').text);
  const credentials = endpoint.at('authorization', 'credentials');
  expect(
    only('StatefulSet').at('spec', 'template', 'spec', 'volumes').named('secrets').at('secret', 'secretName')
      .value,
  ).toBe(credentials.at('name').value);
  if (!isThere('promtool')) return context.skip('promtool is not installed (Debian: prometheus)');
  const folder = temporaryFolder();
  const scrape = parse(readFileSync(join(OBSERVE, 'scrape-kubernetes.yaml'), 'utf8')) as readonly {
    readonly kubernetes_sd_configs: unknown;
  }[];
  const file = join(folder, 'prometheus.yaml');
  const token = join(folder, 'token');
  writeFileSync(token, 'a-token-of-operators');
  // Debian's Prometheus is built without this one, and the token is elsewhere.
  const jobs = scrape.map(({ kubernetes_sd_configs, ...job }) => {
    expect(kubernetes_sd_configs).toEqual([{ role: 'pod', namespaces: { names: ['onecard'] } }]);
    return {
      ...job,
      authorization: { credentials_file: token },
      static_configs: [{ targets: ['127.0.0.1:9790'] }],
    };
  });
  writeFileSync(file, JSON.stringify({ scrape_configs: jobs }));
  const { status, output } = runTool(['promtool', 'check', 'config', file]);
  expect(status, output).toBe(0);
});

for (const [tool, args] of [
  ['kubernetes-validate', ['-k', '1.37', '--strict', '-']],
  // Their pods are of the charts.
  ['kube-score', ['score', '--ignore-test', 'networkpolicy-targets-pod,service-targets-pod', '-']],
] as const) {
  test.for(MANY)(`${tool} finds nothing to hold against the engines (%s)`, (name, context) => {
    if (!isThere(tool)) return context.skip(notThere(tool));
    const { status, output } = runTool([tool, ...args], kustomized(context, `engines/${name}`));
    expect(status, output).toBe(0);
  });
}

/** Commands under their headings: what a person would copy. */
const blocks = [...README.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block ?? '');

test('the page names charts, versions and files that are there', () => {
  const commands = blocks.join('\n').replaceAll('\\\n', '');
  const installed = [
    ...commands.matchAll(/^helm upgrade --install (\S+) (\S+) --repo (\S+) --version (\S+) .*-f (\S+)/gm),
  ];
  expect(installed).toHaveLength(3);
  for (const [, release, chart, repository, version, file = ''] of installed) {
    expect({ ...valuesOf(file), values: null }).toEqual({ chart, repository, version, values: null });
    expect(release).toBe(chart);
  }
  for (const file of MANY.flatMap((name) => ['nats', 'valkey'].map((engine) => [name, engine] as const))) {
    const [name, engine] = file;
    expect(valuesOf(`engines/${name}/${engine}.values.yaml`).version).toBe(
      valuesOf(`engines/city/${engine}.values.yaml`).version,
    );
  }
  const named = [...commands.matchAll(/ -[fk] ([a-z][\w./-]*)/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(8);
  // Made by a block before.
  const made = new Set([...commands.matchAll(/> (\S+)/g)].map(([, path]) => path));
  expect(named.filter((path) => !made.has(path) && !existsSync(join(K8S, path)))).toEqual([]);
});

test('the page says how long both keys of a cluster stay: as long as a presentation may be shown again', () => {
  const { replayableMsMax } = loadScenes(PRESENTABLE_FAMILIES);
  const saidMin = Number(/\((\d+) minutes with the city document/.exec(README)?.[1]);
  expect(saidMin * 60_000).toBe(Math.max(replayableMsMax, parseSettings(ALONE).limits.replay_window_ms));
});

test('the page makes each secret that is mounted, with every file the settings and the charts name', (context) => {
  const table = new Map(
    [...README.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \| `(onecard[a-z-]*)` \| (.*) \|$/gm)].flatMap(
      ([, names = '', , files = '']) =>
        [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => [name, files] as const),
    ),
  );
  const { pod, gateway, settings } = overlayOf(context, 'city');
  const { admin, platform, cluster } = settings;
  const paths = [
    ...[admin.token_file, platform?.root_file, platform?.token_file, cluster?.keys_file],
    ...[cluster?.store?.password_file, cluster?.store?.ca_file, cluster?.bus?.credentials_file],
  ];
  for (const path of paths) {
    const folder = (path ?? '').slice(0, (path ?? '').lastIndexOf('/'));
    const mount = gateway
      .at('volumeMounts')
      .each()
      .find((each) => each.at('mountPath').value === folder);
    const secret = pod
      .at('volumes')
      .named(mount?.at('name').text ?? '')
      .at('secret', 'secretName').text;
    expect(table.get(secret)).toContain(`\`${(path ?? '').slice(folder.length + 1)}\``);
  }
  for (const engine of ['nats', 'valkey']) {
    const text = readFileSync(join(K8S, `engines/city/${engine}.values.yaml`), 'utf8');
    for (const [, secret = ''] of text.matchAll(
      /(?:secretName|existingSecret|usersExistingSecret): ([a-z-]+)/g,
    )) {
      expect([...table.keys()]).toContain(secret);
    }
  }
});
