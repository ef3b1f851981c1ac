/**
 * What every row of the matrix asserts, whatever was wrong with the platform meanwhile: no answer later than its
 * deadline, none lost, none wrong for the revision it names.
 */

import { join } from 'node:path';
import { expect } from 'vitest';
import { type Code, codeEntry } from '../../config/codes.ts';
import { loadScenes } from '../../config/scenes.ts';
import { openJournalReader } from '../../gateway/journal/journal-reader.ts';
import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { judgeAgain } from '../../gateway/tap/judge-again.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { DEADLINE_MS, decisionOf, type GateLoad, type LoadTap } from './gate-load.rig.ts';
import type { ListHistory } from './list-history.rig.ts';

/**
 * How much later than its deadline a client on a busy machine may see an answer: here gates, their signatures and
 * often the platform share one thread. What the gateway itself measured is held to the deadline without it.
 */
export const TOLERANCE_MS = 500;

export interface Checked {
  readonly load: GateLoad;
  readonly history: ListHistory;
  /** Of the gateway. */
  readonly dataFolder: string;
  readonly scenesFile?: string;
  /**
   * Parts of the taps that may be refused with a code instead of being decided in time. Default 0.05: a machine that
   * pauses is no fault of the platform.
   */
  readonly refusedMax?: number;
  /** Connections were cut on purpose, so that some sendings have no answer. */
  readonly cut?: boolean;
}

/** Records of the taps, in the order of the journal. */
export async function checkAnswers(checked: Checked): Promise<readonly DecisionRecord[]> {
  const { load, dataFolder, refusedMax = 0.05 } = checked;
  load.stop();
  await load.settle();
  noneLate(load.taps);
  noneLost(checked);
  const refused = load.taps.filter((tap) => decisionOf(tap) === null);
  expect(refused.length, 'taps refused').toBeLessThanOrEqual(refusedMax * load.taps.length);
  if (checked.cut) await load.reconnect();
  await load.resendUndecided();
  await sameWhenSentAgain(load);
  const records = recordsOf(dataFolder);
  onlyOnce(records);
  const own = kept(load.taps, records);
  noneWrong(checked, own);
  return own.map(([, record]) => record);
}

function noneLate(taps: readonly LoadTap[]): void {
  for (const { sendings } of taps) {
    for (const { sentAt, answeredAt } of sendings) {
      if (answeredAt !== null)
        expect(answeredAt - sentAt, 'answered after').toBeLessThanOrEqual(DEADLINE_MS + TOLERANCE_MS);
    }
  }
}

/** Exactly one answer for each time a tap was sent. */
function noneLost({ load, cut }: Checked): void {
  expect(load.taps.length, 'taps').toBeGreaterThan(0);
  for (const { sendings, seq } of load.taps) {
    for (const { answer, over } of sendings) {
      expect(over, `tap ${seq} is settled`).toBe(true);
      if (!cut) expect(answer, `answer to tap ${seq}`).not.toBeNull();
      if (answer?.message['t'] !== 'refusal') continue;
      const code = answer.message['code'] as Code;
      expect(codeEntry(code), code).toMatchObject({ kind: 'refusal', retry: true });
    }
  }
  const unasked = load.gates.flatMap(({ clients }) => clients.flatMap((client) => client.unasked));
  expect(unasked, 'answers nobody waited for').toEqual([]);
}

/** A tap sent again gets the decision it had, byte for byte. */
async function sameWhenSentAgain(load: GateLoad): Promise<void> {
  const step = Math.max(1, Math.floor(load.taps.length / SAMPLE));
  for (const tap of load.taps.filter((_, i) => i % step === 0)) {
    const first = decisionOf(tap);
    const again = await load.send(tap);
    expect(first, `decision of tap ${tap.seq}`).not.toBeNull();
    expect(again.answer?.frame).toEqual(first?.frame);
  }
}

const SAMPLE = 40;

export function recordsOf(dataFolder: string): DecisionRecord[] {
  const reader = openJournalReader(join(dataFolder, 'journal'));
  const records = [...reader.since(0)];
  void reader.environment.close();
  return records;
}

