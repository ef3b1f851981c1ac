/** Opens and ends sessions. */
import { effect } from '@preact/signals';
import type { HotelInfo, Session } from './answers.ts';
import { type Answer, get, post, remove } from './api.ts';
import { endedBecause, endSession, hotel, session } from './session.ts';

export async function resume(): Promise<void> {
  const answer = await get<Session>('/session');
  if (answer.ok) entered(answer.value);
  else session.value = null;
}

export async function enter(account: string, password: string): Promise<Answer<Session>> {
  const answer = await post<Session>('/session', { account, password });
  if (answer.ok) entered(answer.value);
  return answer;
}

export function entered(next: Session): void {
  endedBecause.value = null;
  session.value = next;
  noteActivity();
}

export async function leave(why: 'idle' | null = null): Promise<void> {
  await remove('/session');
  endSession(why);
}

export async function changePassword(old: string, next: string): Promise<Answer<Session>> {
  const answer = await post<Session>('/session/password', { old, new: next });
  if (answer.ok) entered(answer.value);
  return answer;
}

export async function chooseDesk(desk: string): Promise<Answer<Session>> {
  const answer = await post<Session>('/session/desk', { desk });
  if (answer.ok) entered(answer.value);
  return answer;
}

effect(() => {
  if (!session.value || session.value.must_change_password || hotel.peek() !== null) return;
  void get<HotelInfo>('/v1/hotel').then((answer) => {
    if (answer.ok) hotel.value = answer.value;
  });
});

/** What the server sends keeps a session open too: a console that nobody touches ends it itself. */
let activeAt = performance.now();
let idleMs = Number.POSITIVE_INFINITY;
const LOOK_MS = 5_000;

export function noteActivity(): void {
  activeAt = performance.now();
  const now = session.peek();
  if (now) idleMs = Math.max(60_000, now.idle_until_ms - Date.now());
}
for (const kind of ['keydown', 'pointerdown', 'input']) {
  addEventListener(kind, () => {
    activeAt = performance.now();
  });
}
setInterval(() => {
  if (session.peek() && performance.now() - activeAt > idleMs) void leave('idle');
}, LOOK_MS);
