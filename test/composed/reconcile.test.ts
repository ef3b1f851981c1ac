/** `onecard journal reconcile`: what the journal has against what the platform holds, also after somebody had a hand in it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CURSORS } from '../../gateway/journal/journal-tables.ts';
import { positionKey } from '../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';
import { onecard } from './onecard-beside.rig.ts';

/** Starts several processes, on a machine that may be busy. */
const TIMEOUT_MS = 300_000;

/** Changes the journal's tables behind the gateway's back. */
async function tampered(
  { dataFolder }: ComposedGateway,
  change: (
    records: NonNullable<ReturnType<typeof openTable>>,
    cursors: NonNullable<ReturnType<typeof openTable>>,
  ) => Promise<unknown>,
) {
  const folder = join(dataFolder, 'journal');
  const environment = openEnvironment({ folder, syncBeforeVisible: true, mapBytes: 1 << 24, databases: 8 });
  const [records, cursors] = [openTable(environment, 'records'), openTable(environment, 'cursors')];
  if (!records || !cursors) throw new Error('there is no journal');
  await change(records, cursors);
  await environment.close();
}

test(
  'reconcile names what is the same, changed, cut off here, and confirmed but not held',
  async () => {
    const composed = await startComposed();
    onTestFinished(() => composed.stop());
    const config = join(composed.folder, 'gateway.json');
    writeFileSync(config, JSON.stringify(composed.settings));
    const reconcile = async () => {
      const { status, stdout, stderr } = await onecard(['journal', 'reconcile', '--config', config]);
      expect(stderr).toBe('');
      return { status, said: stdout.replace(/^epoch [0-9a-f]{16}/, 'epoch E') };
    };
    const client = await PlainClient.connect(composed.target());
    for (const [seq, card] of goodCards(composed.city, 'sm2').slice(0, 5).entries()) {
      await client.tap(seq, rideCodeOf(composed.city, card, { validity_s: 600 }).binary);
    }
    await client.bye();
    await composed.stopGateway();

    expect(await reconcile()).toEqual({
      status: 0,
      said: 'epoch E: here 1 to 5; held 1 to 5\nthe two sides agree\n',
    });

    const key = positionKey(3);
    await tampered(composed, async (records) => {
      const bytes = Buffer.from(records.get(key) ?? []);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await records.put(key, bytes);
    });
    expect(await reconcile()).toEqual({
      status: 1,
      said: 'epoch E: here 1 to 5; held 1 to 5\n  positions 1 to 5: not the same on both sides\nthe two sides differ: 1 ranges\n',
    });

    await tampered(composed, async (records) => {
      for (const position of [3, 4, 5]) await records.remove(positionKey(position));
    });
    expect(await reconcile()).toEqual({
      status: 1,
      said:
        'epoch E: here 1 to 2; held 1 to 5\n  positions 3 to 5: held by the platform, and not in this journal\n' +
        'the two sides differ: 1 ranges\n',
    });

    await tampered(composed, async (records, cursors) => {
      const bytes = Buffer.from(records.get(positionKey(2)) ?? []);
      for (const position of [6, 7, 8]) await records.put(positionKey(position), bytes);
      await cursors.put(Buffer.from(CURSORS.confirmed), positionKey(7));
    });
    const { status, said } = await reconcile();
    expect(status).toBe(1);
    expect(said).toContain('  positions 6 to 7: confirmed by the platform, and not held by it\n');
    expect(said).toContain('; 1 wait to be confirmed');
  },
  TIMEOUT_MS,
);
