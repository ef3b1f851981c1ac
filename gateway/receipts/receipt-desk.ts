/**
 * Gives receipts: one for each (purpose, reference) and for each (purpose, decision), whoever asks and however often. What
 * is given is on disk first; the same request later gets the same bytes.
 */
import { randomBytes } from 'node:crypto';
import type { Code } from '../../config/codes.ts';
import { type CryptoProfile, otherProfile } from '../../config/crypto-settings.ts';
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { ProofError } from '../journal/log/prove-log.ts';
import { leafHash } from '../journal/log/tree.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import { treeOfStored } from '../journal/record/record.ts';
import { decodeRecord } from '../journal/record/record-codec.ts';
import type { Device } from '../verification.ts';
import { amountFault } from './amount.ts';
import type { CheckpointWait } from './checkpoint-wait.ts';
import { DeviceCounts } from './device-counts.ts';
import { eligibilityFault } from './eligibility.ts';
import {
  type GivenReceipt,
  type ReceiptAlgorithm,
  type ReceiptIssuer,
  type ReceiptRefusal,
  type ReceiptRequest,
  SIGNED_IN,
} from './receipt.ts';
import { type Issued, provedKey, type ReceiptStore } from './receipt-store.ts';
import type { SigningThread } from './signing-thread.ts';
import { statementOf } from './statement.ts';

export interface ReceiptDeskOptions {
  readonly gatewayId: string;
  readonly profile: CryptoProfile;
  readonly limits: Pick<
    Settings['limits'],
    'receipt_age_max_ms' | 'receipts_in_flight' | 'receipts_in_flight_per_device' | 'receipts_per_device_day'
  >;
  readonly scenes: Pick<SceneTable, 'policyOf' | 'sceneOf'>;
  /** The journal's records as they are stored, from a position on; where the next goes, and how many before it are not kept yet. */
  readonly journal: {
    stored(from: number): Iterable<{ readonly position: number; readonly bytes: Buffer }>;
    readonly nextPosition: number;
    readonly pendingRecords: number;
  };
  readonly checkpoints: CheckpointWait;
  readonly thread: SigningThread;
  readonly store: ReceiptStore;
  /** Of pseudonyms in receipts, 32 bytes. */
  readonly subjectKey: Uint8Array;
  readonly publicKeys: () => string;
  /** Counts one more of an enrolment; 0, or milliseconds until there may be one. */
  readonly rate: (enrolment: string) => number;
  /** Whether the disk has room for what is no journal. */
  readonly hasRoom: () => boolean;
  readonly now: () => number;
  readonly onGiven: (request: ReceiptRequest & { readonly alg: ReceiptAlgorithm }) => void;
  readonly onFault: (error: Error) => void;
}

const ID = /^[0-9a-f]{32}$/;
const ID_BYTES = 16;
const SOON_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** What a request takes, once and for all. */
interface Names {
  readonly reference: Buffer;
  readonly decision: Buffer;
  readonly fingerprint: Buffer;
}

interface Stored {
  readonly record: DecisionRecord;
  readonly bytes: Buffer;
}

export class ReceiptDesk implements ReceiptIssuer {
  readonly #options: ReceiptDeskOptions;
  /** Requests under way by the references and decisions they take, in hex. */
  readonly #underWay = new Map<string, Promise<unknown>>();
  /** Requests, and those of them for which a receipt is being made. */
  readonly #asked = new DeviceCounts();
  readonly #making = new DeviceCounts();

  constructor(options: ReceiptDeskOptions) {
    this.#options = options;
  }

  publicKeys(): string {
    return this.#options.publicKeys();
  }

  find(device: Device, id: string): GivenReceipt | ReceiptRefusal {
    const kept = ID.test(id) ? this.#options.store.receipt(id) : null;
    if (kept === null || kept.deviceId !== device.deviceId) return refusal('receipt.unknown');
    return { id, jws: kept.jws, isNew: false };
  }

