/** Check-ins at a steady rate, as a hotel's own system asks for them: the card is judged, then its guest is checked in. */
import type { City } from '../../platform/city.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import type { DocumentClient } from './client-of-document.ts';

export interface CheckIns {
  readonly made: number;
  readonly wrong: number;
  /** From when a check-in was meant to begin to its answer, both requests; milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the first of the two requests, from when it was sent. */
  readonly judgingP50Ms: number;
  readonly judgingP99Ms: number;
  readonly firstWrong: string | null;
}

export interface Arriving {
  readonly scene: string;
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
}

/** Cards that are good, each with a fresh signature. */
export function arrivingGuests(city: City, count: number, seed: string): Arriving[] {
  const good: number[] = [];
  for (let index = 0; index < city.size && good.length < 200; index += 1) {
    if (city.identity(index).state === 'good') good.push(index);
  }
  return Array.from({ length: count }, (_, n) => {
    const { family, credential, context } = presentationLine('chip-oda', {
      ...{ city, index: good[n % good.length] ?? 0, atMs: Date.now(), mode: 'dda', chip: 0, fault: null },
      nonce: `${seed} ${n}`,
    });
    return { scene: '11/desk', family, credential, context };
  });
}

/** `startAtMs`: milliseconds since 1970 UTC. */
export async function checkGuestsIn(
  client: DocumentClient,
  guests: readonly Arriving[],
  ratePerS: number,
  startAtMs: number,
): Promise<CheckIns> {
  const latencies: number[] = [];
  const judging: number[] = [];
  let wrong = 0;
  let firstWrong: string | null = null;
  const one = async (shown: Arriving, n: number) => {
    const dueAtMs = startAtMs + (n * 1_000) / ratePerS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAtMs - Date.now())));
    const sentAtMs = Date.now();
    const verified = await client('verify', shown);
    judging.push(Date.now() - sentAtMs);
    const { verification_id } = verified.body;
    const declared = { full_name: '王小明', document_kind: 'id-card', document_number: '11010519491231002X' };
    const stay = { room: String(n), arrival: '2026-11-30', departure: '2026-12-01' };
    const guest = { verification_id, declared };
    const done = await client('checkIn', { ...stay, guests: [guest] });
    if (verified.body['outcome'] === 'allow' && done.status === 201) latencies.push(Date.now() - dueAtMs);
    else {
      wrong += 1;
      firstWrong ??= `${String(verified.body['code'])}, ${done.status} ${String(done.body['code'])}`;
    }
  };
  await Promise.all(
    guests.map((shown, n) =>
      one(shown, n).catch((cause: Error) => {
        wrong += 1;
        firstWrong ??= cause.message;
      }),
    ),
  );
  const [p50Ms, p99Ms] = percentiles(latencies);
  const [judgingP50Ms, judgingP99Ms] = percentiles(judging);
  return { made: latencies.length, wrong, p50Ms, p99Ms, judgingP50Ms, judgingP99Ms, firstWrong };
}

function percentiles(latencies: readonly number[]): [p50: number, p99: number] {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return [at(0.5), at(0.99)];
}
