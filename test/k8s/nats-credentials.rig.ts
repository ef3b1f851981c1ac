/** Whether a NATS server takes credentials. */
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { Forward } from './forward.rig.ts';

export async function takesCredentials(
  address: string,
  port: number,
  caFile: string,
  credentials: string,
): Promise<boolean> {
  const forward = await Forward.start(async () => address, port);
  try {
    const connection = await connect({
      servers: `tls://127.0.0.1:${forward.port}`,
      tls: { caFile },
      authenticator: credsAuthenticator(new TextEncoder().encode(credentials)),
      reconnect: false,
    });
    await connection.close();
    return true;
  } catch (error) {
    if (/authorization|authentication/i.test(String(error))) return false;
    throw error;
  } finally {
    await forward.stop();
  }
}