  async issue(device: Device, request: ReceiptRequest): Promise<GivenReceipt | ReceiptRefusal> {
    const { limits, rate, onFault } = this.#options;
    const waitMs = rate(device.enrolment);
    if (waitMs > 0) return refusal('receipt.too_many', waitMs);
    const { deviceId } = device;
    const isBusy = this.#asked.all >= limits.receipts_in_flight;
    if (isBusy || this.#asked.of(deviceId) >= limits.receipts_in_flight_per_device) {
      return refusal('receipt.too_many', SOON_MS);
    }
    const names = namesOf(device, request, this.#options.profile);
    try {
      return await this.#asked.during(deviceId, () =>
        this.#inTurn(names, () => this.#answer(device, request, names)),
      );
    } catch (error) {
      onFault(error as Error);
      return refusal('receipt.unavailable', SOON_MS);
    }
  }

  /** Resolves when what is under way has ended. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay.values());
  }

  /** One request at a time for a reference, and for a decision: the second sees what the first took. */
  async #inTurn<T>({ reference, decision }: Names, work: () => Promise<T>): Promise<T> {
    const names = [reference.toString('hex'), decision.toString('hex')];
    for (;;) {
      const before = names.map((name) => this.#underWay.get(name)).find((each) => each !== undefined);
      if (before === undefined) break;
      await before.catch(() => {});
    }
    const working = work();
    for (const name of names) this.#underWay.set(name, working);
    try {
      return await working;
    } finally {
      for (const name of names) this.#underWay.delete(name);
    }
  }