/** Each tap has one record at most, and positions have no gap. */
export function onlyOnce(records: readonly DecisionRecord[]): void {
  const names = records.map(({ tap: { deviceId, stream, seq } }) => `${deviceId}/${stream}/${seq}`);
  expect(new Set(names).size, 'taps decided').toBe(records.length);
  const first = records[0]?.position ?? 1;
  expect(records.every(({ position }, i) => position === first + i)).toBe(true);
}

/** Every decision a gate has read is in the journal as it read it. */
function kept(taps: readonly LoadTap[], records: readonly DecisionRecord[]): [LoadTap, DecisionRecord][] {
  const byId = new Map(records.map((record) => [record.answer.decisionId, record]));
  return taps.map((tap) => {
    const message = decisionOf(tap)?.message;
    const record = byId.get(String(message?.['id']));
    if (record === undefined) throw new Error(`tap ${tap.seq} has no record: ${JSON.stringify(message)}`);
    const { seq, outcome, code, atMs, mode } = record.answer;
    expect(message).toMatchObject({ seq, outcome, code, at_ms: atMs, mode });
    expect([record.tap.seq, record.scene]).toEqual([tap.seq, tap.scene]);
    return [tap, record];
  });
}

/** The state is what the named revision says, and the decision what the policy makes of it. */
function noneWrong({ history, scenesFile }: Checked, own: readonly [LoadTap, DecisionRecord][]): void {
  const scenes = loadScenes(PRESENTABLE_FAMILIES, scenesFile);
  for (const [{ card, credential }, record] of own) {
    const { status, proof, replay } = record;
    expect(proof.ok, proof.code).toBe(true);
    if (credential !== 'ride') expect(replay.seenBefore).toBe(false);
    if (status.source === 'list') {
      expect(status.state, `card ${card} by ${status.listRevision}`).toBe(
        history.stateAt(status.listRevision ?? '', card, credential),
      );
    }
    if (status.source === 'live') expect(history.everWas(card, credential)).toContain(status.state);
    if (!replay.seenBefore) expectedCode(record);
    expect(judgeAgain(record, scenes)).toEqual({ kind: 'same' });
  }
}

/** Apart from the gateway's own table: what the scenes that come along mean while lists are fresh, and when closed. */
function expectedCode({
  scene,
  mode,
  status: { state, live, source },
  answer: { code },
}: DecisionRecord): void {
  if (mode === 'closed') {
    const closed = scene === '29/exit' ? 'allow' : scene === '29/entry' ? 'deny' : 'refer';
    expect(code).toBe(`${closed}.closed`);
  }
  if ((mode !== 'live' && mode !== 'lists') || source === 'none') return;
  if (state !== 'good' && state !== 'unknown') expect(code).toBe(`deny.status_${state}`);
  else if (scene === '40/desk' && ['late', 'failed', 'not_asked'].includes(live))
    expect(code).toBe('refer.could_not_ask');
  else if (state === 'good') expect(code).toBe('allow.good');
  else if (scene === '29/exit') expect(code).toBe('allow.unlisted');
  else expect(code).toBe(scene.endsWith('desk') ? 'refer.status_unknown' : 'deny.status_unknown');
}

/** By the gateway's own measure: what took longer than a deadline was refused for it. `http`: its base address. */
export async function checkOwnTimes(http: string): Promise<void> {
  const metrics = await metricsOf(http);
  const late = (deviceClass: string) =>
    metrics(`onecard_tap_seconds_count{class="${deviceClass}"}`) -
    metrics(`onecard_tap_seconds_bucket{le="1",class="${deviceClass}"}`);
  for (const deviceClass of ['gate', 'desk']) {
    expect(late(deviceClass), `late by its own clock, ${deviceClass}`).toBeLessThanOrEqual(
      metrics(`onecard_refusals_total{code="tap.deadline_exceeded",class="${deviceClass}"}`),
    );
  }
}

/** Reads one sample of the metrics by its name and labels; 0: there is none. */
export async function metricsOf(admin: string): Promise<(sample: string) => number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const values = new Map(
    text.split('\n').map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))] as const;
    }),
  );
  return (sample) => values.get(sample) ?? 0;
}
