/**
 * Disclosed elements (ISO/IEC 18013-5 clause 9.1.2.5): each must be, byte for byte, what the digest stands for that the issuer signed
 * under its number.
 */
import { hash } from 'node:crypto';
import type { Code } from '../../../config/codes.ts';
import { readCbor } from '../../codecs/cbor-reader.ts';
import { ARRAY, BYTES, CborTape, cborKey, MAP, TEXT } from '../../codecs/cbor-tape.ts';
import { choosePrefixedDigests } from '../../prefixed-digests.ts';
import { elementName } from './element-name.ts';
import type { DigestAlgorithm, MobileSecurityObject } from './mobile-security-object.ts';
import { MDOC_CBOR, TAG_ENCODED_CBOR } from './response.ts';

/** Of one document. A driving licence has some 35. */
const ELEMENTS_MAX = 256;
const RANDOM_BYTES_MIN = 16;
/** Numbers below are found in a table, larger ones in a map. */
const TABLE_NUMBERS = 512;

const KEYS = {
  digestID: cborKey('digestID'),
  random: cborKey('random'),
  elementIdentifier: cborKey('elementIdentifier'),
  elementValue: cborKey('elementValue'),
};

/** Gets each element: its name, the tape it lies in, and where its value is. Nothing of it is believed before all digests match. */
export interface ElementReader {
  take(name: string, tape: CborTape, value: number): void;
}

const item = new CborTape();

/** Where the digest of each number is, of one name space; 0: there is none, or an element has used it. */
class DigestIndex {
  readonly #table = new Int32Array(TABLE_NUMBERS);
  readonly #large = new Map<number, number>();

  fill(tape: CborTape, digests: number): void {
    this.#table.fill(0);
    this.#large.clear();
    const end = tape.nexts[digests] as number;
    for (let at = digests + 1; at < end; at = tape.nexts[at + 1] as number) {
      const number = tape.integer(at);
      if (tape.majors[at + 1] !== BYTES || !(number >= 0)) continue;
      if (number < TABLE_NUMBERS) this.#table[number] = at + 1;
      else this.#large.set(number, at + 1);
    }
  }

  /** The digest's place, once. */
  take(number: number): number {
    if (number < TABLE_NUMBERS) {
      const at = this.#table[number] as number;
      this.#table[number] = 0;
      return at;
    }
    const at = this.#large.get(number) ?? 0;
    this.#large.delete(number);
    return at;
  }
}

const index = new DigestIndex();

/** What elements begin with, #6.24 in one byte: they are hashed in one call, each behind this byte. */
const ELEMENT_HEAD = 0xd8;
const SHA256_BYTES = 32;
const prefixedDigests = choosePrefixedDigests('SHA-256');

/** Elements of one document whose SHA-256 is still to be made: where they lie, and where the digest is that it must be. */
class PendingDigests {
  readonly #bounds = new Uint32Array(2 * ELEMENTS_MAX);
  readonly #expected = new Int32Array(ELEMENTS_MAX);
  readonly #made = new Uint8Array(SHA256_BYTES * ELEMENTS_MAX);
  #count = 0;

  reset(): void {
    this.#count = 0;
  }

  add(start: number, end: number, digest: number): void {
    this.#bounds[2 * this.#count] = start + 1;
    this.#bounds[2 * this.#count + 1] = end;
    this.#expected[this.#count] = digest;
    this.#count += 1;
  }

  /** Whether all are as they must be. */
  match(shown: CborTape, signed: CborTape): boolean {
    const count = this.#count;
    if (count === 0) return true;
    const made = this.#made.subarray(0, SHA256_BYTES * count);
    prefixedDigests(ELEMENT_HEAD, shown.bytes, this.#bounds.subarray(0, 2 * count), made);
    for (let i = 0; i < count; i += 1) {
      const at = this.#expected[i] as number;
      if (!isSame(signed, at, made, SHA256_BYTES * i, SHA256_BYTES)) return false;
    }
    return true;
  }
}

const pending = new PendingDigests();

/**
 * Checks all elements of `nameSpaces`, a map in `shown` (-1: none are disclosed), against the digests in `signed`. Null: all are
 * what the issuer signed.
 */
export function elementsFault(
  shown: CborTape,
  nameSpaces: number,
  signed: CborTape,
  { valueDigests, digestAlgorithm }: MobileSecurityObject,
  reader: ElementReader,
): Code | null {
  if (nameSpaces < 0) return null;
  let elements = 0;
  pending.reset();
  const end = shown.nexts[nameSpaces] as number;
  for (let at = nameSpaces + 1; at < end; at = shown.nexts[at + 1] as number) {
    const array = at + 1;
    if (shown.majors[at] !== TEXT || !shown.is(array, ARRAY)) return 'credential.malformed';
    // One element at least (clause 8.3.2.1.2.2): so there are no more name spaces to look for than elements.
    if (shown.sizes[array] === 0) return 'credential.malformed';
    elements += shown.sizes[array] as number;
    if (elements > ELEMENTS_MAX) return 'credential.too_many_items';
    const name = shown.bytes.subarray(shown.contents[at], shown.ends[at]);
    const digests = signed.valueOf(valueDigests, name);
    if (!signed.is(digests, MAP)) return 'credential.element_unknown';
    index.fill(signed, digests);
    const fault = nameSpaceFault(shown, array, signed, digestAlgorithm, reader);
    if (fault !== null) return fault;
  }
  return pending.match(shown, signed) ? null : 'credential.digest_mismatch';
}

/** Of one name space; used again. */
const names: string[] = [];

function nameSpaceFault(
  shown: CborTape,
  array: number,
  signed: CborTape,
  algorithm: DigestAlgorithm,
  reader: ElementReader,
): Code | null {
  const { bytes } = shown;
  const end = shown.nexts[array] as number;
  names.length = 0;
  for (let at = array + 1; at < end; at = shown.nexts[at] as number) {
    const inside = shown.tagged(at, TAG_ENCODED_CBOR);
    if (inside < 0) return 'credential.malformed';
    const fault = readCbor(item, bytes, MDOC_CBOR, shown.contents[inside], shown.ends[inside]);
    if (fault !== null) return fault;
    const number = item.integer(item.valueOf(0, KEYS.digestID));
    const random = item.valueOf(0, KEYS.random);
    const identifier = item.valueOf(0, KEYS.elementIdentifier);
    const value = item.valueOf(0, KEYS.elementValue);
    const isForm = number >= 0 && item.is(random, BYTES) && item.is(identifier, TEXT) && value >= 0;
    if (!isForm || (item.sizes[random] as number) < RANDOM_BYTES_MIN) return 'credential.malformed';
    const digest = index.take(number);
    if (digest === 0) return 'credential.element_unknown';
    const start = shown.starts[at] as number;
    if (algorithm === 'sha256' && bytes[start] === ELEMENT_HEAD)
      pending.add(start, shown.ends[at] as number, digest);
    else {
      const made = hash(algorithm, shown.whole(at), 'buffer');
      if (!isSame(signed, digest, made, 0, made.length)) return 'credential.digest_mismatch';
    }
    const name = elementName(item, identifier);
    if (names.includes(name)) return 'credential.claim_repeated';
    names.push(name);
    reader.take(name, item, value);
  }
  return null;
}

function isSame(
  { bytes, contents, ends }: CborTape,
  at: number,
  made: Uint8Array,
  from: number,
  length: number,
): boolean {
  const start = contents[at] as number;
  if ((ends[at] as number) - start !== length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[start + i] !== made[from + i]) return false;
  return true;
}
