/** Distinguished names: comparing them (RFC 5280 clause 7.1) and reading single attributes. */
import { DER_TAG, DerCursor } from '../codecs/der-cursor.ts';
import { oidText } from '../codecs/der-oid.ts';
import { equalBytes } from '../codecs/hex.ts';

export const ATTRIBUTE = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  state: '2.5.4.8',
  organisation: '2.5.4.10',
  givenName: '2.5.4.42',
  email: '1.2.840.113549.1.9.1',
} as const;

export interface Attribute {
  /** Dotted. */
  readonly oid: string;
  /** Null: of a type that is no text, or text that is not of its type. */
  readonly text: string | null;
}

/** Bytes of an empty Name. */
const EMPTY_BYTES = 2;

export const isEmptyName = (name: Uint8Array): boolean => name.length <= EMPTY_BYTES;

/** Above, names are compared by bytes alone: whoever shows long ones is not to buy time with them. */
const COMPARED_BYTES_MAX = 1_024;

/** Whether two Names are the same: by bytes, else by their texts without regard to case, type and repeated blanks. */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  if (equalBytes(a, b)) return true;
  if (a.length > COMPARED_BYTES_MAX || b.length > COMPARED_BYTES_MAX) return false;
  return nameText(a) === nameText(b);
}

/** Equal for names that are the same. Made once for each view of a name. */
export const nameText: (name: Uint8Array) => string = perView((name) => canonicalName(name).join('\n'));

/** Remembers what is made of a view of bytes, for as long as the view is in use. */
export function perView<T>(make: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const made = new WeakMap<Uint8Array, { readonly value: T }>();
  return (bytes) => {
    let entry = made.get(bytes);
    if (entry === undefined) {
      entry = { value: make(bytes) };
      made.set(bytes, entry);
    }
    return entry.value;
  };
}

/** Each relative name as a text that is equal for equal names. */
export function canonicalName(name: Uint8Array): readonly string[] {
  return relativeNames(name).map((attributes) =>
    attributes
      .map(({ oid, text, raw }) => `${oid}=${text === null ? `#${raw}` : folded(text)}`)
      .sort()
      .join('+'),
  );
}

/** The attributes of a Name, in order. */
export function attributesOf(name: Uint8Array): readonly Attribute[] {
  return relativeNames(name).flat();
}

/** The first attribute of this identifier; null: there is none, or it is no text. */
export function attributeText(name: Uint8Array, oid: string): string | null {
  return attributesOf(name).find((attribute) => attribute.oid === oid)?.text ?? null;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}

function relativeNames(name: Uint8Array): (Attribute & { readonly raw: string })[][] {
  const cursor = new DerCursor(name);
  const names: (Attribute & { readonly raw: string })[][] = [];
  if (!cursor.enter(DER_TAG.sequence, name.length)) return names;
  const end = cursor.stop;
  while (cursor.enter(DER_TAG.set, end)) {
    const setEnd = cursor.stop;
    const attributes: (Attribute & { readonly raw: string })[] = [];
    while (cursor.enter(DER_TAG.sequence, setEnd)) {
      const pairEnd = cursor.stop;
      if (!cursor.take(DER_TAG.objectIdentifier, pairEnd)) break;
      const oid = oidText(name, cursor.start, cursor.stop);
      if (!cursor.any(pairEnd)) break;
      const raw = Buffer.from(cursor.value()).toString('latin1');
      attributes.push({ oid, text: textOf(cursor.tag, cursor.value()), raw });
      cursor.at = pairEnd;
    }
    names.push(attributes);
    cursor.at = setEnd;
  }
  return names;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const strictUtf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

/** The text of a DirectoryString or IA5String. */
function textOf(tag: number, value: Uint8Array): string | null {
  try {
    switch (tag) {
      case DER_TAG.utf8String:
        return strictUtf8.decode(value);
      case DER_TAG.bmpString:
        return strictUtf16.decode(value);
      case DER_TAG.printableString:
      case DER_TAG.ia5String:
      case DER_TAG.visibleString:
      case DER_TAG.teletexString:
        return Buffer.from(value).toString('latin1');
      default:
        return null;
    }
  } catch {
    return null;
  }
}
