/** The journals that a report is made from: data folders of gateways that run or are stopped, read one after another. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SceneTable } from '../config/scenes.ts';
import { journalKeyIfThere } from '../gateway/journal/journal-key.ts';
import { type JournalReader, openJournalReader } from '../gateway/journal/journal-reader.ts';
import type { DecisionRecord } from '../gateway/journal/record/record.ts';
import { cardBitsOf, groupsHeld } from '../reports/groups-held.ts';
import type { Tapped } from '../reports/tapped.ts';
import { toHex } from '../workers/codecs/hex.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { groupsIn } from './planned-city.ts';
import { startProgress } from './progress.ts';
import { UnusableError } from './unusable.ts';

export interface ReportJournal {
  readonly folder: string;
  /** Of its pseudonyms; null where its file is not there. */
  readonly key: Buffer | null;
  /** Tells keys apart without showing one. */
  readonly keyName: string;
}

export interface Span {
  /** Milliseconds since 1970 UTC; null: no bound. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** `dirs`: data folders, or the journals' own. Throws UnusableError. */
export function reportJournals(dirs: readonly string[]): ReportJournal[] {
  const folders = dirs.map((dir) => {
    const folder = resolve(dir);
    const found = [join(folder, 'journal'), folder].find((each) => existsSync(join(each, 'data.mdb')));
    if (found === undefined) {
      throw new UnusableError(`there is no journal in ${folder}: give a gateway's data folder, its data_dir`);
    }
    return found;
  });
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (twice !== undefined) throw new UnusableError(`${twice} is given twice: its taps would count twice`);
  return folders.map((folder, i) => {
    const key = journalKeyIfThere(folder);
    const keyName =
      key === null ? `journal ${i}` : createHash('sha256').update(key).digest('hex').slice(0, 16);
    return { folder, key, keyName };
  });
}

/** Hands on every decision of a span, and shows how far it is. Returns how many damaged records were passed over. */
export function eachTapped(
  journals: readonly ReportJournal[],
  span: Span,
  scenes: SceneTable,
  onTapped: (tapped: Tapped) => void,
): Promise<number> {
  const city = {
    services: new Map(scenes.described.map(({ scene, service }) => [scene, service])),
    cardBits: cardBitsOf(groupsIn(scenes)),
  };
  return eachRecord(journals, span, (record, { keyName }) => onTapped(tappedOf(record, keyName, city)));
}

/** As `eachTapped`, the records themselves. */
export async function eachRecord(
  journals: readonly ReportJournal[],
  span: Span,
  onRecord: (record: DecisionRecord, journal: ReportJournal) => void,
): Promise<number> {
  const epochs = new Map<string, string>();
  const progress = startProgress();
  let damaged = 0;
  try {
    for (const [i, journal] of journals.entries()) {
      const reader = openJournalReader(journal.folder);
      try {
        refuseCopy(reader, journal, epochs);
        damaged += readOne(reader, span, (record, fraction) => {
          progress.at((i + fraction) / journals.length, `position ${record.position} of ${journal.folder}`);
          onRecord(record, journal);
        });
      } finally {
        await reader.close();
      }
    }
  } finally {
    progress.done();
  }
  return damaged;
}

/** A copy of a journal holds the same decisions. */
function refuseCopy(reader: JournalReader, { folder }: ReportJournal, epochs: Map<string, string>): void {
  for (const epoch of reader.everyEpoch) {
    const other = epochs.get(epoch);
    if (other !== undefined) {
      throw new UnusableError(
        `${folder} is a copy of ${other}: its taps would count twice, so give one of them`,
      );
    }
  }
  for (const epoch of reader.everyEpoch) epochs.set(epoch, folder);
}

function readOne(
  reader: JournalReader,
  { fromMs, untilMs }: Span,
  onRecord: (record: DecisionRecord, fraction: number) => void,
): number {
  let damaged = 0;
  const onDamaged = () => {
    damaged += 1;
  };
  // Looking for the first position passes damaged records too: each is counted once, below.
  const after = fromMs === null ? 0 : reader.lastBefore(fromMs, () => {});
  const first = Math.max(after, reader.firstPosition - 1);
  const last = reader.lastPosition;
  for (const record of reader.allAfter(first, onDamaged)) {
    if (fromMs !== null && record.atMs < fromMs) continue;
    if (untilMs !== null && record.atMs >= untilMs) continue;
    onRecord(record, (record.position - first) / Math.max(1, last - first));
  }
  return damaged;
}

interface CityNames {
  /** By scene. */
  readonly services: ReadonlyMap<string, number>;
  /** By group. */
  readonly cardBits: ReadonlyMap<string, number>;
}

function tappedOf(record: DecisionRecord, keyName: string, { services, cardBits }: CityNames): Tapped {
  const { tap, atMs, scene, family, answer, proof } = record;
  return {
    atMs,
    gateway: answer.decisionId.split(':')[0] ?? '',
    device: tap.deviceId,
    scene,
    service: services.get(scene) ?? serviceInName(scene),
    outcome: answer.outcome,
    proven: proof.ok,
    cardMode: proof.ok ? (PRESENTABLE_FAMILIES.get(family)?.cardMode ?? null) : null,
    region: proof.region,
    groups: proof.ok ? groupsHeld(record, cardBits) : [],
    subject: proof.subject && toHex(proof.subject),
    key: keyName,
  };
}

/** Of a scene that is no more: its name begins with the number. */
function serviceInName(scene: string): number | null {
  const [, number] = /^(\d{1,5})\//.exec(scene) ?? [];
  return number === undefined ? null : Number(number);
}
