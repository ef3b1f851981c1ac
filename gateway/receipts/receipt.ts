/** What a device asks for when it asks for a receipt, and what a receipt says. */
import type { Code } from '../../config/codes.ts';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { ReceiptPurpose } from '../../config/policy-schema.ts';
import type { Device, Mode, Outcome, StatusFacts } from '../verification.ts';

/** As in the header of the JWS. There is no registered name for SM2; docs/receipts.md says where ours come from. */
export const RECEIPT_ALGORITHMS = ['ES256', 'SM2SM3', 'SGD_SM3_SM2'] as const;
export type ReceiptAlgorithm = (typeof RECEIPT_ALGORITHMS)[number];

/** Those that a gateway of a profile signs with, the first where none is asked for; the others it verifies. */
export const SIGNED_IN: Readonly<Record<CryptoProfile, readonly [ReceiptAlgorithm, ...ReceiptAlgorithm[]]>> =
  {
    international: ['ES256', 'SM2SM3'],
    sm: ['SGD_SM3_SM2'],
  };

/** `typ` of the header (RFC 7515 clause 4.1.9). */
export const RECEIPT_TYPE = 'onecard-receipt+jwt';

/** Money that moves elsewhere. */
export interface Amount {
  /** In the currency's minor unit: fen, cents. */
  readonly minor_units: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** Its shape is known good, not what it says. */
export interface ReceiptRequest {
  readonly decisionId: string;
  readonly purpose: ReceiptPurpose;
  readonly reference: string;
  readonly amount: number | null;
  readonly currency: string | null;
  /** Null: what the gateway signs with. */
  readonly alg: ReceiptAlgorithm | null;
}

export interface GivenReceipt {
  /** 32 hex digits. */
  readonly id: string;
  /** Compact JWS. */
  readonly jws: string;
  /** False: the same was asked for before, and is given again. */
  readonly isNew: boolean;
}

export interface ReceiptRefusal {
  readonly code: Code;
  readonly retryAfterMs: number;
}

/** What the transport needs of receipts. */
export interface ReceiptIssuer {
  /** Gives the receipt once it is on disk. Never rejects but over a fault of ours. */
  issue(device: Device, request: ReceiptRequest): Promise<GivenReceipt | ReceiptRefusal>;
  /** One that was given to this device before. */
  find(device: Device, id: string): GivenReceipt | ReceiptRefusal;
  /** The document of public keys as JSON; null while there are none. */
  publicKeys(): string | null;
}

/** How it was known that the card was good, and by which rules. */
export interface Evidence {
  readonly family: string;
  /** How possession or authenticity was proven: `dda`, `signature`, …; null: it was not. */
  readonly proof: string | null;
  readonly holder_bound: boolean;
  readonly status: {
    readonly state: StatusFacts['state'];
    readonly source: StatusFacts['source'];
    /** Of what the source said, milliseconds. */
    readonly age_ms: number;
    readonly list_revision: string | null;
    readonly live: StatusFacts['live'];
  };
  readonly mode: Mode;
  readonly policy: string;
  readonly policy_revision: string;
  readonly trust_revision: string;
  /** Whether that trust was past its expiry, within its signed grace. */
  readonly trust_grace: boolean;
}

/** Where the record of the decision stands in the journal's log (RFC 9162). Hashes in base64. */
export interface LogInclusion {
  readonly leaf_hash: string;
  /** From 0. */
  readonly leaf_index: number;
  readonly tree_size: number;
  readonly path: readonly string[];
  /** C2SP tlog-checkpoint of that tree, a signed note. */
  readonly checkpoint: string;
}

/** All but `log`. */
export interface ReceiptStatement {
  /** The gateway's id. */
  readonly iss: string;
  /** Seconds since 1970 UTC. */
  readonly iat: number;
  /** Name of the receipt. */
  readonly jti: string;
  /** The holder, by a pseudonym that is the same in receipts of one purpose at one service; not there where none is known. */
  readonly sub?: string;
  readonly purpose: ReceiptPurpose;
  readonly reference: string;
  readonly amount?: Amount;
  readonly decision: {
    readonly id: string;
    readonly outcome: Outcome;
    readonly code: Code;
    /** Milliseconds since 1970 UTC. */
    readonly decided_at_ms: number;
  };
  readonly scene: string;
  /** Number in the city's plan. */
  readonly service: number;
  readonly evidence: Evidence;
  /** Groups that the holder was found to belong to, of those that the scene asks for. */
  readonly groups: readonly string[];
}

export interface ReceiptClaims extends ReceiptStatement {
  readonly log: LogInclusion;
}
