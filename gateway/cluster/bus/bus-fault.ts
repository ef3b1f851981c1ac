/** What is wrong with the servers of the bus, in a sentence that says what to do. */
import type { JetStreamManager } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { ClusterError } from '../cluster-error.ts';

const VERSION_MIN = [2, 14] as const;

/** Throws ClusterError `refused` for a server that is older than 2.14. */
export function checkVersion(version: string, server: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1]);
  if (!isOld && Number.isInteger(major) && Number.isInteger(minor)) return;
  throw new ClusterError(
    'refused',
    `the NATS server at ${server} is ${version}, and ${VERSION_MIN.join('.')} or newer is needed: older ones lose acknowledged messages. Update it`,
  );
}

/** A small question to JetStream, of the hub where there is a domain. Rejects with ClusterError. */
export async function askJetStream(
  manager: Pick<JetStreamManager, 'getAccountInfo'>,
  server: string,
  domain: string | undefined,
): Promise<void> {
  const where = domain === undefined ? '' : ` in the domain ${domain}`;
  try {
    await manager.getAccountInfo();
  } catch (cause) {
    const said = (cause as Error).message;
    const isMissing = /not enabled|no responders/i.test(said);
    if (isMissing && domain === undefined) {
      throw new ClusterError(
        'refused',
        `the NATS server at ${server} has no JetStream for this account: enable it (jetstream {} in its configuration)`,
        { cause },
      );
    }
    if (/permissions? violation/i.test(said)) {
      throw new ClusterError('refused', `NATS lets this user not ask JetStream${where}: ${said}`, { cause });
    }
    const why = isMissing ? 'the hub is not in reach of this leaf node' : said || 'no answer in time';
    throw new ClusterError('unreachable', `JetStream${where} does not answer: ${why}`, { cause });
  }
}

/** What a try to connect failed with, as a ClusterError. */
export function connectFault(error: unknown, servers: readonly string[]): ClusterError {
  if (error instanceof ClusterError) return error;
  const cause = error as Error;
  const where = servers.join(', ');
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return new ClusterError(
      'refused',
      `NATS at ${where} does not take these credentials (cluster.bus.credentials_file): ${cause.message}`,
      { cause },
    );
  }
  if (/does not support 'tls'/.test(cause.message)) {
    return new ClusterError('refused', `NATS at ${where} has no TLS, and tls:// asks for it`, { cause });
  }
  const why = cause.message || (cause as NodeJS.ErrnoException).code || 'no answer in time';
  return new ClusterError('unreachable', `NATS at ${where} cannot be reached: ${why}`, { cause });
}
