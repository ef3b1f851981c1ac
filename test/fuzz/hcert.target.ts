/** Health certificates: the text, what is compressed in it, or the CBOR in that, each from its own place on. */
import { deflateSync } from 'node:zlib';
import { createCity } from '../../platform/city.ts';
import { base45Text, HCERT_FAULTS } from '../../platform/issue/hcert.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { base45Bytes } from '../../workers/codecs/base45.ts';
import { inflateWhole } from '../../workers/codecs/inflate.ts';
import { hcert } from '../../workers/families/hcert/family.ts';
import { mutateBytes } from './bytes.ts';
import { mutateCbor } from './cbor-mutation.ts';
import type { FuzzTarget } from './driver.ts';
import { provable } from './provable.ts';

/** First byte of an input: what its other bytes are. */
const CBOR = 0;
const COMPRESSED = 1;
const TEXT = 2;
const PREFIX = 'HC1:';
const AT_MS = Date.UTC(2026, 10, 20, 8);

const city = createCity({ seed: 'fuzz', cards: 4, now: AT_MS });
const begin = provable(hcert, city.trustDocument(), AT_MS);

export const target: FuzzTarget = {
  name: 'hcert',
  seeds: () => [null, ...HCERT_FAULTS].flatMap((fault, index) => layersOf(textOf(index % 4, fault))),
  mutate(input, random, other) {
    const layer = random.once(8) ? random.below(3) : (input[0] ?? TEXT);
    const [bytes, donor] = [input.subarray(1), other.subarray(1)];
    const mutated =
      layer === CBOR && !random.once(4)
        ? mutateCbor(bytes, random, donor)
        : mutateBytes(bytes, random, donor);
    return Buffer.concat([Buffer.of(layer), mutated]);
  },
  run: (input) => begin(textFrom(input)),
};

function textOf(index: number, fault: string | null): string {
  const showing = { city, index, atMs: AT_MS, mode: 'dda', chip: 0, nonce: null, fault } as const;
  return (presentationLine('hcert', showing).credential as { readonly text: string }).text;
}

function layersOf(text: string): Uint8Array[] {
  const layers = [Buffer.concat([Buffer.of(TEXT), Buffer.from(text, 'latin1')])];
  const compressed = base45Bytes(text, PREFIX.length);
  if (compressed === null) return layers;
  layers.push(Buffer.concat([Buffer.of(COMPRESSED), compressed]));
  const bytes = inflateWhole(compressed, 'zlib', 4_096);
  if (typeof bytes !== 'string') layers.push(Buffer.concat([Buffer.of(CBOR), bytes]));
  return layers;
}

function textFrom(input: Uint8Array): string {
  const bytes = input.subarray(1);
  switch (input[0]) {
    case CBOR:
      return PREFIX + base45Text(deflateSync(bytes));
    case COMPRESSED:
      return PREFIX + base45Text(bytes);
    default:
      return Buffer.from(bytes).toString('latin1');
  }
}