  async #answer(
    device: Device,
    request: ReceiptRequest,
    names: Names,
  ): Promise<GivenReceipt | ReceiptRefusal> {
    const { profile } = this.#options;
    const before = this.#before(names, profile) ?? this.#beforeInOther(device, request);
    if (before !== null) return before;
    const alg = request.alg ?? SIGNED_IN[profile][0];
    if (!SIGNED_IN[profile].includes(alg)) return refusal('receipt.algorithm');
    const amount = amountFault(request);
    if (amount !== null) return refusal(amount);
    const stored = this.#decision(device, request);
    if ('code' in stored) return stored;
    const nowMs = this.#options.now();
    const fault = this.#ineligible(device, request, stored, nowMs) ?? this.#noRoom(device, nowMs);
    if (fault !== null) return fault;
    return await this.#making.during(device.deviceId, () =>
      this.#make(device, { ...request, alg }, stored, names, nowMs),
    );
  }

  #ineligible(
    device: Device,
    { purpose }: ReceiptRequest,
    { record }: Stored,
    nowMs: number,
  ): ReceiptRefusal | null {
    const { scenes, limits } = this.#options;
    const receipts = scenes.policyOf(record.scene)?.receipts ?? [];
    const ageMaxMs = limits.receipt_age_max_ms;
    const fault = eligibilityFault({ record, device, purpose, receipts, nowMs, ageMaxMs });
    return fault === null ? null : refusal(fault);
  }

  /** Those that are being made count as if they were there: most of them will be. */
  #noRoom({ deviceId }: Device, nowMs: number): ReceiptRefusal | null {
    const { store, limits, hasRoom } = this.#options;
    const today = store.givenToday(deviceId, nowMs) + this.#making.of(deviceId);
    if (today >= limits.receipts_per_device_day) {
      return refusal('receipt.too_many', DAY_MS - (nowMs % DAY_MS));
    }
    const isFull = !store.hasRoomFor(this.#making.all + 1) || !hasRoom();
    return isFull ? refusal('receipt.store_full', HOUR_MS) : null;
  }

  async #make(
    { deviceId }: Device,
    request: ReceiptRequest & { readonly alg: ReceiptAlgorithm },
    stored: Stored,
    names: Names,
    nowMs: number,
  ): Promise<GivenReceipt | ReceiptRefusal> {
    const { store, scenes, checkpoints, onGiven } = this.#options;
    const { record } = stored;
    const checkpoint = await checkpoints.covering(record.position);
    if (checkpoint === null) return refusal('receipt.not_logged_yet', SOON_MS);
    const id = randomBytes(ID_BYTES).toString('hex');
    const service = scenes.sceneOf(record.scene)?.service ?? 0;
    const jws = await this.#signed(request, stored, checkpoint.text, { receiptId: id, nowMs, service });
    if (jws === null) return refusal('receipt.no_proof');
    await store.put({ ...names, id, atMs: nowMs, deviceId, jws } satisfies Issued);
    onGiven(request);
    return { id, jws, isNew: true };
  }

  /** What was given for this request, or stands against it; null: nothing. */
  #before(
    { reference, decision, fingerprint }: Names,
    profile: CryptoProfile,
  ): GivenReceipt | ReceiptRefusal | null {
    const { store } = this.#options;
    const same = store.proved(reference, profile);
    if (same === null)
      return store.proved(decision, profile) === null ? null : refusal('receipt.decision_taken');
    if (!same.fingerprint.equals(fingerprint)) return refusal('receipt.reference_taken');
    const kept = store.receipt(same.id);
    return kept === null ? refusal('receipt.no_longer_kept') : { id: same.id, jws: kept.jws, isNew: false };
  }

  /** What was given before the profile was changed stands as well. */
  #beforeInOther(device: Device, request: ReceiptRequest): GivenReceipt | ReceiptRefusal | null {
    const { profile, store } = this.#options;
    const other = otherProfile(profile);
    return store.hasProved(other) ? this.#before(namesOf(device, request, other), other) : null;
  }

  /** The record that the id names, where it is this device's. */
  #decision({ deviceId }: Device, { decisionId }: ReceiptRequest): Stored | ReceiptRefusal {
    const { journal } = this.#options;
    const position = Number(/:([1-9]\d{0,14})$/.exec(decisionId)?.[1] ?? 0);
    for (const stored of position === 0 ? [] : journal.stored(position)) {
      if (stored.position !== position) break;
      const { record } = decodeRecord(position, stored.bytes);
      const isIts = record.tap.deviceId === deviceId && record.answer.decisionId === decisionId;
      return isIts ? { record, bytes: stored.bytes } : refusal('receipt.unknown_decision');
    }
    // Answered before it is kept, as `journal.durability` may have it.
    const isPending =
      position >= journal.nextPosition - journal.pendingRecords && position < journal.nextPosition;
    return isPending ? refusal('receipt.not_logged_yet', SOON_MS) : refusal('receipt.unknown_decision');
  }

  /** Null: the log gives no proof of it. */
  async #signed(
    request: ReceiptRequest & { readonly alg: ReceiptAlgorithm },
    { record, bytes }: Stored,
    checkpoint: string,
    moment: { readonly receiptId: string; readonly nowMs: number; readonly service: number },
  ): Promise<string | null> {
    const { thread, gatewayId, profile, subjectKey, onFault } = this.#options;
    const statement = statementOf(record, request, { gatewayId, profile, subjectKey, ...moment });
    try {
      return await thread.sign({
        ...{ alg: request.alg, statement, checkpoint },
        position: record.position,
        leafHash: leafHash(treeOfStored(bytes), bytes),
      });
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      onFault(error);
      return null;
    }
  }
}

function namesOf({ deviceId }: Device, request: ReceiptRequest, profile: CryptoProfile): Names {
  const { purpose, reference, decisionId, amount, currency, alg } = request;
  const all = JSON.stringify([
    deviceId,
    decisionId,
    purpose,
    reference,
    amount,
    currency,
    alg ?? SIGNED_IN[profile][0],
  ]);
  return {
    reference: provedKey('reference', purpose, reference, profile),
    decision: provedKey('decision', purpose, decisionId, profile),
    fingerprint: digestOf(algorithmFor('receipt-reference', profile), Buffer.from(all, 'utf8')),
  };
}

function refusal(code: Code, retryAfterMs = 0): ReceiptRefusal {
  return { code, retryAfterMs };
}
