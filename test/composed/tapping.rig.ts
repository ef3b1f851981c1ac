/** Chip taps one after another at a steady pace through one gate, with every answer kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PlainClient, type PlainMessage } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import type { ComposedGateway } from './composed-gateway.rig.ts';

const PAUSE_MS = 5;

export interface Tapping {
  /** In the order of the taps; those that have come. */
  readonly answers: readonly PlainMessage[];
  /** Has the thread that proves the next tap die or hang (`test/fixtures/mortal-thread.ts`). */
  order(order: 'die' | 'hang'): void;
  /** Resolves when so many more taps than now are answered. */
  more(count: number): Promise<void>;
  /** Taps no more, and waits for the last answer. */
  stop(): Promise<readonly PlainMessage[]>;
}

const ORDERS = { die: 1, hang: 2 } as const;

export async function startTapping(composed: ComposedGateway): Promise<Tapping> {
  const { city } = composed;
  const cards = goodCards(city, 'rsa');
  const client = await PlainClient.connect(composed.target());
  const answers: PlainMessage[] = [];
  const waiting: Promise<void>[] = [];
  let stopped = false;
  let next: 'die' | 'hang' | null = null;
  const one = async (seq: number) => {
    const { family, credential, context } = chipTapOf(city, cards[seq % cards.length] ?? 0).binary;
    const terminal = next && { ...(context['terminal'] as object), DF01: Uint8Array.of(ORDERS[next]) };
    next = null;
    const tap = {
      scene: '29/exit',
      family,
      credential,
      context: { ...context, ...(terminal && { terminal }) },
    };
    const { message } = await client.tap(seq, tap);
    answers.push(message);
  };
  const run = (async () => {
    for (let seq = 1; !stopped; seq += 1) {
      waiting.push(one(seq));
      await sleep(PAUSE_MS);
    }
  })();
  return {
    answers,
    order: (order) => {
      next = order;
    },
    async more(count) {
      const until = answers.length + count;
      while (answers.length < until) await sleep(PAUSE_MS);
    },
    async stop() {
      stopped = true;
      await run;
      await Promise.all(waiting);
      await client.bye();
      return answers;
    },
  };
}

/** How often which code was answered. */
export function codesOf(answers: readonly PlainMessage[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of answers) counts[String(code)] = (counts[String(code)] ?? 0) + 1;
  return counts;
}
