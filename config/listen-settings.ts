/** Settings of the address that gates, desks and batch clients connect to. */
import { Type } from 'typebox';
import { closed, tlsFiles } from './setting-kinds.ts';

export const ListenSchema = closed({
  host: Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address to listen on.' }),
  port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8790, description: '0: any free port.' }),
  share_port: Type.Boolean({
    default: false,
    description:
      'true: other gateways of this machine and user that say so too listen on the same port (SO_REUSEPORT), and the system deals ' +
      'connections out to them. Each has a gateway_id, a data_dir and an admin.port of its own.',
  }),
  leave_ms: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 0,
    description:
      'Time for which a gateway that was asked to stop says at /readyz that it is going, and serves whoever still comes: for ' +
      'balancers that ask there.',
  }),
  tls: tlsFiles('PEM files. Without this the gateway speaks plain HTTP.'),
});

/** What does not go together. */
export function listenRelations(
  { port, share_port: shared }: { readonly port: number; readonly share_port: boolean },
  cluster: { readonly store?: unknown } | undefined,
): [boolean, string][] {
  return [
    [!shared || port !== 0, 'listen.share_port needs a listen.port: port 0 is another one for each gateway'],
    [
      !shared || cluster?.store !== undefined,
      'listen.share_port needs cluster.store: whoever connects to a shared port cannot choose the gateway, so a code must not pass once at each',
    ],
  ];
}
