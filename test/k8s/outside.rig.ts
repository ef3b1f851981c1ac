/** What a cluster has that the overlays only speak to: kinds of the Prometheus operator. */
import { becomes, type Cluster } from './cluster.rig.ts';

interface OperatorKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

const KINDS: readonly OperatorKind[] = [
  { group: 'monitoring.coreos.com', version: 'v1', kind: 'PodMonitor', plural: 'podmonitors' },
  { group: 'monitoring.coreos.com', version: 'v1', kind: 'PrometheusRule', plural: 'prometheusrules' },
];

/** Known by name; what is in them is not looked at. */
export async function installOperatorKinds(cluster: Cluster): Promise<void> {
  for (const { group, version, kind, plural } of KINDS) {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await cluster.api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [{ name: version, served: true, storage: true, schema }],
      },
    });
    await becomes(
      `${kind} is known`,
      () => cluster.api.ask('GET', `/apis/${group}/${version}/${plural}`),
      ({ status }) => status === 200,
    );
  }
}
