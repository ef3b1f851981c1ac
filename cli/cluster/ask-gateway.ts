/** Asks one gateway, at its address for operators, how its cluster stands. */
import { adminPort } from '../../config/admin-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { type ClusterReport, isClusterReport } from '../../gateway/cluster/members/cluster-report.ts';
import { readAdminToken } from '../../gateway/transport/admin/admin-listener.ts';
import { boundedJson } from '../bounded-json.ts';
import { UnusableError } from '../unusable.ts';

const TIMEOUT_MS = 8_000;
/** Ten thousand gateways, and what is said of them. */
const REPORT_BYTES_MAX = 100_000_000;

export interface GatewayAt {
  readonly url: string;
  readonly tokenFile: string | undefined;
}

/** Where the settings say that it listens for operators, from this machine. */
export function gatewayOf({ admin, listen }: Settings): GatewayAt {
  const every = admin.host === '0.0.0.0' || admin.host === '::';
  const host = every ? '127.0.0.1' : admin.host;
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http${admin.tls ? 's' : ''}://${name}:${adminPort(admin, listen.port)}`;
  return { url, tokenFile: admin.token_file };
}

/** Throws UnusableError where it cannot be asked, or is no one of many; TransportError for its token. */
export async function askGateway({ url, tokenFile }: GatewayAt): Promise<ClusterReport> {
  const { status, body } = await boundedJson(`${url.replace(/\/+$/, '')}/v1/cluster`, {
    token: tokenFile === undefined ? null : readAdminToken(tokenFile),
    timeoutMs: TIMEOUT_MS,
    bytesMax: REPORT_BYTES_MAX,
  });
  if (status === 401) throw new UnusableError(`${url} asks for a token: give it with --token-file`);
  if (status === 404) {
    throw new UnusableError(
      `${url} is the address of no gateway of a cluster: give its address for operators, of one whose settings have cluster`,
    );
  }
  if (status !== 200 || !isClusterReport(body)) {
    throw new UnusableError(`${url} answered ${status}, and not how a cluster stands`);
  }
  return body;
}
