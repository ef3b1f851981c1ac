/** The address for operators, on a thread of its own. */
import { isLoopbackHost } from '../../config/loopback.ts';
import type { Settings } from '../../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { AdminListener } from '../transport/admin/admin-listener.ts';
import type { TryOut } from '../transport/admin/messages.ts';
import type { Health } from '../transport/transport.ts';
import type { ClosingStack } from './run.ts';

interface AdminParts {
  readonly settings: Settings;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly entry?: URL;
  readonly about: () => object;
  readonly tryOut?: TryOut;
  /** How the cluster stands, as JSON; without it there is none. */
  readonly cluster?: () => Promise<string>;
}

export interface AdminSide {
  /** Base address. */
  readonly url: string;
  readonly listener: AdminListener;
}

/** Rejects with TransportError when it cannot be listened on. */
export async function serveOperators(
  { settings, health, metrics, log, entry, about, tryOut, cluster }: AdminParts,
  closing: ClosingStack,
): Promise<AdminSide> {
  const listener = new AdminListener({
    settings,
    health,
    metrics,
    about,
    ...(tryOut && { tryOut }),
    ...(cluster && { cluster }),
    ...(entry && { entry }),
    onFault: (error) => {
      metrics.faultSeen('admin');
      log.error({ error: error.message }, 'operators could not be served');
    },
  });
  closing.add(() => listener.stop());
  metrics.memory.watch(() => [['heap_admin', listener.heapBytes]]);
  const { admin } = settings;
  if (!isLoopbackHost(admin.host) && !admin.tls) {
    log.warn({ host: admin.host }, 'the token for operators travels in the clear: set admin.tls');
  }
  const { host, port } = await listener.listen();
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http${admin.tls ? 's' : ''}://${name}:${port}`, listener };
}
