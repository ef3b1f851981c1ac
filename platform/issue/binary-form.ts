/** A presentation as a gate sends it: the bytes that JSON writes as hex or base64, as bytes. */
import { fromHex } from '../../workers/codecs/hex.ts';
import type { PresentationLine } from './presentations.ts';

type Shown = Pick<PresentationLine, 'credential' | 'context'>;

export interface BinaryShown {
  readonly credential: object;
  readonly context: object;
}

/** What a whole credential is called in MessagePack, by what JSON calls it. */
const WHOLE: Readonly<Record<string, string>> = { hex: 'code', base64: 'response' };
/** Maps in which every value is hex. */
const HEX_MAPS = ['tags', 'terminal'];

/** A name in JSON says how its bytes are written (docs/protocol.md). */
export function binaryForm({ credential, context }: Shown): BinaryShown {
  return { credential: withBytes(credential as object), context: withBytes(context as object) };
}

function withBytes(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => asBytes(name, value)));
}

function asBytes(name: string, value: unknown): readonly [string, unknown] {
  if (HEX_MAPS.includes(name)) return [name, mapped(value as object, (each) => fromHex(String(each)))];
  if (name === 'staticData') return [name, fromHex(String(value))];
  const [, stem = '', form = ''] = /^(.*?)(hex|base64)$/i.exec(name) ?? [];
  if (form === '' || value === null) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [form === '' ? name : stem, isMap ? withBytes(value) : value];
  }
  const read = (text: unknown) =>
    form.toLowerCase() === 'hex'
      ? fromHex(String(text))
      : new Uint8Array(Buffer.from(String(text), 'base64'));
  return [WHOLE[name] ?? stem, Array.isArray(value) ? value.map(read) : read(value)];
}

function mapped(map: object, read: (value: unknown) => Uint8Array): object {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, read(value)]));
}
