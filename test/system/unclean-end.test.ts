/** A death is known at the next start: who died, when it had started, and what was read again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

const UNCLEAN =
  'the last run ended unclean: what it had answered is kept, and its memory was read again from the journal';
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** Three starts of a process, on a machine that may be busy. */
const TIMEOUT_MS = 300_000;
const saidSince = (from: number) => gateway.logLines.slice(from).filter(({ msg }) => msg === UNCLEAN);

test(
  'the start after a kill says that the last run ended unclean and what was recovered; one after a stop does not',
  async () => {
    expect(saidSince(0)).toEqual([]);
    const client = await PlainClient.connect(gateway.target());
    for (const [seq, card] of goodCards(gateway.city, 'sm2').slice(0, 3).entries()) {
      const { message } = await client.tap(seq, rideCodeOf(gateway.city, card, { validity_s: 600 }).binary);
      expect(message['code']).toBe('allow.good');
    }
    const { pid } = gateway;
    await gateway.kill('SIGKILL');

    let from = gateway.logLines.length;
    await gateway.restart();
    expect(saidSince(from)).toEqual([
      expect.objectContaining({
        level: 'warn',
        last_pid: pid,
        last_started: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        newest_position: 3,
        records_read_again: 3,
        replay_entries: 3,
      }),
    ]);

    expect(await gateway.kill('SIGTERM')).toEqual({ status: 0, signal: null });
    from = gateway.logLines.length;
    await gateway.restart();
    expect(saidSince(from)).toEqual([]);
  },
  TIMEOUT_MS,
);
