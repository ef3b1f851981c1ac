/**
 * kill -9 under load. What a client received is in the journal; the same taps sent again get the same bytes; what was
 * not answered is decided once, and the platform gets every record once.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { seededInteger } from '../../platform/seed.ts';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';

const ROUNDS = 4;
const ANSWERS_MIN = 20;
const ANSWERS_MAX = 220;
/** Sent in the turn of the kill, so that taps are cut off however quick the gateway is. */
const LAST_TAPS = 20;
const UNANSWERED_MAX = 100;
const SEED = 'crash';
let gateway: GatewayUnderTest;

// A gateway for each try: one that failed leaves its records behind.
beforeEach(async () => {
  gateway = await startGateway({
    cards: 40,
    settings: { limits: { deadline_gate_ms: 20_000, deadline_desk_ms: 20_000, deadline_batch_ms: 20_000 } },
  });
});
afterEach(() => gateway.stop());

interface Sent {
  readonly stream: Uint8Array;
  readonly seq: number;
  readonly presentation: PlainMessage;
}
interface Received {
  readonly message: PlainMessage;
  readonly frame: Buffer;
}

let counter = 0;
function presentation(): PlainMessage {
  counter += 1;
  const cards = rsaCards();
  const card = gateway.city.card(cards[counter % cards.length] ?? 0);
  const unpredictable = Uint8Array.of(1, counter >> 16, (counter >> 8) & 0xff, counter & 0xff);
  const { credential, context } = card.chip.tap({
    mode: 'dda',
    counter,
    terminal: { '9F37': unpredictable },
  });
  return { family: 'chip-oda', credential, context };
}

function rsaCards(): number[] {
  return Array.from({ length: gateway.city.size }, (_, i) => i).filter(
    (i) => gateway.city.identity(i).alg === 'rsa',
  );
}

function kept(): DecisionRecord[] {
  const reader = openJournalReader(join(gateway.dataFolder, 'journal'));
  const records = [...reader.since(0)];
  void reader.environment.close();
  return records;
}

test(`killed ${ROUNDS} times under load: nothing a client received is lost, nothing is decided twice`, async () => {
  const sent: Sent[] = [];
  const received = new Map<Sent, Received>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const stream = new Uint8Array(16).fill(round + 1);
    const client = await PlainClient.connect(gateway.target(), stream);
    const killAfter = ANSWERS_MIN + seededInteger(SEED, 'kill after', round, ANSWERS_MAX - ANSWERS_MIN);
    const last = Array.from({ length: LAST_TAPS }, presentation);
    let seq = 0;
    let answered = 0;
    let killed: Promise<unknown> | null = null;
    const settled: Promise<void>[] = [];
    const send = (shown: PlainMessage) => {
      const tap = { stream, seq, presentation: shown };
      seq += 1;
      sent.push(tap);
      const answer = client.tap(tap.seq, shown).then((got) => {
        received.set(tap, got);
        answered += 1;
        if (answered < killAfter || killed !== null) return;
        for (const each of last) send(each);
        killed = gateway.kill('SIGKILL');
      });
      settled.push(answer.catch(() => {}));
    };
    let connected = true;
    void client.closed.then(() => {
      connected = false;
    });
    while (killed === null && connected) {
      for (let i = 0; i < 5 && seq - answered < UNANSWERED_MAX; i += 1) send(presentation());
      await sleep(1);
    }
    expect(killed, 'the connection is lost by the kill').not.toBeNull();
    await killed;
    await Promise.all(settled);
    const inJournal = new Map(kept().map((record) => [record.answer.decisionId, record]));
    for (const { message } of received.values()) {
      expect(message['t']).toBe('decision');
      expect(inJournal.get(String(message['id']))?.answer).toMatchObject({
        seq: message['seq'],
        outcome: message['outcome'],
        code: message['code'],
        atMs: message['at_ms'],
      });
    }
    await gateway.restart();
  }
  expect(received.size).toBeGreaterThanOrEqual(ROUNDS * ANSWERS_MIN);
  expect(received.size).toBeLessThan(sent.length);

  const before = new Map(kept().map((record) => [nameOf(record.tap), record]));
  const streams = new Set(sent.map(({ stream }) => stream));
  for (const stream of streams) {
    const client = await PlainClient.connect(gateway.target(), stream);
    const own = sent.filter((tap) => tap.stream === stream);
    const again = await Promise.all(own.map((tap) => client.tap(tap.seq, tap.presentation)));
    for (const [i, tap] of own.entries()) {
      const first = received.get(tap);
      if (first) expect(again[i]?.frame).toEqual(first.frame);
      const record = before.get(nameOf({ stream: Buffer.from(tap.stream).toString('hex'), seq: tap.seq }));
      if (record) expect(again[i]?.message['id']).toBe(record.answer.decisionId);
      // Its presentation was used by no other tap, so a second judgement would have said so.
      expect(again[i]?.message['code']).not.toBe('deny.replayed');
    }
    await client.bye();
  }

  const records = kept();
  expect(new Set(records.map(({ tap }) => nameOf(tap))).size).toBe(records.length);
  expect(records).toHaveLength(sent.length);
  expect(records.map(({ position }) => position)).toEqual(records.map((_, i) => i + 1));

  for (let i = 0; i < 400 && gateway.platform.journalSummary().records < records.length; i += 1)
    await sleep(50);
  expect(gateway.platform.journalSummary().records).toBe(records.length);
});

function nameOf({ stream, seq }: { stream: string; seq: number }): string {
  return `${stream}/${seq}`;
}
