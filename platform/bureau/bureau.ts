/**
 * The reference bureau: what a public-security lodging system says to reports (docs/platform.md, The bureau). It judges each
 * line by itself, takes each report id once, and can be put under faults. What it took lasts until it stops.
 */
import { createHash } from 'node:crypto';
import type { BureauLine } from './schemas.ts';

export const BUREAU_FAULTS = [
  'refuse_lines',
  'lose_answers',
  'down',
  'slow',
  'receipt_later',
  'garbage',
] as const;
export type BureauFault = (typeof BUREAU_FAULTS)[number];

export type Verdict =
  | { readonly report_id: string; readonly result: 'ok' | 'pending' | 'unknown' }
  | { readonly report_id: string; readonly result: 'accepted'; readonly receipt: string }
  | { readonly report_id: string; readonly result: 'refused'; readonly reason: string };

interface Taken {
  readonly line: BureauLine;
  readonly receipt: string;
}

/** GA/T 517 codes of documents that citizens have; of all others it wants nationality or birth date. */
const NUMBERED = ['111', '112', '113'];
const TAKEN_MAX = 1_000_000;

export class Bureau {
  readonly #taken = new Map<string, Taken>();
  readonly #registered = new Set<string>();
  /** How often each report id was sent to be kept. */
  readonly #sends = new Map<string, number>();
  #fault: BureauFault | null = null;

  get fault(): BureauFault | null {
    return this.#fault;
  }

  setFault(fault: BureauFault | null): void {
    this.#fault = fault;
  }

  /** Reports that it took, in order. */
  get taken(): readonly Taken[] {
    return [...this.#taken.values()];
  }

  /** How often a report came to be kept. */
  sends(reportId: string): number {
    return this.#sends.get(reportId) ?? 0;
  }

  test(lines: readonly BureauLine[]): Verdict[] {
    return lines.map((line) => this.#refusal(line, lines) ?? { report_id: line.report_id, result: 'ok' });
  }

  send(lines: readonly BureauLine[]): Verdict[] {
    return lines.map((line) => {
      const { report_id } = line;
      this.#sends.set(report_id, this.sends(report_id) + 1);
      const before = this.#taken.get(report_id);
      if (before === undefined) {
        const refusal =
          this.#fault === 'refuse_lines' ? refused(line, 'refused by fault') : this.#refusal(line, []);
        if (refusal !== null) return refusal;
        this.#take(line);
      }
      return this.#fault === 'receipt_later'
        ? { report_id, result: 'pending' }
        : { report_id, result: 'accepted', receipt: receiptOf(line) };
    });
  }

  receipts(reportIds: readonly string[]): Verdict[] {
    return reportIds.map((report_id) => {
      const taken = this.#taken.get(report_id);
      if (taken === undefined) return { report_id, result: 'unknown' };
      if (this.#fault === 'receipt_later') return { report_id, result: 'pending' };
      return { report_id, result: 'accepted', receipt: taken.receipt };
    });
  }

  #take(line: BureauLine): void {
    const [oldest] = this.#taken.keys();
    if (this.#taken.size >= TAKEN_MAX && oldest !== undefined) this.#taken.delete(oldest);
    if (line.kind === 'register') this.#registered.add(line.guest_ref);
    this.#taken.set(line.report_id, { line, receipt: receiptOf(line) });
  }

  /** Null: it would be taken. `beside`: lines of the same batch. */
  #refusal(line: BureauLine, beside: readonly BureauLine[]): Verdict | null {
    if (this.#taken.has(line.report_id)) return null;
    const isRegistered =
      this.#registered.has(line.guest_ref) ||
      beside.some(({ kind, guest_ref }) => kind === 'register' && guest_ref === line.guest_ref);
    if (line.kind === 'register' && this.#registered.has(line.guest_ref))
      return refused(line, 'this guest is registered already');
    if ((line.kind === 'change' || line.kind === 'check_out') && !isRegistered)
      return refused(line, 'no such guest is registered');
    if (line.kind === 'check_out' && line.checked_out_at === null)
      return refused(line, 'checked_out_at is missing');
    if (line.document_code !== null && NUMBERED.includes(line.document_code) && line.document_number === null)
      return refused(line, 'document_number is missing');
    return null;
  }
}

const refused = ({ report_id }: BureauLine, reason: string): Verdict => ({
  ...{ report_id, result: 'refused', reason },
});

/** The same for the same report, whenever it is asked. */
function receiptOf({ report_id }: BureauLine): string {
  return `PSB-${createHash('sha256').update(report_id).digest('hex').slice(0, 12).toUpperCase()}`;
}
