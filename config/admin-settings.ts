/** Settings of the address that operators ask: metrics, readiness, mode. */
import { type Static, Type } from 'typebox';
import { isLoopbackHost } from './loopback.ts';
import { closed, count, ms, tlsFiles } from './setting-kinds.ts';

/** How far its port is above that of `listen`, where none is set: gateways on one machine do not meet. */
const PORTS_ABOVE = 1_000;
const PORT_MAX = 65_535;

export const AdminSchema = closed({
  host: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description:
      'Address that operators, Prometheus and probes ask. One that is not of this machine needs token_file.',
  }),
  port: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: PORT_MAX,
      description:
        'Default: 1,000 above listen.port, and any free port where that is 0. 0: any free port. The start log names it.',
    }),
  ),
  token_file: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'File with the bearer token that must be shown, of 16 characters at least.',
    }),
  ),
  probes_without_token: Type.Boolean({
    default: false,
    description:
      'true: who asks for /livez or /readyz without a token is told yes or no, as at the public address, and nothing ' +
      'else. For supervisors whose probes carry no secret (Kubernetes).',
  }),
  page: Type.Boolean({
    default: false,
    description:
      'true: / is a page for people. It shows what metrics, mode and readiness say, and asks for the token where there ' +
      'is one. The documentation is there too, for who shows none.',
  }),
  tls: tlsFiles('PEM files. Without this the address speaks plain HTTP.'),
  connections: count(32, 'Connections at once; each has one request.'),
  metrics_ms: ms(
    1_000,
    'Least time between two makings of the text of metrics: who asks sooner is given the last.',
  ),
  readiness_ms: ms(20, 'The same for readiness, liveness and mode.'),
});

type Admin = Static<typeof AdminSchema>;

/** The port to listen on; 0: any free one. */
export function adminPort({ port }: Admin, listenPort: number): number {
  return port ?? (listenPort === 0 ? 0 : listenPort + PORTS_ABOVE);
}

/** Rules, each with whether it holds. */
export function adminRelations(admin: Admin, listenPort: number): [boolean, string][] {
  return [
    [
      isLoopbackHost(admin.host) || admin.token_file !== undefined,
      `admin.host: whoever reaches ${admin.host} reads metrics and the state of this gateway: set admin.token_file, or leave admin.host to this machine (127.0.0.1)`,
    ],
    [
      adminPort(admin, listenPort) <= PORT_MAX,
      `admin.port must be set where listen.port is above ${PORT_MAX - PORTS_ABOVE}`,
    ],
  ];
}
