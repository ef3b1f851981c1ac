/** What a report says of a guest, as it leaves the hotel: one line of plain values. Personal, so it is made when it is sent, and kept nowhere. */
import { REPORT_LINE_FIELDS } from '../../config/hotel/report-file-schema.ts';
import type { Guest, Stay } from '../stays/stay.ts';
import type { Report } from './report.ts';

export const LINE_FIELDS = REPORT_LINE_FIELDS;
export type LineField = (typeof LINE_FIELDS)[number];
export type ReportLine = Readonly<Record<LineField, string | null>> & { readonly report_id: string };

export interface LineContext {
  readonly hotelId: string;
  /** Code of a kind of document; null: the rules know none. */
  readonly documentCode: (kind: string) => string | null;
}

export function reportLine(
  report: Report,
  guest: Guest,
  stay: Stay,
  { hotelId, documentCode }: LineContext,
): ReportLine {
  const { claims, guardian } = guest;
  const kind = claims.document_kind;
  return {
    ...{ report_id: report.reportId, kind: report.kind, target: report.target, note: report.note },
    ...{ guest_ref: guest.guestId, hotel_id: hotelId, room: stay.room },
    ...{ full_name: claims.full_name, document_kind: kind, document_code: documentCode(kind) },
    ...{ document_number: claims.document_number, birth_date: claims.birth_date ?? null },
    ...{ sex: claims.sex ?? null, nationality: claims.nationality ?? null },
    ...{ ethnicity: claims.ethnicity ?? null, address: claims.address ?? null },
    ...{ checked_in_at: timeOf(guest.checkedInAtMs), checked_out_at: timeOf(guest.checkedOutAtMs) },
    ...{ arrival: stay.arrival, departure: stay.departure },
    ...{ guardian_contact: guardian?.contact ?? null, guardian_relationship: guardian?.relationship ?? null },
    taken_back: guest.state === 'reverted' ? 'true' : null,
  };
}

const timeOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
