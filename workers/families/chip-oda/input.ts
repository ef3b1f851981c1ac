/** What a reader hands over of a chip card: data objects by tag, the records to authenticate, what it sent itself. */
import { type Static, Type } from 'typebox';
import { equalBytes } from '../../codecs/hex.ts';
import { TAG_NAME_PATTERN } from '../../codecs/tlv.ts';
import type { ByteForm } from '../family.ts';

/** Ways of dynamic authentication. Static authentication alone proves no card and is not among them. */
export const CHIP_MODES = ['dda', 'cda', 'fdda'] as const;
export type ChipMode = (typeof CHIP_MODES)[number];

export const TAGS_MAX = 64;
export const TAG_VALUE_BYTES_MAX = 512;
export const STATIC_DATA_BYTES_MAX = 4096;
export const TRANSACTION_DATA_BYTES_MAX = 4096;

/** Values by tag name in upper-case hex. */
export type DataObjects = Readonly<Record<string, Uint8Array>>;

export interface ChipOdaInput {
  readonly mode: ChipMode;
  /** Read from the card. */
  readonly tags: DataObjects;
  /** The terminal's own values, as it sent them to the card. */
  readonly terminal: DataObjects;
  /** Values of the records the AFL flags, in order, templates 70 of SFI 1 to 10 taken off (EMV Book 3 clause 10.3). */
  readonly staticData: Uint8Array;
  /** CDA: the terminal's and the card's data that the transaction data hash is made over. */
  readonly transactionData: Uint8Array | null;
  /** True when one thing was given twice: a tag in upper and lower case, or two unlike transaction data. */
  readonly ambiguous: boolean;
}

/** Of bytes, one loop instead of the general walk of a record, which matches each name twice. */
const dataObjects = (bytes: ByteForm) =>
  bytes.name === 'bin'
    ? Type.Refine(
        Type.Unsafe<Readonly<Record<string, unknown>>>({
          type: 'object',
          maxProperties: TAGS_MAX,
          description:
            'By tag name, one to three bytes in hexadecimal (EMV Book 3, Annex B1): ' +
            `MessagePack bin of at most ${TAG_VALUE_BYTES_MAX} bytes`,
        }),
        isDataObjects,
        () => 'must be bin by tag name',
      )
    : // Names apart from values: makers of clients know no patternProperties, and would leave every tag out.
      Type.Unsafe<Readonly<Record<string, unknown>>>({
        type: 'object',
        propertyNames: { type: 'string', pattern: TAG_NAME_PATTERN },
        additionalProperties: bytes.schema(TAG_VALUE_BYTES_MAX),
        maxProperties: TAGS_MAX,
      });

function isDataObjects(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return false;
  }
  for (const name in value) {
    const bytes = (value as Readonly<Record<string, unknown>>)[name];
    if (!(bytes instanceof Uint8Array) || bytes.length > TAG_VALUE_BYTES_MAX || !isTagName(name))
      return false;
  }
  return true;
}

export const credentialSchema = (bytes: ByteForm) =>
  Type.Object(
    {
      tags: dataObjects(bytes),
      staticData: Type.Optional(Type.Unsafe<unknown>(bytes.schema(STATIC_DATA_BYTES_MAX))),
      transactionData: Type.Optional(Type.Unsafe<unknown>(bytes.schema(TRANSACTION_DATA_BYTES_MAX))),
    },
    { additionalProperties: false },
  );

export const contextSchema = (bytes: ByteForm) =>
  Type.Object(
    {
      mode: Type.Enum([...CHIP_MODES], { type: 'string' }),
      terminal: Type.Optional(dataObjects(bytes)),
      transactionData: Type.Optional(Type.Unsafe<unknown>(bytes.schema(TRANSACTION_DATA_BYTES_MAX))),
    },
    { additionalProperties: false },
  );

type Credential = Static<ReturnType<typeof credentialSchema>>;
type Context = Static<ReturnType<typeof contextSchema>>;

/** Narrows what both schemas accepted. */
export function readInput(credential: unknown, context: unknown, bytes: ByteForm): ChipOdaInput {
  const shown = credential as Credential;
  const own = context as Context;
  const tags = readObjects(shown.tags, bytes);
  const terminal = readObjects(own.terminal ?? {}, bytes);
  const read = (value: unknown) => (value === undefined ? null : bytes.read(value));
  const [fromTerminal, fromCredential] = [read(own.transactionData), read(shown.transactionData)];
  const unlike = fromTerminal && fromCredential && !equalBytes(fromTerminal, fromCredential);
  return {
    mode: own.mode,
    tags: tags.objects,
    terminal: terminal.objects,
    staticData: read(shown.staticData) ?? new Uint8Array(),
    transactionData: fromTerminal ?? fromCredential,
    ambiguous: tags.repeated || terminal.repeated || unlike === true,
  };
}

function readObjects(given: Readonly<Record<string, unknown>>, bytes: ByteForm) {
  const objects: Record<string, Uint8Array> = {};
  let repeated = false;
  for (const name in given) {
    const tag = upperCase(name);
    repeated ||= objects[tag] !== undefined;
    objects[tag] = bytes.read(given[name]);
  }
  return { objects, repeated };
}

/** Tag names come in upper case as a rule; asking first costs less than a copy of each. */
function upperCase(name: string): string {
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) > UPPER_CASE_F) return name.toUpperCase();
  }
  return name;
}
const UPPER_CASE_F = 0x46;

/** The names in use are few, so they are recognised rather than matched anew. */
function isTagName(name: string): boolean {
  if (knownTags.has(name)) return true;
  if (!TAG_NAME.test(name)) return false;
  if (knownTags.size < KNOWN_TAGS_MAX) knownTags.add(name);
  return true;
}

const TAG_NAME = new RegExp(TAG_NAME_PATTERN);
const KNOWN_TAGS_MAX = 1_024;
const knownTags = new Set<string>();
