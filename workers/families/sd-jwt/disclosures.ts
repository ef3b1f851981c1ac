/**
 * Puts what the holder disclosed in its place in the issuer's payload (RFC 9901 clause 7.1, steps 3 to 5). Every digest is
 * looked at once, wherever it stands; names and digests are counted, so that nothing is there twice and nothing is left over.
 */
import { hash } from 'node:crypto';
import type { Code } from '../../../config/codes.ts';
import {
  isCanonical,
  isObject,
  type JsonObject,
  type JsonPart,
  type PartFault,
  readJsonPart,
} from './json-part.ts';
import type { SplitCredential } from './split.ts';

/** What failed first. */
export interface DisclosureFault {
  readonly check: string;
  readonly code: Code;
}

/** Claims that the issuer must not let the holder hide (SD-JWT VC clause 3.2.2.2), and what RFC 9901 keeps for itself. */
const NEVER_DISCLOSED: ReadonlySet<string> = new Set([
  'iss',
  'nbf',
  'exp',
  'cnf',
  'vct',
  'vct#integrity',
  'aka_vcts',
  'status',
  '_sd_alg',
]);

/** By `_sd_alg` (RFC 9901 clause 4.1.1); the names are those of the IANA registry of named information. */
const HASHES: ReadonlyMap<unknown, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

/** The name of the hash for node:crypto; null: not one that is taken here. */
export function hashOf(payload: JsonObject): string | null {
  const named = payload['_sd_alg'];
  return named === undefined ? 'sha256' : (HASHES.get(named) ?? null);
}

/** Objects and arrays inside one another, those of disclosures that lie within disclosures included. */
const NESTING_MAX = 32;

export const ENCODING_CODES: Readonly<Record<PartFault, Code>> = {
  encoding: 'credential.encoding',
  malformed: 'credential.malformed',
  too_deep: 'credential.too_deep',
  duplicate_key: 'credential.duplicate_key',
};

/** In the place of a disclosure that was found, and of a digest without one. */
const SEEN = -1;
/** In the place of a number of names. */
const FAILED = -1;

export class Disclosing {
  readonly #text: string;
  readonly #starts: readonly number[];
  /** By digest: the disclosure that has it, or `SEEN`. */
  readonly #byDigest = new Map<string, number>();
  #root: JsonObject | null = null;
  #unreferenced: number;
  #fault: DisclosureFault | null = null;

  constructor({ text, disclosures }: SplitCredential) {
    this.#text = text;
    this.#starts = disclosures;
    this.#unreferenced = disclosures.length - 1;
  }

