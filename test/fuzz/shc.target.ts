/** SMART Health Cards: the text, the JWS in it, or header and claims in that, each from its own place on. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { createCity } from '../../platform/city.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { SHC_FAULTS } from '../../platform/issue/shc.ts';
import { shc } from '../../workers/families/shc/family.ts';
import { mutateBytes, replaced } from './bytes.ts';
import type { FuzzTarget } from './driver.ts';
import { provable } from './provable.ts';
import type { Random } from './random.ts';

/** First byte of an input: what its other bytes are. Claims: header and claims, with a line feed between them. */
const CLAIMS = 0;
const JWS = 1;
const TEXT = 2;
const PREFIX = 'shc:/';
const AT_MS = Date.UTC(2026, 10, 20, 8);
const CLAIMS_BYTES_MAX = 65_536;

const city = createCity({ seed: 'fuzz', cards: 4, now: AT_MS });
const begin = provable(shc, city.trustDocument(), AT_MS);

export const target: FuzzTarget = {
  name: 'shc',
  seeds: () => [null, ...SHC_FAULTS].flatMap((fault, index) => layersOf(textOf(index % 4, fault))),
  mutate(input, random, other) {
    const layer = random.once(8) ? random.below(3) : (input[0] ?? TEXT);
    const [bytes, donor] = [input.subarray(1), other.subarray(1)];
    const mutated = random.once(4) ? mutateBytes(bytes, random, donor) : mutateTokens(bytes, random, donor);
    return Buffer.concat([Buffer.of(layer), mutated]);
  },
  run: (input) => begin(textFrom(input)),
};

function textOf(index: number, fault: string | null): string {
  const showing = { city, index, atMs: AT_MS, mode: 'dda', chip: 0, nonce: null, fault } as const;
  return (presentationLine('shc', showing).credential as { readonly text: string }).text;
}

function layersOf(text: string): Uint8Array[] {
  const digits = text.slice(PREFIX.length);
  const layers = [Buffer.from(`\x02${text}`, 'latin1')];
  if (!/^(\d\d)+$/.test(digits)) return layers;
  const jws = digits.replace(/\d\d/g, (pair) => String.fromCharCode(Number(pair) + 45));
  layers.push(Buffer.from(`\x01${jws}`, 'latin1'));
  const [header = '', payload = ''] = jws.split('.').map((part) => Buffer.from(part, 'base64url'));
  try {
    const claims = inflateRawSync(payload, { maxOutputLength: CLAIMS_BYTES_MAX });
    layers.push(Buffer.concat([Buffer.of(CLAIMS), Buffer.from(header), Buffer.of(0x0a), claims]));
  } catch {
    // It is one of the faults that there are no claims.
  }
  return layers;
}

function textFrom(input: Uint8Array): string {
  const bytes = Buffer.from(input.subarray(1));
  switch (input[0]) {
    case CLAIMS: {
      const end = bytes.indexOf(0x0a);
      const header = bytes.subarray(0, Math.max(0, end)).toString('base64url');
      const payload = deflateRawSync(bytes.subarray(end + 1)).toString('base64url');
      return numeric(`${header}.${payload}.${Buffer.alloc(64, 1).toString('base64url')}`);
    }
    case JWS:
      return numeric(bytes.toString('latin1'));
    default:
      return bytes.toString('latin1');
  }
}

function numeric(jws: string): string {
  const pairs = [...jws].map((character) => String((character.charCodeAt(0) + 55) % 100).padStart(2, '0'));
  return PREFIX + pairs.join('');
}

/** What JSON, a compact JWS and a text of digits are made of. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:.]|[^"{}[\],:.]+/g;
const ODD_TOKENS = [
  '{}',
  '[]',
  'null',
  '-1',
  '1e999',
  '"__proto__":1',
  '"\\u0061"',
  '[[[[[[[[',
  ',',
  '"alg":"none"',
  '"crit":["x"]',
  '\ufeff',
];

/** One token left out, repeated, or another in its place: names twice, values of another type, brackets that do not match. */
function mutateTokens(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const tokens = tokensOf(input);
  const donors = tokensOf(other);
  const chosen = tokens[random.below(tokens.length + 1)];
  if (chosen === undefined) return mutateBytes(input, random, other);
  const { at, text } = chosen;
  const donor = donors[random.below(donors.length + 1)]?.text ?? random.of(ODD_TOKENS);
  const by = [
    '',
    text + text,
    donor,
    `${text},${donor}`,
    random.of(ODD_TOKENS),
    tokens
      .slice(random.below(tokens.length), random.below(tokens.length))
      .map((each) => each.text)
      .join(''),
  ][random.below(6)];
  return replaced(input, at, text.length, Buffer.from(by ?? '', 'latin1'));
}

function tokensOf(bytes: Uint8Array): { readonly at: number; readonly text: string }[] {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return [...latin1.matchAll(TOKEN)].map((match) => ({ at: match.index, text: match[0] }));
}
