/** How a cluster stands: what is wrong with it, in a sentence each, and what to do. Pure. */
import type { Member } from './member-table.ts';

/** Of a closed set, so that a page can say it in another language. */
export const PROBLEM_CODES = [
  'member_gone',
  'store_silent',
  'bus_cut',
  'bus_cut_here',
  'cursor_behind',
  'keys_apart',
  'not_ready',
  'accepted_twice',
  'mode_closed',
  'outbox_behind',
  'versions_differ',
  'clocks_differ',
  'policies_differ',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface Problem {
  /** A fault makes the command end with 1; of a warning somebody should know. */
  readonly level: 'fault' | 'warning';
  readonly code: ProblemCode;
  /** Whom it is about; empty: all. */
  readonly gateways: readonly string[];
  readonly sentence: string;
  readonly remedy: string;
}

export interface StandingBounds {
  /** Messages that a cursor may be behind. */
  readonly lagMax: number;
  /** Records that may wait for the platform's confirmation. */
  readonly outboxMax: number;
  readonly clockToleranceMs: number;
}

export const DEFAULT_BOUNDS = { lagMax: 1_000, outboxMax: 100_000 } as const;

export interface Asked {
  readonly members: readonly Member[];
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** Whether who was asked reaches the bus; null: it has none, and knows of itself alone. */
  readonly busReachable: boolean | null;
}

/** The worst first. */
export function problemsOf(asked: Asked, bounds: StandingBounds): Problem[] {
  const { members } = asked;
  const present = members.filter(({ state }) => state === 'here' || state === 'quiet');
  const found = [
    ...(asked.busReachable === false ? [busCutHere()] : []),
    ...about(members, 'fault', 'member_gone', ({ state }) => state === 'gone', {
      sentence: (names, [first]) =>
        `${names} ${were(names)} silent since ${instant(first?.heardAtMs ?? 0)}, without having left.`,
      remedy:
        'Look at its process and its machine, and whether it reaches NATS; its journal is in its data folder.',
    }),
    ...about(present, 'fault', 'store_silent', ({ word }) => word.store?.reachable === false, {
      sentence: (names, [first]) =>
        `${names} ${get(names)} no answer from the store since ${instant(first?.word.store?.since_ms ?? 0)}: a presentation may pass at several gateways meanwhile.`,
      remedy:
        'Look at Valkey or Redis, and at the network to it (cluster.store.urls). What is accepted alone is found afterwards.',
    }),
    ...about(present, 'fault', 'bus_cut', ({ word }) => word.bus?.reachable === false, {
      sentence: (names, [first]) =>
        `${names} ${were(names)} cut from the bus since ${instant(first?.word.bus?.since_ms ?? 0)}.`,
      remedy:
        'Look at NATS, and at the network to it (cluster.bus.servers). Lists go on by what is there; journals wait.',
    }),
    ...about(
      present,
      'fault',
      'cursor_behind',
      ({ word }) => word.cursors.some(({ lag }) => lag > bounds.lagMax),
      {
        sentence: (names) => `${names} ${are(names)} more than ${bounds.lagMax} messages behind a stream.`,
        remedy:
          'Wait if it has only just come back; otherwise look at its processor and its log (what: bus).',
      },
    ),
    ...keysApart(present),
    ...about(present, 'fault', 'not_ready', ({ word }) => !word.ready && !word.leaving, {
      sentence: (names) => `${names} ${are(names)} not ready to take taps.`,
      remedy: 'Ask /readyz of its address for operators: it names what is missing.',
    }),
    ...about(
      members,
      'warning',
      'accepted_twice',
      ({ word }) => word.outages.some(({ twice }) => (twice ?? 0) > 0),
      {
        sentence: (names) => `${names} accepted presentations alone that were accepted elsewhere too.`,
        remedy: 'onecard report replays names them.',
      },
    ),
    ...about(present, 'warning', 'mode_closed', ({ word }) => word.mode === 'closed', {
      sentence: (names) => `${names} ${are(names)} in mode closed.`,
      remedy: 'It lacks a list or trust that may still be used: look whether it reaches the platform.',
    }),
    ...about(present, 'warning', 'outbox_behind', ({ word }) => waiting(word.journal) > bounds.outboxMax, {
      sentence: (names) =>
        `${names} ${wait(names)} for the platform to confirm more than ${bounds.outboxMax} records.`,
      remedy:
        'Look whether the platform takes journals (its log, its disk) and whether the bus carries them.',
    }),
    ...differing(present, 'versions_differ', ({ word }) => word.version, {
      sentence: (values) => `Gateways run different versions: ${values}.`,
      remedy: 'Finish the rolling update, or take it back.',
    }),
    ...about(
      present,
      'warning',
      'clocks_differ',
      ({ clockOffsetMs }) => Math.abs(clockOffsetMs ?? 0) > bounds.clockToleranceMs,
      {
        sentence: (names, [first]) =>
          `The clock of ${names} differs from that of who was asked by ${((first?.clockOffsetMs ?? 0) / 1_000).toFixed(1)} s.`,
        remedy:
          'Look at NTP there (chronyc tracking): windows of replay and device tokens rest on the clock.',
      },
    ),
    ...differing(present, 'policies_differ', ({ word }) => word.policy, {
      sentence: (values) => `Gateways decide by different policies: ${values}.`,
      remedy:
        'Wait for the platform to reach all, or give all the same city document (city, platform.follow_city).',
    }),
  ];
  return found.sort((a, b) => Number(b.level === 'fault') - Number(a.level === 'fault'));
}

interface Saying {
  readonly sentence: (names: string, which: readonly Member[]) => string;
  readonly remedy: string;
}

function about(
  members: readonly Member[],
  level: Problem['level'],
  code: ProblemCode,
  isSo: (member: Member) => boolean,
  { sentence, remedy }: Saying,
): Problem[] {
  const which = members.filter(isSo);
  if (which.length === 0) return [];
  const gateways = which.map(({ word }) => word.gateway);
  return [{ level, code, gateways, sentence: sentence(listed(gateways), which), remedy }];
}

function differing(
  members: readonly Member[],
  code: ProblemCode,
  read: (member: Member) => string,
  { sentence, remedy }: { readonly sentence: (values: string) => string; readonly remedy: string },
): Problem[] {
  const by = new Map<string, number>();
  for (const member of members) by.set(read(member), (by.get(read(member)) ?? 0) + 1);
  if (by.size < 2) return [];
  const values = [...by].sort(([, a], [, b]) => b - a).map(([value, many]) => `${value} (${many})`);
  return [{ level: 'warning', code, gateways: [], sentence: sentence(listed(values)), remedy }];
}

/** Two gateways that have no key in common call one presentation by two names. */
function keysApart(members: readonly Member[]): Problem[] {
  // One of each set of keys: there are two or three of them, however many gateways.
  const sets = [
    ...new Map(
      members.filter(({ word }) => word.keys.length > 0).map((member) => [member.word.keys.join(), member]),
    ).values(),
  ];
  const apart = sets
    .flatMap((a, i) => sets.slice(i + 1).map((b) => [a, b] as const))
    .find(([a, b]) => !a.word.keys.some((key) => b.word.keys.includes(key)));
  if (apart === undefined) return [];
  const gateways = apart.map(({ word }) => word.gateway);
  return [
    {
      level: 'fault',
      code: 'keys_apart',
      gateways,
      sentence: `${listed(gateways)} have no key of the cluster in common: a presentation passes at both.`,
      remedy:
        'Give both the same cluster.keys_file, with the old and the new key while it changes, and restart one after the other.',
    },
  ];
}

function busCutHere(): Problem {
  return {
    level: 'fault',
    code: 'bus_cut_here',
    gateways: [],
    sentence: 'Who was asked is cut from the bus, and knows of the others what it heard last.',
    remedy: 'Ask another gateway, and look at NATS and the network to it.',
  };
}

const NAMES_MAX = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(', ');
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
}

const isMany = (names: string) => /, | more$/.test(names);
const are = (names: string) => (isMany(names) ? 'are' : 'is');
const were = (names: string) => (isMany(names) ? 'have been' : 'has been');
const get = (names: string) => (isMany(names) ? 'get' : 'gets');
const wait = (names: string) => (isMany(names) ? 'wait' : 'waits');
const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function waiting({
  written,
  confirmed,
}: {
  readonly written: number;
  readonly confirmed: number;
}): number {
  return Math.max(0, written - confirmed);
}
