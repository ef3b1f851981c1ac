/** Trust and card list from files, and the decision on one presentation. */

import type { ChipPresentation } from './chip-data.ts';
import { RsaChipKey } from './chip-rsa.ts';
import { Sm2ChipKey } from './chip-sm2.ts';
import { type ChipAnchor, Chips } from './chips.ts';
import { endOfMonthMs } from './fields.ts';
import { type RideCodeAnchor, RideCodes } from './ride-code.ts';
import { Sm2Key, Sm2Keys } from './sm2-keys.ts';
import { refused, Unproven, type Verdict } from './verdict.ts';

/** The trust document of the gateway (docs/architecture.md), as far as two families need it. */
export interface TrustFile {
  readonly anchors: readonly Readonly<Record<string, unknown>>[];
}

/** Issuer, credential id, state. */
export type CardFile = readonly (readonly [issuer: string, credentialId: string, state: string])[];

export interface Presentation {
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
}

export interface Decision {
  readonly outcome: 'allow' | 'deny';
  readonly code: string;
  readonly facts: Readonly<Record<string, string | number>>;
}

const DAY_MS = 86_400_000;
const hex = (text: unknown) => Buffer.from(String(text), 'hex');

export class Verifier {
  readonly #rideCodes: RideCodes;
  readonly #chips: Chips;
  readonly #states: ReadonlyMap<string, string>;

  constructor({ anchors }: TrustFile, cards: CardFile) {
    const keys = new Sm2Keys();
    const rideCodes = new Map<string, RideCodeAnchor>();
    const chips = new Map<string, ChipAnchor>();
    for (const anchor of anchors) {
      if (anchor['family'] === 'transit-qr') rideCodes.set(...rideCodeAnchor(anchor));
      else if (anchor['family'] === 'chip-oda') chips.set(...chipAnchor(anchor, keys));
    }
    this.#rideCodes = new RideCodes(rideCodes, keys);
    this.#chips = new Chips(chips);
    this.#states = new Map(cards.map(([, credentialId, state]) => [credentialId, state]));
  }

  decide(presentation: Presentation, nowMs: number): Decision {
    const verdict = this.#prove(presentation, nowMs);
    if (!verdict.ok) return { outcome: 'deny', code: verdict.code, facts: {} };
    const { issuer, region, facts } = verdict;
    const state = this.#states.get(verdict.credentialId) ?? 'unknown';
    const shown = { issuer, region, ...facts };
    return state === 'good'
      ? { outcome: 'allow', code: 'allow.good', facts: shown }
      : { outcome: 'deny', code: `deny.status_${state}`, facts: shown };
  }

  #prove({ family, credential, context }: Presentation, nowMs: number): Verdict {
    try {
      if (family === 'chip-oda') {
        return this.#chips.verify({ credential, context } as ChipPresentation, nowMs);
      }
      return this.#rideCodes.verify(hex((credential as { readonly hex: string }).hex), nowMs);
    } catch (error) {
      if (error instanceof Unproven) return refused(error.code);
      throw error;
    }
  }
}

/** A CA record: formats of JT/T 1179. Its self-signature was checked by whoever made the trust file. */
function rideCodeAnchor(anchor: Readonly<Record<string, unknown>>): [string, RideCodeAnchor] {
  const record = hex(anchor['caRecordHex']);
  const key = new Sm2Key(Buffer.concat([Uint8Array.of(4), record.subarray(16, 80)]));
  key.makeTable();
  const issuers = (anchor['issuers'] ?? []) as readonly { issuerId: string; localProfile81?: boolean }[];
  return [
    record.toString('hex', 1, 5) + record.toString('hex', 10, 11),
    {
      region: String(anchor['region']),
      key,
      expiresMs: endOfMonthMs(record.subarray(11, 13)),
      localIssuers: new Set(issuers.filter((each) => each.localProfile81).map(({ issuerId }) => issuerId)),
    },
  ];
}

function chipAnchor(anchor: Readonly<Record<string, unknown>>, keys: Sm2Keys): [string, ChipAnchor] {
  const rid = String(anchor['rid']).toLowerCase();
  const expiresMs = Date.parse(`${anchor['expires']}T00:00:00Z`) + DAY_MS - 1;
  const region = String(anchor['region']);
  const name = rid + String(anchor['index']).toLowerCase();
  if (anchor['alg'] === 'rsa') {
    const key = new RsaChipKey(hex(anchor['modulusHex']), hex(anchor['exponentHex']));
    return [name, { region, rid, expiresMs, key }];
  }
  const key = new Sm2Key(Buffer.concat([Uint8Array.of(4), hex(anchor['publicKeyHex'])]));
  key.makeTable();
  return [name, { region, rid, expiresMs, key: new Sm2ChipKey(key, keys) }];
}
