/** Connections over TLS that come and are cut, by the hundred: memory of the process stays whole. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CONNECTIONS = '800';
const pem = (name: string) =>
  join(import.meta.dirname, '../unit/gateway/transport/tls', `localhost.${name}.pem`);

test('a gateway whose TLS connections are cut right after their handshake writes to no memory but its own', () => {
  const rig = join(import.meta.dirname, 'tls-connections.rig.ts');
  // glibc overwrites what is freed, so that what is read or written there shows at once.
  const env = { ...process.env, MALLOC_PERTURB_: '165' };
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    [rig, pem('cert'), pem('key'), CONNECTIONS],
    { encoding: 'utf8', env, timeout: 100_000 },
  );
  expect({ signal, status }, stderr).toEqual({ signal: null, status: 0 });
  expect(stdout).toBe(`${CONNECTIONS} connections\n`);
}, 120_000);
