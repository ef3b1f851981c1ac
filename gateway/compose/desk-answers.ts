/** What a desk asks beside showing presentations: how the gateway stands, and questions about holders. */
import type { SceneTable } from '../../config/scenes.ts';
import type { HotelSettings, Settings } from '../../config/settings.ts';
import { type BoardParts, boardReader } from '../desk/board-reading.ts';
import type { DeskCore } from '../desk/desk-core.ts';
import { type HolderAnswersOptions, holderAnswers } from '../desk/holder-answers.ts';
import { judgedAgain } from '../desk/judged-again.ts';
import { PinList } from '../desk/pin-list.ts';
import { RESERVED_GUESTS } from '../desk/reserved-list.ts';
import { sceneStandings } from '../desk/scene-standing.ts';
import type { ShownCredentials } from '../desk/shown-credentials.ts';
import type { GateRoll } from '../devices/gate-roll.ts';
import type { Journal } from '../journal/journal.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import { createMatcher, createPinAsking } from '../live/holder-questions.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Transport } from '../transport/transport.ts';
import type { DeviceClass } from '../verification.ts';
import type { PlatformSide } from './platform-side.ts';
import type { ClosingStack } from './run.ts';

export interface DeskAnswersParts {
  readonly hotel: HotelSettings;
  readonly settings: Settings;
  readonly scenes: SceneTable;
  readonly platform: PlatformSide;
  readonly clock: GuardedClock;
  readonly shown: ShownCredentials;
  readonly journal: Journal;
  readonly outboxWaiting: () => number;
  readonly transport: Pick<Transport, 'connected' | 'connections'>;
  readonly gates: GateRoll;
  /** Taps that wait, by class. */
  readonly depth: (deviceClass: DeviceClass) => number;
  readonly metrics: Metrics;
}

/** A desk waits for a person anyway; apart from `live`, whose deadlines are those of taps. */
const MATCH_DEADLINE_MS = 1_500;
const PIN_DEADLINE_MS = 5_000;
/** Each PIN costs the platform some 20 ms; what comes in one request is answered together. */
const PINS_PER_REQUEST = 4;
const REQUESTS_MAX = 2;

export function deskAnswers(
  parts: DeskAnswersParts,
  closing: ClosingStack,
): Pick<DeskCore, 'match' | 'pin' | 'pinHash' | 'judgeAgain' | 'standing' | 'board'> {
  const { hotel, platform, clock, scenes, journal, shown } = parts;
  const cards = () => platform.list(CARDS);
  const judging = { hotelId: hotel.hotel_id, journal, scenes, cards, now: () => clock.now() };
  const board = boardReader(boardParts(parts));
  const pinList = new PinList(() => platform.pins, parts.settings.crypto);
  const reserved = () => platform.list(RESERVED_GUESTS);
  const holders = { shown, reserved, pinList, now: () => clock.now(), ...askedOf(parts, closing) };
  return {
    ...holderAnswers(holders),
    judgeAgain: async (decisionId) => judgedAgain(judging, decisionId),
    standing: async () => standing(parts),
    board: async () => board(),
  };
}

/** Apart from live status and online codes, breakers and connections too: no gate waits for a desk's questions. */
function askedOf(
  { platform: { asking }, settings: { live }, metrics: { outage } }: DeskAnswersParts,
  closing: ClosingStack,
): Pick<HolderAnswersOptions, 'matcher' | 'pins'> {
  if (asking === null) return { matcher: null, pins: null };
  const settings = { ...live, requests_max: REQUESTS_MAX };
  const matcher = createMatcher({
    ...asking,
    settings: { ...settings, deadline_desk_ms: MATCH_DEADLINE_MS },
    events: outage.matches,
  });
  const pins = createPinAsking({
    ...asking,
    // An attempt that was counted must not be counted twice.
    settings: {
      ...settings,
      ...{ deadline_desk_ms: PIN_DEADLINE_MS, batch_items_max: PINS_PER_REQUEST, retry_percent: 0 },
    },
    events: outage.pins,
  });
  closing.add(() => matcher.close());
  closing.add(() => pins.close());
  return { matcher, pins };
}

function standing({ hotel, platform, clock, scenes, outboxWaiting }: DeskAnswersParts) {
  const { state } = platform.mode;
  const { mode, forced, sinceMs } = state;
  const list = platform.list(CARDS);
  const nowMs = clock.now();
  const now = { mode: state, list: list?.head ?? null, nowMs };
  return {
    ...{ mode, forced, sinceMs, nowMs, outboxWaiting: outboxWaiting() },
    scenes: sceneStandings(hotel.scenes, scenes, now),
    listAgeMs: list === null ? null : Math.max(0, nowMs - list.head.issuedAtMs),
    listFreshUntilMs: list?.head.freshUntilMs ?? null,
    listStaleUntilMs: list?.head.staleUntilMs ?? null,
  };
}

function boardParts(parts: DeskAnswersParts): BoardParts {
  const { platform, clock, transport, gates, metrics, depth, outboxWaiting } = parts;
  return {
    ...{ depth, outboxWaiting, now: () => clock.now() },
    mode: () => platform.mode.state,
    lists: () => platform.lists,
    gates: () => gates.gates,
    connected: () => transport.connected,
    connections: () => transport.connections,
    sums: metrics.sums,
  };
}
