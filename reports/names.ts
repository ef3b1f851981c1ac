/** The employer's list: whose card is whose. It never leaves the report that was asked for; faults say where, never what. */
import { OnecardError } from '../config/onecard-error.ts';
import { CsvError, type CsvField, parseCsv } from './csv.ts';

const NAMES_MAX = 100_000;
const NAME_CHARACTERS_MAX = 64;

/** The list cannot be used. The message says line, column and what to do. */
export class NamesError extends OnecardError {
  override readonly name = 'NamesError';
  readonly code = 'names_unusable';
}

/** Names by card number, or account: 8 to 32 digits without blanks and dashes, as a pseudonym is made of. Throws NamesError. */
export function parseNames(text: string, file: string): ReadonlyMap<string, string> {
  const fault = ({ line, column }: { line: number; column: number }, message: string): never => {
    throw new NamesError(`${file}:${line}:${column}: ${message}`);
  };
  let rows: CsvField[][];
  try {
    rows = parseCsv(text, NAMES_MAX + 1);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return fault(error, error.message);
  }
  const [head = [], ...people] = rows;
  if (head.map((field) => field.text.trim()).join() !== 'card,name') {
    fault(head[0] ?? { line: 1, column: 1 }, 'the first line must be card,name');
  }
  const names = new Map<string, string>();
  for (const row of people) {
    const [card, name] = row;
    if (card === undefined || name === undefined || row.length !== 2) {
      fault(
        row[0] ?? { line: 1, column: 1 },
        'a line is a card and a name: put a name with a comma in quotes',
      );
      continue;
    }
    const number = card.text.replaceAll(/[ -]/g, '').toLowerCase();
    if (!/^[0-9a-f]{8,32}$/.test(number)) fault(card, 'a card number or an account has 8 to 32 digits');
    if (names.has(number)) fault(card, 'this card is there twice: leave one of the lines out');
    const called = name.text.trim();
    if (called === '' || [...called].length > NAME_CHARACTERS_MAX || /\p{Cc}/u.test(called)) {
      fault(name, `a name has 1 to ${NAME_CHARACTERS_MAX} characters, and no control characters`);
    }
    names.set(number, called);
  }
  return names;
}
