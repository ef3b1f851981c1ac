/** Check-ins at a steady rate, as a hotel's own system asks for them: what a guest shows is judged, then the guest is checked in. */
import type { DocumentClient } from './client-of-document.ts';
import type { Arriving } from './guests.ts';

/** Operations that the hotel's system uses. */
export const OPERATIONS = ['verify', 'checkIn'] as const;

export interface CheckIns {
  readonly wished: number;
  /** From when each was meant to begin to its last answer; of those that were done, milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Of the first of two requests, from when it was sent. */
  readonly judgingMs: readonly number[];
  readonly firstWrong: string | null;
}

/** `startAtMs`: milliseconds since 1970 UTC. Open loop: nobody waits for the guest before. */
export async function checkGuestsIn(
  client: DocumentClient,
  guests: readonly Arriving[],
  ratePerS: number,
  startAtMs: number,
): Promise<CheckIns> {
  const latenciesMs: number[] = [];
  const judgingMs: number[] = [];
  let firstWrong: string | null = null;
  const offsetMs = performance.now() - Date.now();
  const arrives = async (guest: Arriving, n: number) => {
    const dueMs = startAtMs + (n * 1_000) / ratePerS + offsetMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    try {
      latenciesMs.push((await checkIn(client, guest, String(n), judgingMs)) - dueMs);
    } catch (cause) {
      firstWrong ??= (cause as Error).message;
    }
  };
  await Promise.all(guests.map(arrives));
  return { wished: guests.length, latenciesMs, judgingMs, firstWrong };
}

/** Answers when it was done, of performance.now(). Rejects where it was not. */
async function checkIn(
  client: DocumentClient,
  { shown, fullName, documentNumber }: Arriving,
  room: string,
  judgingMs: number[],
): Promise<number> {
  const declared = { full_name: fullName, document_kind: 'id-card', document_number: documentNumber };
  let asked: object = { declared };
  if (shown !== null) {
    const sentMs = performance.now();
    const { status, body, answeredMs } = await client.call('verify', { body: { ...shown, declared } });
    judgingMs.push(answeredMs - sentMs);
    const { outcome, code, verification_id } = body;
    if (status !== 200 || outcome !== 'allow') throw new Error(`${shown.family}: ${status} ${String(code)}`);
    asked = { verification_id };
  }
  const today = new Date().toISOString().slice(0, 10);
  const stay = { room, arrival: today, departure: today, guests: [asked] };
  const { status, body, answeredMs } = await client.call('checkIn', { body: stay });
  if (status !== 201) throw new Error(`check-in: ${status} ${String(body['code'])}`);
  return answeredMs;
}
