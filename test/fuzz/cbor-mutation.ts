/** Mutations that know CBOR: an item is changed as a whole, also inside byte strings that hold CBOR, and all around it is counted anew. */
import { mutateBytes } from './bytes.ts';
import type { Random } from './random.ts';

/** An item; `inner` of a byte string that holds CBOR. */
interface Item {
  readonly major: number;
  readonly argument: number;
  /** Of strings: their bytes. Of floats and simple values: what follows the head. */
  readonly content: Uint8Array;
  readonly children: readonly Item[];
  readonly inner: Item | null;
  /** Bytes that the head's argument takes: 0, 1, 2, 4 or 8. */
  readonly width: number;
}

const DEPTH_MAX = 40;
const WIDTHS = [0, 1, 2, 4, 8] as const;
const ODD_ITEMS = [
  'f6',
  'f97e00',
  '9f',
  'bf',
  'ff',
  'c000',
  'd81840',
  '1bffffffffffffffff',
  '5b7fffffffffffffff',
  'a0',
  '80',
  '62c328',
  'f818',
];

/** Where the input is no CBOR, a mutation that knows nothing of it. */
export function mutateCbor(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const item = itemOf(input);
  if (item === null) return mutateBytes(input, random, other);
  const donors = allOf(itemOf(other) ?? item);
  const chosen = random.below(allOf(item).length);
  let at = -1;
  const rewritten = (each: Item): Uint8Array => {
    at += 1;
    if (at === chosen) {
      at += allOf(each).length - 1;
      return changed(each, random, random.of(donors), other);
    }
    return encoded(each, rewritten);
  };
  return rewritten(item);
}

function changed(item: Item, random: Random, donor: Item, other: Uint8Array): Uint8Array {
  const whole = plain(item);
  switch (random.below(9)) {
    case 0:
      return new Uint8Array();
    case 1:
      return Buffer.concat([whole, whole]);
    case 2:
      return plain(donor);
    case 3:
      return new Uint8Array(Buffer.from(random.of(ODD_ITEMS), 'hex'));
    case 4:
      return encoded({ ...item, width: random.of(WIDTHS) }, plain);
    case 5:
      return Buffer.concat([head(6, random.of([0, 1, 18, 24, 61, 98]), 0), whole]);
    case 6:
      return Buffer.concat([
        head(item.major, random.below(300), 0),
        ...item.children.map(plain),
        item.content,
      ]);
    case 7:
      return nestedIn(whole, 1 + random.below(24), random.below(2) === 0 ? 0x81 : 0xd8);
    default:
      return mutateBytes(whole, random, other);
  }
}

function nestedIn(whole: Uint8Array, depth: number, first: number): Uint8Array {
  const heads = Array.from({ length: depth }, () => (first === 0xd8 ? [0xd8, 24] : [first])).flat();
  return Buffer.concat([Uint8Array.from(heads), whole]);
}

function allOf(item: Item): Item[] {
  return [item, ...item.children.flatMap(allOf), ...(item.inner === null ? [] : allOf(item.inner))];
}

const plain = (item: Item): Uint8Array => encoded(item, plain);

function encoded(item: Item, child: (each: Item) => Uint8Array): Uint8Array {
  const { major, argument, content, children, inner, width } = item;
  if (inner !== null) {
    const bytes = child(inner);
    return Buffer.concat([head(major, bytes.length, 0), bytes]);
  }
  return Buffer.concat([head(major, argument, width), content, ...children.map(child)]);
}

function head(major: number, argument: number, width: number): Uint8Array {
  const least =
    argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8;
  const bytes = Math.max(least, width);
  if (bytes === 0) return Uint8Array.of((major << 5) | argument);
  const out = Buffer.alloc(1 + bytes);
  out[0] = (major << 5) | (24 + Math.log2(bytes));
  for (let i = bytes, rest = argument; i > 0; i -= 1, rest = Math.floor(rest / 256)) out[i] = rest % 256;
  return out;
}

/** The one item that all bytes are; null where they are none. */
function itemOf(bytes: Uint8Array): Item | null {
  const reader = { at: 0 };
  const item = take(bytes, reader, 0);
  return item !== null && reader.at === bytes.length ? item : null;
}

function take(bytes: Uint8Array, reader: { at: number }, depth: number): Item | null {
  const first = bytes[reader.at];
  if (first === undefined || depth > DEPTH_MAX) return null;
  const major = first >> 5;
  const info = first & 0x1f;
  if (info > 27) return null;
  const width = info < 24 ? 0 : 1 << (info - 24);
  let argument = info < 24 ? info : 0;
  for (let i = 1; i <= width; i += 1) argument = argument * 256 + (bytes[reader.at + i] ?? 0);
  reader.at += 1 + width;
  const none = { major, argument, children: [], inner: null, width, content: new Uint8Array() };
  if (major < 2 || major === 7) return reader.at <= bytes.length ? none : null;
  if (major < 4) {
    const content = bytes.slice(reader.at, reader.at + argument);
    reader.at += argument;
    if (content.length !== argument) return null;
    return { ...none, content, inner: major === 2 && argument > 1 ? containerOf(content) : null };
  }
  const count = major === 6 ? 1 : major === 5 ? argument * 2 : argument;
  if (count > bytes.length) return null;
  const children: Item[] = [];
  for (let i = 0; i < count; i += 1) {
    const child = take(bytes, reader, depth + 1);
    if (child === null) return null;
    children.push(child);
  }
  return { ...none, children };
}

/** A key or a signature is no CBOR, whatever its first byte says by chance. */
function containerOf(bytes: Uint8Array): Item | null {
  const item = itemOf(bytes);
  return item !== null && item.major >= 4 && item.major < 7 ? item : null;
}
