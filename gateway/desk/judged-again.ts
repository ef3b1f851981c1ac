/** What a decision of a desk would be by the card list of now: for guests who were referred, or accepted, without the platform. */
import type { SceneTable } from '../../config/scenes.ts';
import type { CardList } from '../../lists/card-list.ts';
import type { Journal } from '../journal/journal.ts';
import { judgeWithList } from '../tap/judge-again.ts';
import type { JudgedAgain } from './desk-core.ts';

export interface JudgedAgainOptions {
  readonly hotelId: string;
  readonly journal: Pick<Journal, 'after'>;
  readonly scenes: SceneTable;
  readonly cards: () => Pick<CardList, 'head' | 'revision' | 'lookupKey'> | null;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const POSITION = /:([1-9]\d{0,14})$/;

/**
 * Null: it is no decision of this hotel's desks in the journal, the list is not fresh, or it cannot be judged: what the platform
 * itself answered, what was made under other scenes, or without any list.
 */
export function judgedAgain(
  { hotelId, journal, scenes, cards, now }: JudgedAgainOptions,
  decisionId: string,
): JudgedAgain | null {
  const position = Number(POSITION.exec(decisionId)?.[1] ?? 0);
  const list = cards();
  if (position === 0 || list === null || now() > list.head.freshUntilMs) return null;
  const [record] = journal.after(position - 1, 1);
  const isIts =
    record?.answer.decisionId === decisionId && record.tap.deviceId.startsWith(`hotel.${hotelId}.`);
  if (!isIts) return null;
  const lookup = (issuer: string, key: Uint8Array) => list.lookupKey(issuer, key);
  const again = judgeWithList(record, scenes, lookup, list.revision, list.head.issuedAtMs);
  if (again.kind === 'cannot') return null;
  const { outcome, code } = again.kind === 'differs' ? again.now : record.answer;
  return { outcome, code };
}
