/** Cuts a byte stream into lines without ever holding more than one line and one chunk. */

const NEWLINE = 0x0a;

/** The bytes of a line without its end, or null for a line that was longer than allowed and is not kept. */
export type Line = Uint8Array | null;

/**
 * Yields the lines that each chunk completes, so that whoever waits for an answer to a line gets it before sending
 * the next. The last line need not end in a newline; nothing after a last newline is no line.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Line[]> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const keep = (part: Uint8Array) => {
    size += part.length;
    if (size > lineBytesMax) parts = [];
    else parts.push(part);
  };
  const takeLine = (): Line => {
    const line = size > lineBytesMax ? null : Buffer.concat(parts);
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of source) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      lines.push(takeLine());
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (size > 0) yield [takeLine()];
}
