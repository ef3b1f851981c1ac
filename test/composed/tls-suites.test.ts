/** With which versions and suites of TLS a gateway speaks, by each class of them, with a certificate of either kind. */
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

const pem = (name: string) => join(import.meta.dirname, '../unit/gateway/transport/tls', `${name}.pem`);
/** The client's own floor lies far below: what is refused the gateway refuses. */
const ANYTHING = '@SECLEVEL=0';

/** Version and suite that were agreed on; null where the handshake was refused. */
function agreed(port: number, offered: ConnectionOptions): Promise<string | null> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...offered });
  return new Promise((resolve, reject) => {
    let spoken: string | null = null;
    socket.on('secureConnect', () => {
      spoken = `${socket.getProtocol()} ${socket.getCipher().name}`;
      // Its end is waited for: the gateway is stopped only when it has seen each connection go.
      socket.end();
    });
    socket.on('close', () => resolve(spoken));
    // An alert, not a connection that was never there.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!/ALERT/.test(error.code ?? '')) reject(error);
    });
    socket.resume();
  });
}

const withSuite = (suite: string): ConnectionOptions => ({
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: `${suite}:${ANYTHING}`,
});

describe.each([
  ['ECDSA', 'localhost', 'public'],
  ['RSA', 'localhost-rsa', 'public'],
  ['ECDSA', 'localhost', 'admin'],
  ['RSA', 'localhost-rsa', 'admin'],
])('with a certificate of %s (%s), at the %s address', (kind, name, at) => {
  const port = () => (at === 'public' ? composed.address.port : Number(new URL(composed.address.admin).port));
  let composed: ComposedGateway;
  beforeAll(async () => {
    const tls = { cert_file: pem(`${name}.cert`), key_file: pem(`${name}.key`) };
    composed = await startComposed({
      cards: 4,
      settings: { listen: { port: 0, tls }, admin: { port: 0, tls } },
    });
  });
  afterAll(() => composed.stop());

  test.each([
    `ECDHE-${kind}-AES128-GCM-SHA256`,
    `ECDHE-${kind}-AES256-GCM-SHA384`,
    `ECDHE-${kind}-CHACHA20-POLY1305`,
  ])('TLS 1.2 is spoken with %s', async (suite) => {
    expect(await agreed(port(), withSuite(suite))).toBe(`TLSv1.2 ${suite}`);
  });

  test.each([
    ['CBC with SHA-1', `ECDHE-${kind}-AES128-SHA:ECDHE-${kind}-AES256-SHA`],
    ['CBC with SHA-2', `ECDHE-${kind}-AES128-SHA256:ECDHE-${kind}-AES256-SHA384`],
    ['RSA key transport', 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA'],
    ['Diffie-Hellman over a finite field', 'DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384'],
  ])('TLS 1.2 is refused with %s', async (_what, suites) => {
    expect(await agreed(port(), withSuite(suites))).toBeNull();
  });

  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])(
    'TLS 1.3 is spoken with %s',
    async (suite) => {
      expect(await agreed(port(), { minVersion: 'TLSv1.3', ciphers: suite })).toBe(`TLSv1.3 ${suite}`);
    },
  );

  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
    const offered = { minVersion: version, maxVersion: version, ciphers: `ALL:${ANYTHING}` };
    expect(await agreed(port(), offered)).toBeNull();
  });
});
