/** Settings of a gateway that is one of many. Without them it is one alone, and needs nothing but itself. */
import { Type } from 'typebox';
import { bytes, closed, count, ms } from './setting-kinds.ts';

const optionalFile = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

/** What may be taken once in the whole city. */
const StoreSchema = Type.Object(
  {
    urls: Type.Array(Type.String({ pattern: '^rediss?://' }), {
      minItems: 1,
      maxItems: 64,
      description:
        'Servers that speak the protocol of Redis, 7.0 or newer: rediss://host:port with TLS, redis:// without. More than one: ' +
        'where a Redis Cluster begins.',
    }),
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Its user.' })),
    password_file: optionalFile('File with its password.'),
    ca_file: optionalFile("PEM file with the roots its certificate is verified by; default: the system's."),
    deadline_ms: ms(5, 'Time it has for an answer; then the tap is decided as the scene says for that.'),
    waiting_max: count(16_384, 'Questions under way at once; those above count as unanswered.'),
    breaker_failures: count(
      32,
      'Writes in a row without any answer after which it is not asked for a while; a write has the questions of a millisecond.',
    ),
    breaker_open_ms: ms(500, 'Time for which it is not asked then.'),
  },
  {
    additionalProperties: false,
    description: 'Valkey or Redis. Without it what is used up is used up here.',
  },
);

/** What is distributed. */
const BusSchema = Type.Object(
  {
    servers: Type.Array(Type.String({ pattern: '^(nats|tls)://' }), {
      minItems: 1,
      maxItems: 16,
      description: 'NATS servers, 2.14 or newer, with JetStream: tls://host:port, or nats:// without TLS.',
    }),
    domain: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{1,32}$',
        description: 'JetStream domain of the hub, where the servers are the leaf nodes of a station.',
      }),
    ),
    credentials_file: optionalFile(
      'File with the credentials (JWT and seed) the servers know this gateway by.',
    ),
    ca_file: optionalFile(
      "PEM file with the roots their certificates are verified by; default: the system's.",
    ),
    ping_ms: ms(1_000, 'Time between two pings; two that are not answered count as a cut.'),
    reconnect_ms: ms(300, 'Time between two tries to connect again.'),
    upload_records: count(200, 'Journal records in one message.'),
    fallback_ms: ms(
      10_000,
      'Time for which journal records wait and the platform answers none on the bus, after which they go over HTTP where it answers there.',
    ),
    message_bytes: bytes(
      262_144,
      'Largest message; what is larger is fetched from the platform by its hash.',
    ),
  },
  { additionalProperties: false, description: 'NATS. Without it the platform is asked over HTTP.' },
);

export const ClusterSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,30}$',
      description:
        'Name that all gateways of the cluster have in common; device tokens may name it as their audience.',
    }),
    keys_file: Type.String({
      minLength: 1,
      description:
        'Keys of the cluster, the same at all: a line of 64 hex digits, or two while it changes. What names a presentation for ' +
        'all, and what vouches for an enrolment, comes from them.',
    }),
    station: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][a-z0-9-]{0,30}$',
        description: 'Name of the station this gateway stands at; default: it stands at none.',
      }),
    ),
    store: Type.Optional(StoreSchema),
    bus: Type.Optional(BusSchema),
    expose_by_plain_connections: Type.Boolean({
      default: false,
      description:
        'true: servers of other machines are taken without TLS. Whoever is on the way then reads names of presentations and ' +
        'records, and can say what is used up.',
    }),
    health: closed({
      every_ms: ms(1_000, 'Time between two words of this gateway about itself.'),
      gone_ms: ms(5_000, 'Silence after which a gateway counts as gone.'),
    }),
  },
  { additionalProperties: false },
);

interface Relating {
  readonly name: string;
  readonly store?: { readonly urls: readonly string[]; readonly deadline_ms: number };
  readonly bus?: { readonly servers: readonly string[] };
  readonly expose_by_plain_connections: boolean;
  readonly health: { readonly every_ms: number; readonly gone_ms: number };
}

/** What does not go together. */
export function clusterRelations(
  cluster: Relating | undefined,
  { gatewayId, deadlineGateMs }: { readonly gatewayId: string; readonly deadlineGateMs: number },
  isPrivate: (url: string) => boolean,
): [boolean, string][] {
  if (cluster === undefined) return [];
  const { name, store, bus, health, expose_by_plain_connections: exposed } = cluster;
  const servers = [...(store?.urls ?? []), ...(bus?.servers ?? [])];
  return [
    [
      exposed || servers.every(isPrivate),
      'cluster: redis:// and nats:// to another machine give away what is used up and who was let in: use rediss:// and tls://, or set cluster.expose_by_plain_connections',
    ],
    [
      name !== gatewayId,
      'cluster.name must differ from gateway_id: a device token for one would be a token for the other',
    ],
    [
      store === undefined || store.deadline_ms < deadlineGateMs,
      'cluster.store.deadline_ms must be below limits.deadline_gate_ms',
    ],
    [
      2 * health.every_ms <= health.gone_ms,
      'cluster.health.gone_ms must be twice every_ms at least, so that one lost word is no death',
    ],
  ];
}
