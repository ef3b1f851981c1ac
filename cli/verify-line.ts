/** One line of `onecard verify`: read strictly into something to prove, or into the reason why it cannot be. */

import { malformed, type ReadLine, readItem } from '../verify/item.ts';
import type { Line } from '../workers/codecs/lines.ts';
import { parseStrictJson } from '../workers/codecs/strict-json.ts';

/** Room for a bare signature over a message of 2 MiB in hex; credentials need a few KiB. */
export const LINE_BYTES_MAX = 5_242_880;
const JSON_LIMITS = { depth: 6, entries: 128 };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Never throws for any line. */
export function readLine(line: Line): ReadLine {
  if (line === null) return malformed(null, 'request.too_large');
  const text = decodeUtf8(line);
  if (text === null) return malformed(null, 'request.malformed');
  const json = parseStrictJson(text, JSON_LIMITS);
  if (!json.ok) return malformed(null, json.code);
  return readItem(json.value);
}

/** A byte order mark is kept, and is then no JSON (RFC 8259 clause 8.1: it must not be added). */
function decodeUtf8(line: Uint8Array): string | null {
  try {
    return utf8.decode(line);
  } catch {
    return null;
  }
}
