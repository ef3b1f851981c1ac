/**
 * Which of the groups that a scene asks for somebody belongs to, and who said so: the bits of the card list, the public claims
 * of the credential, or named lists. Pure. The first source that can say decides, and one that says no has said.
 *
 * What is told is the same few objects over and over: a tap allocates nothing.
 */
import type { Asked, Group, GroupSource } from '../../../config/policy-schema.ts';
import type { PublicClaims } from '../../../workers/claims.ts';
import type { Facts, GroupSaid, ListSaid, StatusFacts } from '../../verification.ts';

/** What is known of whoever shows a credential. */
export interface GroupEvidence {
  readonly family: string;
  readonly claims: PublicClaims;
  /** Bits of the card list; null where nobody that knows the card said any. */
  readonly entitlements: number | null;
  readonly lists: Facts['lists'];
}

/** How a tap is proven that the platform was asked the meaning of: its answer says no bits. */
export const RESOLVED = 'resolved';

export const NO_GROUPS: Facts['groups'] = Object.freeze({});
export const NO_LISTS: Facts['lists'] = Object.freeze({});

const GROUP_SAID: readonly GroupSaid[] = ['unknown', 'none', 'card', 'claim', 'list'];
const LIST_SAID: readonly ListSaid[] = ['no_list', 'absent', 'member'];
/** Names that one number can tell apart, of each of five values. */
const NAMES_MAX = 22;
/** Combinations kept of one scene. */
const KEPT_MAX = 4_096;

type Kept<Said> = Map<number, Readonly<Record<string, Said>>>;
interface KeptOfScene {
  readonly groups: Kept<GroupSaid>;
  readonly lists: Kept<ListSaid>;
}
const keptOfScenes = new WeakMap<Asked, KeptOfScene>();

/**
 * Bits of the card, or null where nobody that knows it said any: it is unknown or not covered, its state rests on a status
 * list of tokens, or on an answer of the platform that says none.
 */
export function entitlementsOf(
  {
    state,
    source,
    listKey,
    entitlements,
  }: Pick<StatusFacts, 'state' | 'source' | 'listKey' | 'entitlements'>,
  proofMode: string | null,
): number | null {
  if (state === 'unknown' || state === 'not_covered') return null;
  if (source === 'live') return proofMode === RESOLVED ? null : entitlements;
  return source === 'list' && listKey !== null ? entitlements : null;
}

/** A public claim; undefined where there is none. */
export function claimOf(claims: PublicClaims, name: string): string | number | boolean | undefined {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** `saidOf`: what a list says of whoever shows the credential. */
export function listsOf(asked: Asked | undefined, saidOf: (list: string) => ListSaid): Facts['lists'] {
  if (asked === undefined || asked.lists.length === 0) return NO_LISTS;
  return told(keptOf(asked).lists, asked.lists, LIST_SAID, saidOf);
}

export function groupsOf(asked: Asked | undefined, evidence: GroupEvidence): Facts['groups'] {
  if (asked === undefined || asked.groups.length === 0) return NO_GROUPS;
  const { groups } = asked;
  return told(keptOf(asked).groups, namesOf(groups), GROUP_SAID, (_name, at) =>
    saidOfGroup(groups[at] as Group, evidence),
  );
}

function saidOfGroup({ from }: Group, evidence: GroupEvidence): GroupSaid {
  for (const source of from) {
    const said = saidBy(source, evidence);
    if (said !== 'unknown') return said;
  }
  return 'unknown';
}

function saidBy(source: GroupSource, { family, claims, entitlements, lists }: GroupEvidence): GroupSaid {
  if ('card_bit' in source) {
    if (entitlements === null) return 'unknown';
    return (entitlements >>> source.card_bit) & 1 ? 'card' : 'none';
  }
  if ('list' in source) {
    const said = lists[source.list];
    return said === 'member' ? 'list' : said === 'absent' ? 'none' : 'unknown';
  }
  if (source.family !== undefined && source.family !== family) return 'unknown';
  const value = claimOf(claims, source.claim);
  if (value === undefined) return 'unknown';
  return source.in.includes(value) ? 'claim' : 'none';
}

/** What is said of each name, as one object for each combination. */
function told<Said>(
  kept: Kept<Said>,
  names: readonly string[],
  values: readonly Said[],
  saidOf: (name: string, at: number) => Said,
): Readonly<Record<string, Said>> {
  let combination = 0;
  for (let at = 0; at < names.length; at += 1) {
    combination = combination * values.length + values.indexOf(saidOf(names[at] as string, at));
  }
  const isKept = names.length <= NAMES_MAX;
  const found = isKept ? kept.get(combination) : undefined;
  if (found !== undefined) return found;
  const made = Object.freeze(Object.fromEntries(names.map((name, at) => [name, saidOf(name, at)])));
  if (isKept && kept.size < KEPT_MAX) kept.set(combination, made);
  return made;
}

function keptOf(asked: Asked): KeptOfScene {
  let kept = keptOfScenes.get(asked);
  if (kept === undefined) {
    kept = { groups: new Map(), lists: new Map() };
    keptOfScenes.set(asked, kept);
  }
  return kept;
}

const groupNames = new WeakMap<readonly Group[], readonly string[]>();

function namesOf(groups: readonly Group[]): readonly string[] {
  let names = groupNames.get(groups);
  if (names === undefined) {
    names = groups.map(({ group }) => group);
    groupNames.set(groups, names);
  }
  return names;
}
