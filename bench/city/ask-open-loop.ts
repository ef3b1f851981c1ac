/**
 * Asks questions at the times they are due, whatever the answers do. Latency counts from the time a question was due, so that
 * one that could not leave in time shows (coordinated omission).
 */
import { latencyHistogram, latencyOf } from '../report/latency.ts';
import type { QuestionFigures } from './city-orders.ts';
import type { Questions, Told } from './questions.ts';

/** Null: no answer in time. */
export type Ask = (n: number, done: (told: Told | null) => void) => void;

const TICK_MS = 1;
const US_PER_MS = 1_000;
const SETTLE_MS = 5_000;

const us = (ms: number) => Math.max(1, Math.round(ms * US_PER_MS));

export async function askOpenLoop(
  questions: Questions,
  startAtMs: number,
  ask: Ask,
): Promise<QuestionFigures> {
  const { times, right } = questions;
  const [latency, lag] = [latencyHistogram(), latencyHistogram()];
  const counts = { answered: 0, wrong: 0, late: 0 };
  const nowMs = () => performance.timeOrigin + performance.now();
  await new Promise((resolve) => setTimeout(resolve, startAtMs - nowMs()));
  const before = process.threadCpuUsage();
  let next = 0;
  const sendDue = () => {
    const now = nowMs() - startAtMs;
    for (let due = times[next]; due !== undefined && due <= now; due = times[next]) {
      const [n, dueMs] = [next, due];
      next += 1;
      lag.recordValue(us(now - dueMs));
      ask(n, (told) => {
        latency.recordValue(us(nowMs() - startAtMs - dueMs));
        counts.answered += 1;
        if (told === null) counts.late += 1;
        else if (told !== right[n]) counts.wrong += 1;
      });
    }
  };
  const ticks = setInterval(sendDue, TICK_MS);
  await until(() => next === times.length, Number.POSITIVE_INFINITY);
  clearInterval(ticks);
  await until(() => counts.answered === times.length, SETTLE_MS);
  const { user, system } = process.threadCpuUsage(before);
  return {
    ...{ intended: times.length, ...counts, latency: latencyOf(latency), cpuUs: user + system },
    lagP99Ms: lag.getValueAtPercentile(99) / US_PER_MS,
  };
}

async function until(isSo: () => boolean, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo() && performance.now() < end) await new Promise((next) => setTimeout(next, 5));
}
