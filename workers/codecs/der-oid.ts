/** Object identifiers: contents in DER (ITU-T X.690 clause 8.19) and dotted text. */

interface Known {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Identifiers in use are few, so their texts are looked up rather than made anew: by a hash, and all bytes decide. */
const KNOWN_MAX = 512;
const known = new Map<number, Known>();

/** Dotted text of the contents octets from `start` to `stop`, which `derFault` has found canonical. */
export function oidText(bytes: Uint8Array, start: number, stop: number): string {
  let hash = stop - start;
  for (let at = start; at < stop; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  const entry = known.get(hash);
  if (entry !== undefined && isSame(entry.bytes, bytes, start, stop)) return entry.text;
  const text = decode(bytes, start, stop);
  if (entry === undefined && known.size < KNOWN_MAX)
    known.set(hash, { bytes: bytes.slice(start, stop), text });
  return text;
}

function isSame(entry: Uint8Array, bytes: Uint8Array, start: number, stop: number): boolean {
  if (entry.length !== stop - start) return false;
  for (let i = 0; i < entry.length; i++) if (entry[i] !== bytes[start + i]) return false;
  return true;
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
