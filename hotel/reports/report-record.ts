/** A report as a record of fixed width in GBK, by a field table. Pure. */
import iconv from 'iconv-lite';
import type { ReportFileField, ReportFileTable } from '../../config/hotel/report-file-schema.ts';
import type { LocalTime } from '../../reports/local-time.ts';
import type { ReportLine } from './report-lines.ts';

export type ReportRecord =
  | { readonly ok: true; readonly bytes: Buffer }
  /** `why` names fields and code points, no value. */
  | { readonly ok: false; readonly why: string };

const ENDS = { crlf: '\r\n', lf: '\n', none: '' } as const;

export function reportRecord(
  line: ReportLine,
  { fields, record_end }: ReportFileTable,
  time: Pick<LocalTime, 'textOf'>,
): ReportRecord {
  const pieces: Buffer[] = [];
  for (const field of fields) {
    const piece = fieldBytes(line, field, time);
    if (typeof piece === 'string') return { ok: false, why: piece };
    pieces.push(piece);
  }
  return { ok: true, bytes: Buffer.concat([...pieces, Buffer.from(ENDS[record_end], 'latin1')]) };
}

/** Bytes of a record, its end included. */
export function recordLength({ fields, record_end }: ReportFileTable): number {
  return fields.reduce((sum, { bytes }) => sum + bytes, ENDS[record_end].length);
}

/** A text says why it cannot be written. */
function fieldBytes(
  line: ReportLine,
  field: ReportFileField,
  time: Pick<LocalTime, 'textOf'>,
): Buffer | string {
  const { name, from, bytes, pad = 'right', needed = false, needed_for = [] } = field;
  const raw = from === undefined ? (field.constant ?? null) : line[from];
  const isNeeded = needed || needed_for.some((kind) => kind === line.kind);
  if (raw === null || raw === '')
    return isNeeded ? `${name} is missing` : padded(Buffer.alloc(0), bytes, pad);
  const text = written(raw, field, time);
  if (text === null) return `${name} has a value that the field table knows no code or form for`;
  const strange = [...text].find((sign) => !isWritable(sign));
  if (strange !== undefined) return `${name} has ${codePoint(strange)}, which is not in GBK`;
  const encoded = iconv.encode(text, 'gbk');
  if (encoded.length > bytes)
    return `${name} has ${encoded.length} bytes in GBK, and ${bytes} are there for it`;
  return padded(encoded, bytes, pad);
}

function written(
  raw: string,
  { form = 'text', codes }: ReportFileField,
  time: Pick<LocalTime, 'textOf'>,
): string | null {
  if (codes !== undefined) return Object.hasOwn(codes, raw) ? (codes[raw] ?? null) : null;
  if (form === 'text') return raw;
  if (form === 'day') return /^\d{4}-\d\d-\d\d$/.test(raw) ? raw.replaceAll('-', '') : null;
  const ms = Date.parse(raw);
  return Number.isNaN(ms) ? null : time.textOf(ms).slice(0, 19).replace(/[-T:]/g, '');
}

/** Controls would end a record early; what is not in GBK would become a question mark. */
function isWritable(sign: string): boolean {
  if (/\p{Cc}/u.test(sign)) return false;
  return iconv.decode(iconv.encode(sign, 'gbk'), 'gbk') === sign;
}

const codePoint = (sign: string) =>
  `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

function padded(encoded: Buffer, bytes: number, pad: NonNullable<ReportFileField['pad']>): Buffer {
  const blanks = Buffer.alloc(bytes - encoded.length, pad === 'zeros' && encoded.length > 0 ? '0' : ' ');
  return pad === 'right' ? Buffer.concat([encoded, blanks]) : Buffer.concat([blanks, encoded]);
}
