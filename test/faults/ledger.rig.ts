/**
 * The client's ledger: every answer of every time a tap was sent, as it was read. What it says is held against the
 * gateway's journal and the platform: nothing lost, nothing twice.
 */

import type { DecisionRecord } from '../../gateway/journal/record/record.ts';
import { decodeRecord } from '../../gateway/journal/record/record-codec.ts';
import { toHex } from '../../workers/codecs/hex.ts';
import { decisionOf, type LoadTap } from '../outage/gate-load.rig.ts';

export interface LedgerEntry {
  readonly id: string;
  readonly tap: LoadTap;
  readonly frame: Buffer;
}

export interface Ledger {
  /** Times a tap was sent. */
  readonly sendings: number;
  /** Answers that were read. */
  readonly answers: number;
  /** By the decision's id: the first time it was read. */
  readonly decisions: ReadonlyMap<string, LedgerEntry>;
  /** Answers by the code of the refusal. */
  readonly refusals: ReadonlyMap<string, number>;
  /** What the ledger holds against the gateway by itself. */
  readonly faults: readonly string[];
}

const nameOf = ({ gate, seq }: LoadTap) => `${gate.deviceId}/${toHex(gate.stream)}/${seq}`;

export function ledgerOf(taps: readonly LoadTap[]): Ledger {
  const decisions = new Map<string, LedgerEntry>();
  const refusals = new Map<string, number>();
  const faults: string[] = [];
  let sendings = 0;
  let answers = 0;
  for (const tap of taps) {
    let decided: Buffer | null = null;
    for (const { answer } of tap.sendings) {
      sendings += 1;
      if (answer === null) continue;
      answers += 1;
      const { t, id, code } = answer.message;
      if (t !== 'decision') {
        refusals.set(String(code), (refusals.get(String(code)) ?? 0) + 1);
        continue;
      }
      if (decided !== null && !decided.equals(answer.frame)) faults.push(`${nameOf(tap)} was decided twice`);
      decided ??= answer.frame;
      const known = decisions.get(String(id));
      if (known !== undefined && known.tap !== tap) {
        faults.push(`${id} was given to ${nameOf(known.tap)} and to ${nameOf(tap)}`);
      }
      if (known === undefined) decisions.set(String(id), { id: String(id), tap, frame: answer.frame });
    }
  }
  return { sendings, answers, decisions, refusals, faults };
}

/** What is wrong with the journal of a gateway by the ledger: decisions that are not there as read, taps that are twice. */
export function againstJournal({ decisions }: Ledger, records: readonly DecisionRecord[]): string[] {
  const faults: string[] = [];
  const byId = new Map(records.map((record) => [record.answer.decisionId, record]));
  for (const { id, tap } of decisions.values()) {
    const record = byId.get(id);
    if (record === undefined) {
      faults.push(`${id} was answered and is not in the journal`);
      continue;
    }
    const { deviceId, stream, seq } = record.tap;
    if (`${deviceId}/${stream}/${seq}` !== nameOf(tap)) faults.push(`${id} is another tap's in the journal`);
    const { message } = tap.sendings.find(({ answer }) => answer?.message['id'] === id)?.answer ?? {};
    const { outcome, code, atMs } = record.answer;
    if (message?.['outcome'] !== outcome || message['code'] !== code || message['at_ms'] !== atMs) {
      faults.push(`${id} is otherwise in the journal than it was answered`);
    }
  }
  const seen = new Set<string>();
  for (const { tap, position } of records) {
    const name = `${tap.deviceId}/${tap.stream}/${tap.seq}`;
    if (seen.has(name)) faults.push(`${name} is twice in the journal, again at ${position}`);
    seen.add(name);
  }
  return faults;
}

export interface Holdings {
  has(id: string): boolean;
  readonly records: number;
  readonly conflicts: number;
}

/**
 * What is wrong with what the platform holds: decisions that were answered and did not reach it, and other than as
 * many records as the journal has of its own.
 */
export function againstPlatform({ decisions }: Ledger, held: Holdings, ownRecords: number): string[] {
  const faults: string[] = [];
  for (const id of decisions.keys()) {
    // GATEWAY:EPOCH:POSITION; the platform knows whose it is.
    if (!held.has(id.slice(id.indexOf(':') + 1)))
      faults.push(`${id} was answered and is not at the platform`);
  }
  if (held.records !== ownRecords) faults.push(`the platform holds ${held.records} records of ${ownRecords}`);
  if (held.conflicts > 0) faults.push(`the platform met ${held.conflicts} conflicts`);
  return faults;
}

/**
 * What is wrong with the records that a platform has, by what taps they are of: after a folder was put back, names of
 * decisions are taken twice until the gateway learns of it, and only the tap tells. Each decided tap is there once, as
 * it was answered.
 */
export function againstUploads(taps: readonly LoadTap[], uploads: ReadonlyMap<string, Uint8Array>): string[] {
  const faults: string[] = [];
  const kept = new Map<string, DecisionRecord>();
  for (const [id, bytes] of uploads) {
    const { record } = decodeRecord(Number(id.slice(id.indexOf(':') + 1)), Buffer.from(bytes));
    const { deviceId, stream, seq } = record.tap;
    const name = `${deviceId}/${stream}/${seq}`;
    if (kept.has(name)) faults.push(`${name} is twice at the platform, again as ${id}`);
    kept.set(name, record);
  }
  for (const tap of taps) {
    const { message } = decisionOf(tap) ?? {};
    const record = kept.get(nameOf(tap));
    if (message === undefined) faults.push(`${nameOf(tap)} was never decided`);
    else if (record === undefined) faults.push(`${nameOf(tap)} was answered and is not at the platform`);
    else if (message['code'] !== record.answer.code || message['at_ms'] !== record.answer.atMs) {
      faults.push(`${nameOf(tap)} is otherwise at the platform than it was answered`);
    }
  }
  return faults;
}
