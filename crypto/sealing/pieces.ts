/** Bytes that come in parts of any length, as pieces of one length. */

/** The last has 0 to `bytes`, all before it have `bytes`; 0 where there is nothing at all. Holds little more than one. */
export async function* piecesOf(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<{ readonly piece: Buffer; readonly isLast: boolean }> {
  let held = Buffer.alloc(0);
  for await (const part of source) {
    held = held.length === 0 ? Buffer.from(part) : Buffer.concat([held, part]);
    let at = 0;
    // What may be the last waits for what comes after it.
    for (; held.length - at > bytes; at += bytes)
      yield { piece: held.subarray(at, at + bytes), isLast: false };
    held = held.subarray(at);
  }
  yield { piece: held, isLast: true };
}
