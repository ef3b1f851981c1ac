/** Suite `cbor`: examples of RFC 8949 appendix A, which are to be read as they say, and items that are not well-formed. */
import { isDeepStrictEqual } from 'node:util';
import type { Code } from '../../config/codes.ts';
import type { CborProfile } from '../../workers/codecs/cbor-profile.ts';
import { readCbor } from '../../workers/codecs/cbor-reader.ts';
import { ARRAY, BYTES, CborTape, MAP, TAG, TEXT } from '../../workers/codecs/cbor-tape.ts';
import { fromHex, toHex } from '../../workers/codecs/hex.ts';
import { UnusableError } from '../unusable.ts';
import { readJsonFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

/** All that any family takes. */
const PROFILE: CborProfile = { longHeads: true, floats: true, dates: true, tags: null };

/** Well-formed, and refused on purpose: no credential has any use for it. */
const LEFT_OUT: ReadonlySet<Code> = new Set<Code>([
  'credential.indefinite_length',
  'credential.integer_too_large',
  'credential.type_not_allowed',
]);

interface Item {
  readonly hex: string;
  /** What it says, in JSON or else in diagnostic notation. */
  readonly decoded?: unknown;
  readonly diagnostic?: string;
}

const tape = new CborTape();

export const cborSuite: Suite = {
  name: 'cbor',
  about: 'appendix_a.json (RFC 8949) and malformed.json: [{hex, decoded or diagnostic}]',
  *run(folder) {
    for (const [i, item] of items(folder, 'appendix_a.json').entries()) {
      yield { name: `appendix_a/${i}/${item.hex}`, expected: 'accepted', ...read(item) };
    }
    for (const [i, item] of items(folder, 'malformed.json').entries()) {
      yield { name: `malformed/${i}/${item.hex}`, expected: 'rejected', ...readMalformed(item) };
    }
  },
};

type Actual = Pick<ConformanceCase, 'actual' | 'code'>;

function read(item: Item): Actual {
  const code = readCbor(tape, fromHex(item.hex), PROFILE);
  if (code !== null) return { actual: LEFT_OUT.has(code) ? 'unsupported' : 'rejected', code };
  if (tape.tagged(0, 2) >= 0 || tape.tagged(0, 3) >= 0) return { actual: 'unsupported', code: 'bignum' };
  // `decoded` null may be meant: appendix A has it.
  const isSame =
    item.diagnostic === undefined
      ? isDeepStrictEqual(jsonValue(0), item.decoded)
      : diagnostic(0) === item.diagnostic;
  return isSame ? { actual: 'accepted', code: 'proof.ok' } : { actual: 'rejected', code: 'another value' };
}

function readMalformed({ hex }: Item): Actual {
  const code = readCbor(tape, fromHex(hex), PROFILE);
  return code === null ? { actual: 'accepted', code: 'proof.ok' } : { actual: 'rejected', code };
}

function items(folder: string, name: string): readonly Item[] {
  const list = readJsonFile(folder, name);
  if (!Array.isArray(list)) throw new UnusableError(`${name} is no array`);
  return list.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || typeof (item as Item).hex !== 'string') {
      throw new UnusableError(`${name}: an item without hex`);
    }
    return item as Item;
  });
}

function children(at: number): number[] {
  const found: number[] = [];
  const end = tape.nexts[at] as number;
  for (let child = at + 1; child < end; child = tape.nexts[child] as number) found.push(child);
  return found;
}

/** What has a form in JSON. */
function jsonValue(at: number): unknown {
  switch (tape.majors[at]) {
    case TEXT:
      return tape.text(at);
    case ARRAY:
      return children(at).map(jsonValue);
    case MAP: {
      const all = children(at);
      const pairs = all.flatMap((key, i) =>
        i % 2 === 0 ? [[jsonValue(key), jsonValue(all[i + 1] ?? -1)]] : [],
      );
      return Object.fromEntries(pairs) as unknown;
    }
    default:
      return tape.isNull(at) ? null : (tape.boolean(at) ?? tape.number(at));
  }
}

/** RFC 8949 clause 8. */
function diagnostic(at: number): string {
  switch (tape.majors[at]) {
    case BYTES:
      return `h'${toHex(tape.byteString(at) ?? new Uint8Array())}'`;
    case TAG:
      return `${tape.sizes[at]}(${diagnostic(at + 1)})`;
    case ARRAY:
      return `[${children(at).map(diagnostic).join(', ')}]`;
    case MAP: {
      const all = children(at).map(diagnostic);
      return `{${all.flatMap((key, i) => (i % 2 === 0 ? [`${key}: ${all[i + 1]}`] : [])).join(', ')}}`;
    }
    default:
      return tape.bytes[tape.starts[at] as number] === UNDEFINED ? 'undefined' : scalar(jsonValue(at));
  }
}

const UNDEFINED = 0xf7;

/** NaN and infinities have no form in JSON. */
function scalar(value: unknown): string {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : JSON.stringify(value);
}
