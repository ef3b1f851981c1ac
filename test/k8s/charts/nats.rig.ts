/** NATS from the values of its chart. */
import { serverManifests } from './stateful-set.rig.ts';

interface Tls {
  readonly secretName: string;
}

export interface NatsValues {
  readonly config: {
    readonly serverNamePrefix: string;
    readonly cluster: { readonly replicas: number; readonly port: number; readonly tls: Tls };
    readonly jetstream: {
      readonly fileStore: { readonly pvc: { readonly size: string } };
      readonly merge: { readonly domain: string };
    };
    readonly nats: { readonly port: number; readonly tls: Tls };
    readonly leafnodes: { readonly port: number; readonly tls: Tls };
    readonly merge: { readonly $include: string; readonly max_payload: number };
  };
  readonly container: {
    readonly merge: { readonly resources: object; readonly securityContext: object };
  };
  readonly podTemplate: {
    readonly topologySpreadConstraints: Readonly<Record<string, object>>;
    readonly merge: { readonly spec: { readonly securityContext: object } };
  };
}

/** Where the chart has them. */
const CONFIG = '/etc/nats-config';
const CERTIFICATES = '/etc/nats-certs';
const ACCOUNTS = '/etc/nats-auth';
const DATA = '/data';

export function natsManifests({ config, container, podTemplate }: NatsValues): readonly object[] {
  const { cluster, nats, leafnodes } = config;
  const routes = Array.from(
    { length: cluster.replicas },
    (_, at) => `tls://nats-${at}.nats-headless:${cluster.port}`,
  );
  return serverManifests({
    name: 'nats',
    replicas: cluster.replicas,
    start: START,
    config: {
      'nats.conf': [
        'server_name: $SERVER_NAME',
        `port: ${nats.port}`,
        `tls { ${CERTIFICATE_LINES} }`,
        `jetstream { store_dir: "${DATA}", domain: ${config.jetstream.merge.domain} }`,
        `cluster { name: nats, port: ${cluster.port}, no_advertise: true, tls { ${CERTIFICATE_LINES} }, routes: ${JSON.stringify(routes)} }`,
        `leafnodes { port: ${leafnodes.port}, tls { ${CERTIFICATE_LINES} } }`,
        `max_payload: ${config.merge.max_payload}`,
        `include ${config.merge.$include}`,
      ].join('\n'),
    },
    configPath: CONFIG,
    ports: { nats: nats.port, cluster: cluster.port, leafnodes: leafnodes.port },
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'SERVER_NAME', value: `${config.serverNamePrefix}$(POD_NAME)` },
    ],
    readyPort: 'nats',
    secrets: { [nats.tls.secretName]: CERTIFICATES, 'nats-auth': ACCOUNTS },
    data: { claim: 'nats-js', path: DATA, size: config.jetstream.fileStore.pvc.size },
    resources: container.merge.resources,
    podSecurity: podTemplate.merge.spec.securityContext,
    containerSecurity: container.merge.securityContext,
    spread: Object.entries(podTemplate.topologySpreadConstraints).map(([topologyKey, of]) => ({
      topologyKey,
      ...of,
    })),
    serves: {},
  });
}

const CERTIFICATE_LINES = ['cert', 'key', 'ca']
  .map(
    (each) =>
      `${each}_file: "${CERTIFICATES}/${each === 'ca' ? 'ca' : 'tls'}.${each === 'key' ? 'key' : 'crt'}"`,
  )
  .join(', ');

/** The loop stands for the chart's reloader. */
const START = `
nats-server -c ${CONFIG}/nats.conf & server=$!
trap 'kill -TERM $server' TERM
seen=$(cat ${ACCOUNTS}/* ${CERTIFICATES}/* ${CONFIG}/* | cksum)
while kill -0 $server 2>/dev/null; do
  sleep 1 & wait $! || true
  now=$(cat ${ACCOUNTS}/* ${CERTIFICATES}/* ${CONFIG}/* | cksum)
  if [ "$now" != "$seen" ]; then seen=$now; kill -HUP $server; fi
done
wait $server
`;
