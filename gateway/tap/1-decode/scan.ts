/**
 * What a scanner read, whatever it is: a gate need not know what it saw. Each family says by itself what it recognises;
 * from then on it is as if the gate had named the family.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Code } from '../../../config/codes.ts';
import { binForm } from '../../../workers/families/byte-form.ts';
import type { ByteForm, Scanned } from '../../../workers/families/family.ts';
import { textSchema } from '../../../workers/families/text-form.ts';
import type { Dispatcher, ReadableFamily, Resolved } from './decode.ts';

export const SCAN = 'scan';

/** More than the largest QR code holds (ISO/IEC 18004: 7,089 digits). */
const SCANNED_BYTES_MAX = 8_192;

/** Codes of others, known by how they begin: they are for the terminals of their own cities and companies. */
const FOREIGN_BEGINNINGS = [
  // 随申码 of Shanghai.
  'https://s.sh.gov.cn/',
  // Shanghai Metro.
  'SHSTMETRO',
  // Tencent, verified with keys of its terminals.
  'TX',
];

/** In JSON the property says that it is hex, as it does for a family. */
const ofBytes = (bytes: ByteForm) => (bytes.name === 'hex' ? 'hex' : 'bytes');

/** One of the two. No union: makers of clients for typed languages make none of it that can be used. */
const credentialSchema = (bytes: ByteForm) =>
  Type.Object(
    {
      text: Type.Optional(textSchema(SCANNED_BYTES_MAX, 'What was read, as text')),
      [ofBytes(bytes)]: Type.Optional(bytes.schema(SCANNED_BYTES_MAX)),
    },
    { additionalProperties: false, minProperties: 1, maxProperties: 1 },
  );

/** A family's own context, or an empty map: which it must be shows only when it is known whose code it is. */
const contextSchema = () => Type.Object({}, { description: 'As the family wants it whose code it is' });

type Credential = Readonly<Record<string, unknown>>;

export function scannedOf(credential: unknown, bytes: ByteForm): Scanned {
  const { text, [ofBytes(bytes)]: read } = credential as Credential;
  if (typeof text === 'string')
    return { bytes: Buffer.from(text, 'utf8'), text: isPrintable(text) ? text : null };
  const scanned = bytes.read(read);
  const latin1 = Buffer.from(scanned.buffer, scanned.byteOffset, scanned.byteLength).toString('latin1');
  return { bytes: scanned, text: isPrintable(latin1) ? latin1 : null };
}

/** ASCII from space to tilde: no code that is text holds anything else. */
function isPrintable(text: string): boolean {
  return /^[ -~]+$/.test(text);
}

/** A family that can be scanned, with the check of what it makes of a code. */
interface Reader {
  readonly family: ReadableFamily;
  check(value: unknown): boolean;
}

/** The dispatcher for families as they are in the table. */
export function createScan(families: readonly ReadableFamily[]): Dispatcher {
  const readers = families.flatMap((family): Reader[] => {
    const { presentable, fromScan } = family;
    if (!presentable || fromScan === undefined) return [];
    const compiled = Compile(
      Type.Object({ credential: family.credentialSchema(binForm), context: family.contextSchema(binForm) }),
    );
    return [{ family, check: (value) => compiled.Check(value) }];
  });
  const resolve = (credential: unknown, context: unknown, form: ByteForm): Resolved | Code => {
    const scanned = scannedOf(credential, form);
    if (FOREIGN_BEGINNINGS.some((beginning) => scanned.text?.startsWith(beginning))) return 'scan.foreign';
    for (const { family, check } of readers) {
      const own = family.fromScan?.(scanned) ?? null;
      if (own === null) continue;
      const resolved = { family, credential: own, context, form: binForm };
      return check(resolved) ? resolved : 'request.wrong_type';
    }
    return 'scan.unknown';
  };
  return {
    name: SCAN,
    presentable: true,
    example: { credential: { text: 'HC1:6BFOXN' }, context: {} },
    credentialSchema,
    contextSchema,
    read: () => {
      throw new TypeError('what was scanned is read by the family it turns out to be');
    },
    costKey: () => SCAN,
    resolve,
  };
}
