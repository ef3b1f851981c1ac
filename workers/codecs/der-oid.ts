/** Object identifiers: contents in DER (ITU-T X.690 clause 8.19) and dotted text. */

/** Identifiers in use are few, so their texts are looked up rather than made anew. */
const KNOWN_MAX = 512;
const known = new Map<string, string>();

/** Dotted text of the contents octets from `start` to `stop`, which `derFault` has found canonical. */
export function oidText(bytes: Uint8Array, start: number, stop: number): string {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('latin1');
  let text = known.get(key);
  if (text === undefined) {
    text = decode(bytes, start, stop);
    if (known.size < KNOWN_MAX) known.set(key, text);
  }
  return text;
}

function decode(bytes: Uint8Array, start: number, stop: number): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at] as number;
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const joint = arcs[0] ?? 0n;
  const root = joint < 40n ? 0n : joint < 80n ? 1n : 2n;
  return [root, joint - root * 40n, ...arcs.slice(1)].join('.');
}
