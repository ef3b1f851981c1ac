/** A StatefulSet of servers, as Pod Security `restricted` takes it, with its headless service and its settings. */

export interface ServerSet {
  readonly name: string;
  readonly replicas: number;
  /** Shell. */
  readonly start: string;
  readonly config: Readonly<Record<string, string>>;
  readonly configPath: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly env: readonly object[];
  /** Where a port answers, the server is ready. */
  readonly readyPort: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly data: { readonly claim: string; readonly path: string; readonly size: string };
  readonly resources: object;
  readonly podSecurity: object;
  readonly containerSecurity: object;
  readonly spread: readonly object[];
  /** Of the service that clients use: to which pods. */
  readonly serves: Readonly<Record<string, string>>;
}

export function serverManifests(set: ServerSet): readonly object[] {
  const labels = { 'app.kubernetes.io/name': set.name, 'app.kubernetes.io/component': set.name };
  const ports = Object.entries(set.ports).map(([name, port]) => ({ name, port, targetPort: name }));
  const service = (name: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: { ports, ...spec },
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${set.name}-config`, labels },
      data: set.config,
    },
    service(set.name, { selector: { ...labels, ...set.serves } }),
    service(`${set.name}-headless`, { clusterIP: 'None', publishNotReadyAddresses: true, selector: labels }),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: set.name, labels },
      spec: {
        replicas: set.replicas,
        serviceName: `${set.name}-headless`,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podOf(set, labels) },
        volumeClaimTemplates: [
          {
            metadata: { name: set.data.claim },
            spec: {
              accessModes: ['ReadWriteOncePod'],
              resources: { requests: { storage: set.data.size } },
            },
          },
        ],
      },
    },
  ];
}

function podOf(set: ServerSet, labels: object): object {
  const secrets = Object.entries(set.secrets);
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: set.podSecurity,
    topologySpreadConstraints: set.spread.map((each) => ({
      ...each,
      labelSelector: { matchLabels: labels },
    })),
    containers: [
      {
        name: set.name,
        image: `stand-in/${set.name}`,
        command: ['/usr/bin/sh', '-ec', set.start],
        env: set.env,
        ports: Object.entries(set.ports).map(([name, containerPort]) => ({ name, containerPort })),
        readinessProbe: { tcpSocket: { port: set.readyPort }, periodSeconds: 1 },
        resources: set.resources,
        securityContext: set.containerSecurity,
        volumeMounts: [
          { name: set.data.claim, mountPath: set.data.path },
          { name: 'config', mountPath: set.configPath, readOnly: true },
          ...secrets.map(([name, mountPath]) => ({ name, mountPath, readOnly: true })),
        ],
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: `${set.name}-config` } },
      ...secrets.map(([secretName]) => ({ name: secretName, secret: { secretName, defaultMode: 0o440 } })),
    ],
  };
}
