/** Valkey from the values of its chart; the server is Debian's Redis 7, which speaks the same protocol. */
import { serverManifests } from './stateful-set.rig.ts';

export interface ValkeyValues {
  readonly replica: {
    readonly replicas: number;
    readonly replicationUser: string;
    readonly persistence: { readonly size: string };
  };
  readonly auth: {
    readonly usersExistingSecret: string;
    readonly aclUsers: Readonly<Record<string, { readonly permissions: string }>>;
  };
  readonly tls: {
    readonly existingSecret: string;
    readonly serverPublicKey: string;
    readonly serverKey: string;
    readonly caPublicKey: string;
  };
  readonly valkeyConfig: string;
  readonly resources: object;
  readonly topologySpreadConstraints: readonly object[];
  readonly podSecurityContext: object;
  readonly securityContext: object;
}

/** Where the chart has them. */
const CONFIG = '/etc/valkey';
const CERTIFICATES = '/tls';
const USERS = '/valkey-users-secret';
const DATA = '/data';
const PORT = 6_379;

export function valkeyManifests(values: ValkeyValues): readonly object[] {
  const { replica, auth, tls } = values;
  const users = Object.entries(auth.aclUsers).map(
    ([user, { permissions }]) =>
      `echo "user ${user} on >$(cat ${USERS}/${user}) ${permissions.trim()}" >> ${DATA}/users.acl`,
  );
  return serverManifests({
    name: 'valkey',
    replicas: replica.replicas + 1,
    // The first takes writes, the others repeat it.
    start: [
      `rm -f ${DATA}/users.acl`,
      'set -f; umask 077',
      ...users,
      `case $(uname -n) in *-0) follow= ;; *) follow="--replicaof valkey-0.valkey-headless ${PORT}" ;; esac`,
      `exec valkey-server ${CONFIG}/valkey.conf $follow --masterauth "$(cat ${USERS}/${replica.replicationUser})"`,
    ].join('\n'),
    config: {
      'valkey.conf': [
        values.valkeyConfig,
        'bind 0.0.0.0',
        'protected-mode no',
        'port 0',
        `tls-port ${PORT}`,
        `tls-cert-file ${CERTIFICATES}/${tls.serverPublicKey}`,
        `tls-key-file ${CERTIFICATES}/${tls.serverKey}`,
        `tls-ca-cert-file ${CERTIFICATES}/${tls.caPublicKey}`,
        'tls-auth-clients no',
        'tls-replication yes',
        `masteruser ${replica.replicationUser}`,
        `aclfile ${DATA}/users.acl`,
        `dir ${DATA}`,
        '',
      ].join('\n'),
    },
    configPath: CONFIG,
    ports: { valkey: PORT },
    env: [],
    readyPort: 'valkey',
    secrets: { [tls.existingSecret]: CERTIFICATES, [auth.usersExistingSecret]: USERS },
    data: { claim: 'valkey-data', path: DATA, size: replica.persistence.size },
    resources: values.resources,
    podSecurity: values.podSecurityContext,
    containerSecurity: values.securityContext,
    spread: values.topologySpreadConstraints,
    serves: { 'statefulset.kubernetes.io/pod-name': 'valkey-0' },
  });
}
