/** What is read from a chip card, and the data objects of its records. */
import { paddedDigits } from './fields.ts';
import { demand } from './verdict.ts';

export type DataObjects = ReadonlyMap<string, Buffer>;

export interface ChipPresentation {
  readonly credential: { readonly tags: Readonly<Record<string, string>>; readonly staticData?: string };
  readonly context: { readonly mode: string; readonly terminal?: Readonly<Record<string, string>> };
}

export interface CardData {
  readonly tags: DataObjects;
  /** Records, with the application interchange profile where tag 9F4A asks for it. */
  readonly staticData: Buffer;
  readonly cardNumber: string;
  readonly unpredictableNumber: Buffer;
  /** Tags and records together. */
  readonly objects: DataObjects;
}

const UNPREDICTABLE_BYTES = 4;

/** Reads a presentation for dynamic data authentication with the default DDOL. Throws Unproven. */
export function readCardData({ credential, context }: ChipPresentation): CardData {
  demand(context.mode === 'dda', 'credential.mode_disabled');
  const unpredictableNumber = bytesOf(context.terminal?.['9F37'] ?? '');
  demand(unpredictableNumber.length === UNPREDICTABLE_BYTES, 'credential.data_missing');
  const tags = new Map(Object.entries(credential.tags).map(([tag, hex]) => [tag, bytesOf(hex)]));
  const records = bytesOf(credential.staticData ?? '');
  const objects = new Map([...tags, ...readRecords(records)]);
  demand(objects.get('9F49') === undefined, 'credential.malformed');
  const cardNumber = paddedDigits(objects.get('5A') ?? Buffer.alloc(0));
  demand(cardNumber !== '', 'credential.data_missing');
  const beside = tags.get('5A');
  demand(beside === undefined || paddedDigits(beside) === cardNumber, 'credential.identity_mismatch');
  return { tags, staticData: withProfile(records, objects), cardNumber, unpredictableNumber, objects };
}

/** EMV Book 3 clause 10.3: a tag list may name the application interchange profile, and nothing else. */
function withProfile(records: Buffer, objects: DataObjects): Buffer {
  const tagList = objects.get('9F4A');
  if (tagList === undefined) return records;
  demand(tagList.length === 1 && tagList[0] === 0x82, 'credential.malformed');
  const profile = objects.get('82');
  demand(profile !== undefined, 'credential.data_missing');
  return Buffer.concat([records, profile]);
}

/** BER-TLV of EMV Book 3 annex B, primitive objects with tags of one or two bytes and values up to 255. */
function readRecords(records: Buffer): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  for (let at = 0; at < records.length; ) {
    const tagBytes = ((records[at] ?? 0) & 0x1f) === 0x1f ? 2 : 1;
    const tag = records.toString('hex', at, at + tagBytes).toUpperCase();
    at += tagBytes;
    if (records[at] === 0x81) at += 1;
    const end = at + 1 + (records[at] ?? 0);
    demand(end <= records.length, 'credential.malformed');
    found.push([tag, records.subarray(at + 1, end)]);
    at = end;
  }
  return found;
}

/** The request's schema leaves hex to this: `Buffer.from` stops at what is none. */
function bytesOf(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  demand(bytes.length * 2 === hex.length, 'credential.malformed');
  return bytes;
}
