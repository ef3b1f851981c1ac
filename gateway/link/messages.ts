/**
 * What crosses the line between the main thread and the thread that holds the link to the platform. Plain data and
 * shared memory only.
 */
import type { ListHandle } from '../../lists/list-handle.ts';
import type { BusState } from '../cluster/bus/connect.ts';
import type { CursorWord, Word } from '../cluster/members/word.ts';
import type { SignedPins } from '../knowledge/cards/signed-pins.ts';
import type { Mode } from '../knowledge/mode/mode.ts';
import type { TokenStatusHandle } from '../knowledge/token-status/token-status-handle.ts';
import type { TrustInForce } from '../knowledge/trust/trust-in-force.ts';
import type { CheckpointToSend } from '../outbox/checkpoint-sender.ts';
import type { UploadConflict } from '../outbox/outbox.ts';
import type { RejudgeResult } from '../outbox/rejudge.ts';
import type { BusListsState } from './bus-lists.ts';
import type { LinkData } from './link-session.ts';

/** Revisions of scenes under which decisions of this run can be judged again. */
export const SCENES_KEPT = 16;

/** How this gateway's devices stand to those of its cluster. */
export interface RegistryState {
  /** Whether all that the cluster has is known here. */
  readonly isCaughtUp: boolean;
  /** Devices that were changed here and are not known to all. */
  readonly unshared: number;
  /** By why: what the cluster's bucket had and was not taken, since the start of the thread. */
  readonly refused: Readonly<Record<string, number>>;
}

/** An outage of this gateway, as far as journals have come to the platform. */
export interface ComparedOutage {
  /** Milliseconds since 1970 UTC. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly accepted: number;
  readonly doubles: number;
}

/** What the link knows of the cluster beside the connection itself. */
export interface MembersState {
  /** Gateways of which a word of the last day is kept on the bus. */
  readonly known: number;
  /** Words that could not be read. */
  readonly refused: number;
  readonly cursors: readonly CursorWord[];
}

export type FromLink =
  /** Sent again and again, whatever else there is to say. */
  | { readonly kind: 'alive' }
  /** What was kept on disk has been read, and the platform was asked once. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'trust'; readonly trust: TrustInForce }
  /** The city document that the platform publishes, verified, checked and kept, as `SceneTable.document`. */
  | { readonly kind: 'city'; readonly document: unknown }
  | { readonly kind: 'list'; readonly list: ListHandle }
  | { readonly kind: 'list_removed'; readonly name: string }
  /** PINs that are signed for desks; null: they are no longer published. */
  | { readonly kind: 'pins'; readonly pins: SignedPins | null }
  /** Something the platform sent was signed then. `atMs`: when that came, by the clock that all threads have in common. */
  | { readonly kind: 'signed_time'; readonly signedAtMs: number; readonly atMs: number }
  | { readonly kind: 'token_status'; readonly list: TokenStatusHandle }
  /** Records up to here are confirmed by the platform. `epoch`: the one in force for the sender. */
  | { readonly kind: 'confirmed'; readonly epoch: string; readonly position: number }
  /** The platform holds other records: nothing more is confirmed until a new epoch begins. */
  | { readonly kind: 'conflict'; readonly conflict: UploadConflict }
  | { readonly kind: 'rejudged'; readonly epoch: string; readonly result: RejudgeResult }
  /** The connection to the bus: told when it changes, and with each round trip. */
  | { readonly kind: 'bus'; readonly state: BusState; readonly lists: BusListsState | null }
  /** Whether what is published comes by the bus, so that the platform is not asked for it. */
  | { readonly kind: 'bus_carries'; readonly carries: boolean }
  | { readonly kind: 'flushed' }
  /** What another gateway enrolled or revoked is in the devices' folder. */
  | { readonly kind: 'devices_changed' }
  | { readonly kind: 'registry'; readonly state: RegistryState }
  /** How the cluster stands, as JSON (ClusterReport), for who asked under that number. */
  | { readonly kind: 'cluster'; readonly asked: number; readonly report: string }
  | { readonly kind: 'members'; readonly state: MembersState }
  /** What became of what this gateway accepted alone, as the platform knows. */
  | { readonly kind: 'own_replays'; readonly outages: readonly ComparedOutage[] }
  /** `what`: trust, cards, journal …; `fault`: one of a closed set, used as a label. `message` has no personal data. */
  | { readonly kind: 'fault'; readonly what: string; readonly fault: string; readonly message: string }
  /** Nothing goes on: the gateway cannot start, or must end. */
  | { readonly kind: 'fatal'; readonly message: string };

/** The first message to a thread: what it is about. Until then it has only loaded its modules. */
export interface BeginLink {
  readonly kind: 'begin';
  readonly data: LinkData;
}

export type ToLink =
  /** Newest journal position on disk. */
  | { readonly kind: 'synced'; readonly position: number }
  /** The journal has begun a new epoch, which is on disk. */
  | { readonly kind: 'epoch_began' }
  | { readonly kind: 'mode'; readonly mode: Mode }
  /** Newest checkpoint of the journal, and the key it is signed with. */
  | ({ readonly kind: 'checkpoint' } & CheckpointToSend)
  /** Whether the platform answers (the probe): when it is back, nothing waits any longer before it is tried again. */
  | { readonly kind: 'platform_answers'; readonly answers: boolean }
  /** To be answered by `flushed` when everything up to here is confirmed, cannot be, or the time is over. */
  | { readonly kind: 'flush'; readonly position: number; readonly ms: number }
  /** The token that the platform knows this gateway by is this from now on. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** Scenes that came into force, as `SceneTable.document`. */
  | { readonly kind: 'scenes'; readonly scenes: unknown }
  /** What this gateway says of itself now; cursors are put in by the link. */
  | { readonly kind: 'word'; readonly word: Word }
  /** To be answered by `cluster`, after that many milliseconds at the latest. */
  | { readonly kind: 'cluster_asked'; readonly asked: number; readonly waitMs: number }
  | { readonly kind: 'stop' };
