/** Where a running gateway is reached. */
import type { Settings } from '../../config/settings.ts';

export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  readonly http: string;
  readonly gate: string;
  /** Base address for operators: metrics, readiness, mode. */
  readonly admin: string;
  /** Base address of the hotel desk, where there is one. */
  readonly desk?: string;
}

/** Of its public listener, without the address for operators. */
export function addressOf({ listen }: Settings, { host, port }: { host: string; port: number }) {
  const scheme = listen.tls ? 's' : '';
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    host,
    port,
    http: `http${scheme}://${name}:${port}`,
    gate: `ws${scheme}://${name}:${port}/v1/gate`,
  };
}
