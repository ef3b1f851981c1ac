/** The static data to be authenticated and the data objects in it: EMV Book 3 clause 10.3, Book 2 clause 6.1.1. */
import { equalBytes } from '../../codecs/hex.ts';
import { readTlv } from '../../codecs/tlv.ts';
import type { ChipCheckList } from './chip-check-list.ts';
import type { ChipOdaInput, DataObjects } from './input.ts';

export interface StaticData {
  /** What the issuer signed, with the AIP where the card's tag list asks for it. */
  readonly bytes: Uint8Array;
  /** Data objects in the static data. */
  readonly inside: DataObjects;
  /** Data objects of the card: those in the static data, and those read beside it. */
  readonly objects: DataObjects;
}

const AIP_BYTES = 2;
const RECORD_TEMPLATE = '70';
const AIP = '82';
const TAG_LIST = '9F4A';
const APPLICATION_INTERCHANGE_PROFILE_TAG = 0x82;
/** Compared by their digits elsewhere, since padding may differ. */
const COMPARED_BY_DIGITS: ReadonlySet<string> = new Set(['5A', '57']);

/** Reads the static data, and appends the AIP if the card's tag list asks for it and it is not there already. */
export function readStaticData(list: ChipCheckList, input: ChipOdaInput): StaticData | null {
  const parsed = parseRecords(input.staticData, input.tags[TAG_LIST] !== undefined);
  if (!list.require('static_data.records', 'credential.malformed', parsed !== null) || parsed === null)
    return null;
  const agrees = agreesWith(input.tags, parsed.objects);
  if (!list.require('static_data.agrees', 'credential.malformed', agrees)) return null;
  const objects = { ...input.tags, ...parsed.objects };
  const bytes = withProfile(list, input, parsed, objects[TAG_LIST]);
  return bytes && { bytes, inside: parsed.objects, objects };
}

/** Data objects in the records, of input whose proof holds; null: they are malformed. */
export function recordObjects(input: ChipOdaInput): DataObjects | null {
  return parseRecords(input.staticData, input.tags[TAG_LIST] !== undefined)?.objects ?? null;
}

/** Whether what was read twice, beside the records and inside, is the same. */
function agreesWith(beside: DataObjects, inside: DataObjects): boolean {
  for (const tag in inside) {
    const value = beside[tag];
    if (value === undefined || COMPARED_BY_DIGITS.has(tag)) continue;
    if (!equalBytes(value, inside[tag] as Uint8Array)) return false;
  }
  return true;
}

/** EMV Book 2 clause 6.1.1: a tag list, where there is one, holds the tag of the AIP and nothing else. */
function withProfile(
  list: ChipCheckList,
  input: ChipOdaInput,
  parsed: Records,
  tagList: Uint8Array | undefined,
): Uint8Array | null {
  if (tagList === undefined) return input.staticData;
  const allowed = tagList.length === 1 && tagList[0] === APPLICATION_INTERCHANGE_PROFILE_TAG;
  if (!list.require('static_data.tag_list', 'credential.malformed', allowed)) return null;
  const profile = input.tags[AIP];
  if (profile === undefined) {
    return list.require('static_data.profile_present', 'credential.data_missing', parsed.tail !== null)
      ? input.staticData
      : null;
  }
  if (!list.hasLength('static_data.profile_length', profile, AIP_BYTES)) return null;
  const included = parsed.tail !== null && equalBytes(parsed.tail, profile);
  return included ? input.staticData : Buffer.concat([input.staticData, profile]);
}

interface Records {
  readonly objects: DataObjects;
  /** Two bytes after the last data object, where a tag list says that the AIP stands there. */
  readonly tail: Uint8Array | null;
}

/**
 * Data objects of the records, one level of templates 70 opened (records of SFI 11 to 30 keep theirs). Null when they
 * are malformed or a primitive object comes twice (EMV Book 3 clause 10.2).
 */
function parseRecords(bytes: Uint8Array, tagListKnown: boolean): Records | null {
  const objects: Record<string, Uint8Array> = {};
  let offset = 0;
  while (offset < bytes.length) {
    const tagged = tagListKnown || objects[TAG_LIST] !== undefined;
    if (tagged && bytes.length - offset === AIP_BYTES) return { objects, tail: bytes.subarray(offset) };
    // EMV Book 3, Annex B1: zero bytes between data objects have no meaning.
    if (bytes[offset] === 0) {
      offset += 1;
      continue;
    }
    const element = readTlv(bytes, offset);
    if (element === null) return null;
    if (element.tag === RECORD_TEMPLATE) {
      if (!addObjects(objects, element.value)) return null;
    } else if (!element.constructed && !addObject(objects, element.tag, element.value)) return null;
    offset = element.end;
  }
  return { objects, tail: null };
}

function addObjects(objects: Record<string, Uint8Array>, template: Uint8Array): boolean {
  for (let offset = 0; offset < template.length; ) {
    if (template[offset] === 0) {
      offset += 1;
      continue;
    }
    const element = readTlv(template, offset);
    if (element === null) return false;
    if (!element.constructed && !addObject(objects, element.tag, element.value)) return false;
    offset = element.end;
  }
  return true;
}

function addObject(objects: Record<string, Uint8Array>, tag: string, value: Uint8Array): boolean {
  if (objects[tag] !== undefined) return false;
  objects[tag] = value;
  return true;
}
