/** Codes of card readers at the hotel desk: part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

const refusal = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'refusal',
  outcome: 'none',
  http,
  retry,
  meaning,
});

export const READER_CODES = {
  'reader.pairing_refused': refusal(
    403,
    false,
    'The pairing code is wrong, past its five minutes, or used: show a new one at the desk.',
  ),
  'reader.none': refusal(
    409,
    true,
    'No reader is connected to this workplace: plug it in and start its agent, or pair it (Readers).',
  ),
} as const satisfies Record<string, CodeEntry>;
