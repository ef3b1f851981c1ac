/** A gateway that is killed after the bureau took a report, and before it heard so, tells it once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ComposedDesk } from '../composed/desk.rig.ts';
import { KEY } from '../composed/desk.rig.ts';
import { reportsBecome } from '../composed/desk-reports.rig.ts';
import { signIn } from '../composed/desk-session.rig.ts';
import { ADULT, checkIn } from '../composed/desk-stays.rig.ts';
import { freePort, type GatewayUnderTest, startGateway } from '../system/gateway-under-test.rig.ts';

const TOKEN = 'test-platform-token';
const WAIT = { timeout: 30_000, interval: 5 };
let gateway: GatewayUnderTest;
let url: string;
beforeAll(async () => {
  const [port, deskPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${deskPort}`;
  gateway = await startGateway({
    platform: { port },
    settings: {
      hotel: {
        hotel_id: 'harbour',
        listen: { port: deskPort },
        key_file: 'desk-key',
        report: {
          ...{ adapter: 'http', url: `http://127.0.0.1:${port}/bureau/v1`, token_file: 'bureau-token' },
          retry_ms: 50,
        },
      },
    },
    before: (folder) => {
      writeFileSync(join(folder, 'desk-key'), KEY, { mode: 0o600 });
      writeFileSync(join(folder, 'bureau-token'), TOKEN, { mode: 0o600 });
    },
  });
});
afterAll(() => gateway?.stop());

test('killed between taking and hearing so', async () => {
  const { bureau } = gateway.platform;
  const desk = { url, saidOnce: [gateway.output] } as unknown as ComposedDesk;
  const clerk = await signIn(desk, 'clerk');
  const declared = { full_name: '李明', document_kind: 'id-card', document_number: ADULT };
  bureau.setFault('slow');
  const stay = await checkIn(clerk, [{ declared, person_compared: true }]);
  const guestId = stay.guests[0]?.guest_id ?? '';
  await vi.waitFor(() => expect(bureau.taken).toHaveLength(1), WAIT);
  await gateway.kill('SIGKILL');
  bureau.setFault(null);
  await gateway.restart();
  const manager = await signIn(desk, 'manager');
  await reportsBecome(manager, guestId, ['register accepted']);
  expect(bureau.taken).toHaveLength(1);
});
