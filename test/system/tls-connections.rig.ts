/**
 * A process with a composed gateway and its clients: TLS connections that are cut right after their handshake. Of one heap with
 * the gateway, so that memory which the gateway writes to and does not own is soon somebody else's.
 */
import { connect, type SecureVersion } from 'node:tls';
import { startComposed } from '../composed/composed-gateway.rig.ts';

const [, , cert_file = '', key_file = '', connections = '0'] = process.argv;

/** Resolves once the handshake is done, with the connection cut. */
function cut(port: number, version: SecureVersion): Promise<void> {
  const offered = { rejectUnauthorized: false, minVersion: version, maxVersion: version };
  const socket = connect({ host: '127.0.0.1', port, ...offered });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve();
    });
  });
}

const composed = await startComposed({
  cards: 4,
  settings: { listen: { port: 0, tls: { cert_file, key_file } } },
});
for (let i = 0; i < Number(connections); i += 1) {
  await cut(composed.address.port, i % 2 === 0 ? 'TLSv1.2' : 'TLSv1.3');
}
await composed.stop();
console.log(`${connections} connections`);