  /**
   * Adds to the payload, in place, what is disclosed. `hashName`: as `hashOf` gives it. Digests stay where they are: see
   * `withoutDigests`. Never throws for any bytes.
   */
  resolve({ value, names }: JsonPart, hashName: string): DisclosureFault | null {
    if (!isObject(value)) return { check: 'payload.form', code: 'credential.malformed' };
    if (!this.#hashAll(hashName)) return this.#fault;
    this.#root = value;
    const counted = this.#object(value, 1);
    if (counted === FAILED) return this.#fault;
    if (counted !== names) return { check: 'payload.names', code: 'credential.duplicate_key' };
    if (this.#unreferenced === 0) return null;
    return { check: 'disclosures.referenced', code: 'credential.disclosure_unreferenced' };
  }

  #hashAll(hashName: string): boolean {
    const starts = this.#starts;
    for (let i = 0; i + 1 < starts.length; i += 1) {
      const start = starts[i] as number;
      const end = (starts[i + 1] as number) - 1;
      if (!isCanonical(this.#text, start, end))
        return this.#refuse('disclosure.encoding', 'credential.encoding');
      const digest = hash(hashName, this.#text.slice(start, end), 'base64url');
      if (this.#byDigest.has(digest)) {
        return this.#refuse('disclosures.distinct', 'credential.disclosure_repeated');
      }
      this.#byDigest.set(digest, i);
    }
    return true;
  }

  /** Names in the object's own text, or `FAILED`. */
  #object(object: JsonObject, depth: number): number {
    if (depth > NESTING_MAX) return this.#fail('claims.depth', 'credential.too_deep');
    let names = 0;
    for (const name in object) {
      names += 1;
      if (name === '_sd') continue;
      if (name === '...' || name === '__proto__') return this.#fail('claims.name', 'credential.malformed');
      const inside = this.#inside(object[name], depth);
      if (inside === FAILED) return FAILED;
      names += inside;
    }
    // Whatever is added now was counted with the disclosure that it comes from.
    const digests = object['_sd'];
    return digests === undefined || this.#addClaims(object, digests, depth) ? names : FAILED;
  }

  #inside(value: unknown, depth: number): number {
    if (typeof value !== 'object' || value === null) return 0;
    return Array.isArray(value)
      ? this.#array(value, depth + 1)
      : this.#object(value as JsonObject, depth + 1);
  }

  #array(array: unknown[], depth: number): number {
    if (depth > NESTING_MAX) return this.#fail('claims.depth', 'credential.too_deep');
    let names = 0;
    for (let i = 0; i < array.length; i += 1) {
      const element = array[i];
      if (typeof element !== 'object' || element === null) continue;
      const digest = (element as JsonObject)['...'];
      if (digest === undefined) {
        const inside = this.#inside(element, depth);
        if (inside === FAILED) return FAILED;
        names += inside;
        continue;
      }
      names += 1;
      const isAlone = Object.keys(element).length === 1;
      if (typeof digest !== 'string' || !isAlone) return this.#fail('claims.digest', 'credential.malformed');
      const at = this.#take(digest);
      if (this.#fault !== null) return FAILED;
      if (at !== SEEN && !this.#addElement(array, i, at, depth)) return FAILED;
    }
    return names;
  }

  /** The disclosure that a digest refers to; `SEEN`: none, or the digest is there twice, which is a fault then. */
  #take(digest: string): number {
    const at = this.#byDigest.get(digest);
    if (at === SEEN) {
      this.#fail('digests.distinct', 'credential.digest_repeated');
      return SEEN;
    }
    this.#byDigest.set(digest, SEEN);
    if (at === undefined) return SEEN;
    this.#unreferenced -= 1;
    return at;
  }

  #addClaims(object: JsonObject, digests: unknown, depth: number): boolean {
    if (!Array.isArray(digests)) return this.#refuse('claims.digest', 'credential.malformed');
    for (const digest of digests) {
      if (typeof digest !== 'string') return this.#refuse('claims.digest', 'credential.malformed');
      const at = this.#take(digest);
      if (this.#fault !== null) return false;
      if (at !== SEEN && !this.#addClaim(object, at, depth)) return false;
    }
    return true;
  }

  #addClaim(object: JsonObject, at: number, depth: number): boolean {
    const part = this.#read(at, 3);
    if (part === null) return false;
    const [, name, value] = part.value as [string, unknown, unknown];
    if (typeof name !== 'string' || name === '_sd' || name === '...' || name === '__proto__') {
      return this.#refuse('disclosure.name', 'credential.malformed');
    }
    if (object === this.#root && NEVER_DISCLOSED.has(name)) {
      return this.#refuse('disclosure.name', 'credential.claim_not_disclosable');
    }
    if (Object.hasOwn(object, name)) {
      return this.#refuse('disclosure.name', 'credential.claim_repeated');
    }
    object[name] = value;
    return this.#isWhole(value, part.names, depth);
  }

  #addElement(array: unknown[], i: number, at: number, depth: number): boolean {
    const part = this.#read(at, 2);
    if (part === null) return false;
    const value = (part.value as [string, unknown])[1];
    array[i] = value;
    return this.#isWhole(value, part.names, depth);
  }

  /** Whether a disclosed value has no name twice, and what is disclosed within it too. */
  #isWhole(value: unknown, names: number, depth: number): boolean {
    const counted = this.#inside(value, depth);
    if (counted === FAILED) return false;
    return counted === names || this.#refuse('disclosure.names', 'credential.duplicate_key');
  }

  /** A disclosure of so many items, the first of them a salt. */
  #read(at: number, items: number): JsonPart | null {
    const part = readJsonPart(this.#text, this.#starts[at] as number, (this.#starts[at + 1] as number) - 1);
    if (typeof part === 'string') {
      this.#fail('disclosure.form', ENCODING_CODES[part]);
      return null;
    }
    const { value } = part;
    if (Array.isArray(value) && value.length === items && typeof value[0] === 'string') return part;
    this.#fail('disclosure.form', 'credential.malformed');
    return null;
  }

  #fail(check: string, code: Code): typeof FAILED {
    this.#fault ??= { check, code };
    return FAILED;
  }

  #refuse(check: string, code: Code): false {
    this.#fault ??= { check, code };
    return false;
  }
}

/** What is left for an application (RFC 9901 clause 7.1, step 5 and 6): without digests of what was not disclosed. */
export function withoutDigests(value: unknown, isRoot = true): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((element) => !(isObject(element) && Object.hasOwn(element, '...')))
      .map((element) => withoutDigests(element, false));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '_sd' && !(isRoot && name === '_sd_alg'))
      .map(([name, member]) => [name, withoutDigests(member, false)]),
  );
}
