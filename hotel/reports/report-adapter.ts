/** How reports reach public security. One port, since every place has another way: an interface, a file, a person who types. */
import { HotelError } from '../hotel-error.ts';
import type { ReportLine } from './report-lines.ts';

export type LineResult =
  | { readonly kind: 'accepted'; readonly receipt: string }
  /** They have it; the receipt comes later. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** They have never got it. */
  | { readonly kind: 'unknown' };
export type LineResults = ReadonlyMap<string, LineResult>;

/** A report that they may have. */
export interface AskedReport {
  readonly reportId: string;
  readonly handover: string;
  /** Whether it is written down that it left. */
  readonly isSent: boolean;
}

export interface ReportAdapter {
  readonly name: 'http' | 'file' | 'manual';
  /** Lines that would be refused, by report id, with the reason. Nothing is kept there. Rejects with HandoverError. */
  test(lines: readonly ReportLine[]): Promise<ReadonlyMap<string, string>>;
  /** A line without a result may be with them. Sent again under the same ids it is there once. Rejects with HandoverError. */
  send(handover: string, lines: readonly ReportLine[]): Promise<LineResults>;
  /** What became of reports that were sent, by id. Rejects with HandoverError. */
  receipts(asked: readonly AskedReport[]): Promise<LineResults>;
  /** Every report of a batch or file has its result. */
  forget?(handover: string): void;
}

/** The other side is out of reach, or says what cannot be understood. */
export class HandoverError extends HotelError {
  /** False: nothing of it can have got there. */
  readonly isWithThem: boolean;

  constructor(message: string, isWithThem: boolean, options?: ErrorOptions) {
    super('handover_failed', message, options);
    this.isWithThem = isWithThem;
  }
}
