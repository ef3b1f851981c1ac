/** Tables as text: CSV (RFC 4180), read with the place of every field, and written so that no spreadsheet runs it. */
import { OnecardError } from '../config/onecard-error.ts';

export interface CsvField {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** The text is no CSV. The message says the line and the column, and never what stands there. */
export class CsvError extends OnecardError {
  override readonly name = 'CsvError';
  readonly code = 'no_csv';
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Rows of fields; empty lines are passed over. So is a byte order mark at the beginning. Throws CsvError. */
export function parseCsv(text: string, rowsMax: number): CsvField[][] {
  const reader = new CsvReader(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const rows: CsvField[][] = [];
  for (let row = reader.row(); row !== null; row = reader.row()) {
    if (row.length === 1 && row[0]?.text === '') continue;
    const [{ line } = { line: 1 }] = row;
    if (rows.length === rowsMax)
      throw new CsvError(line, 1, `there are more than ${rowsMax} rows: split the file`);
    rows.push(row);
  }
  return rows;
}

class CsvReader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Null at the end. */
  row(): CsvField[] | null {
    if (this.#at >= this.#text.length) return null;
    const fields: CsvField[] = [];
    for (;;) {
      fields.push(this.#field());
      const next = this.#text[this.#at];
      if (next === ',') {
        this.#at += 1;
        continue;
      }
      if (next === '\r' && this.#text[this.#at + 1] === '\n') this.#at += 1;
      this.#at += 1;
      this.#newLine();
      return fields;
    }
  }

  #field(): CsvField {
    const place = { line: this.#line, column: this.#at - this.#lineStart + 1 };
    if (this.#text[this.#at] === '"') return { text: this.#quoted(place), ...place };
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#isEnd()) {
      if (this.#text[this.#at] === '"') {
        const column = this.#at - this.#lineStart + 1;
        throw new CsvError(
          this.#line,
          column,
          'a quote inside a field: put the whole field in quotes, and write this one twice',
        );
      }
      this.#at += 1;
    }
    return { text: this.#text.slice(start, this.#at), ...place };
  }

  #quoted({ line, column }: Omit<CsvField, 'text'>): string {
    let text = '';
    this.#at += 1;
    for (;;) {
      const each = this.#text[this.#at];
      if (each === undefined) throw new CsvError(line, column, 'the quote of this field is never closed');
      this.#at += 1;
      if (each === '\n') this.#newLine();
      if (each !== '"') {
        text += each;
      } else if (this.#text[this.#at] === '"') {
        text += '"';
        this.#at += 1;
      } else break;
    }
    if (this.#at < this.#text.length && !this.#isEnd()) {
      const after = this.#at - this.#lineStart + 1;
      throw new CsvError(
        this.#line,
        after,
        'behind a closing quote, a comma or the end of the line must follow',
      );
    }
    return text;
  }

  #isEnd(): boolean {
    const each = this.#text[this.#at];
    return each === ',' || each === '\n' || (each === '\r' && this.#text[this.#at + 1] === '\n');
  }

  #newLine(): void {
    this.#line += 1;
    this.#lineStart = this.#at;
  }
}

export type CsvValue = string | number | boolean | null;

/** Lines that end with CR LF, the first the names of the columns. Null is an empty field. */
export function csvText(columns: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(written).join(',')}\r\n`).join('');
}

/** Text that a spreadsheet would take for a formula gets an apostrophe in front. */
function written(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
