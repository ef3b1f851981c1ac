/**
 * Issues mobile documents (ISO/IEC 18013-5) and shows them as a wallet does: driving licences and person identification data, in turns.
 * Every step may be changed, for negative tests.
 */
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import type { MdocAuthority } from '../authority/mdoc.ts';
import { cbor, coseSign1, Encoded, embedded, Tagged } from '../cbor.ts';
import { type P256Key, p256Shared } from '../p256.ts';
import { seeded } from '../seed.ts';

export interface Element {
  readonly nameSpace: string;
  readonly identifier: string;
  readonly value: unknown;
}

export interface MobileDocument {
  readonly docType: string;
  readonly elements: readonly Element[];
  /** As they are disclosed, #6.24(bstr): the same order as `elements`. */
  readonly items: readonly Encoded[];
  readonly issuerAuth: readonly unknown[];
  readonly deviceKey: P256Key;
}

export interface IssueOptions {
  readonly authority: Pick<MdocAuthority, 'signerCertificate' | 'signerKey'>;
  readonly docType: string;
  readonly elements: readonly Element[];
  readonly deviceKey: P256Key;
  /** Draws the salts. */
  readonly seed: string;
  readonly index: number;
  readonly signedMs: number;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** Changes the MobileSecurityObject before it is signed. */
  readonly edit?: (mso: Record<string, unknown>) => Record<string, unknown>;
  /** In place of the COSE_Key of `deviceKey`. */
  readonly deviceCoseKey?: ReadonlyMap<number, unknown>;
  readonly digest?: 'SHA-256' | 'SHA-384' | 'SHA-512';
  readonly status?: unknown;
  readonly keyAuthorizations?: unknown;
  /** Of issuerAuth. */
  readonly protectedHeader?: ReadonlyMap<number, unknown>;
  readonly sign?: (message: Uint8Array) => Uint8Array;
}

const DIGESTS = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;
const SALT_BYTES = 32;

export function issueMobileDocument(options: IssueOptions): MobileDocument {
  const { authority, docType, elements, deviceKey, seed, index, digest = 'SHA-256' } = options;
  const salts = seeded(seed, 'mdoc salts', index, SALT_BYTES * elements.length);
  const digests = new Map<string, Map<number, Uint8Array>>();
  const items = elements.map(({ nameSpace, identifier, value }, digestID) => {
    const item = embedded({
      digestID,
      random: salts.subarray(digestID * SALT_BYTES, (digestID + 1) * SALT_BYTES),
      elementIdentifier: identifier,
      elementValue: value,
    });
    const inSpace = digests.get(nameSpace) ?? new Map<number, Uint8Array>();
    inSpace.set(digestID, createHash(DIGESTS[digest]).update(item.bytes).digest());
    digests.set(nameSpace, inSpace);
    return item;
  });
  const { keyAuthorizations, status, edit = (mso) => mso } = options;
  const mso = edit({
    version: '1.0',
    digestAlgorithm: digest,
    valueDigests: digests,
    deviceKeyInfo: {
      deviceKey: options.deviceCoseKey ?? coseKey(deviceKey),
      ...(keyAuthorizations !== undefined && { keyAuthorizations }),
    },
    docType,
    validityInfo: {
      signed: dateTime(options.signedMs),
      validFrom: dateTime(options.validFromMs),
      validUntil: dateTime(options.validUntilMs),
    },
    ...(status !== undefined && { status }),
  });
  const issuerAuth = coseSign1({
    key: authority.signerKey,
    payload: embedded(mso).bytes,
    unprotectedHeader: new Map([[33, authority.signerCertificate]]),
    ...(options.protectedHeader && { protectedHeader: options.protectedHeader }),
    ...(options.sign && { sign: options.sign }),
  });
  return { docType, elements, items, issuerAuth, deviceKey };
}

/** tdate, to the second. */
export function dateTime(ms: number): Tagged {
  return new Tagged(0, `${new Date(ms).toISOString().slice(0, 19)}Z`);
}

export function coseKey({ publicKey }: P256Key): ReadonlyMap<number, unknown> {
  return new Map<number, unknown>([
    [1, 2],
    [-1, 1],
    [-2, publicKey.subarray(0, 32)],
    [-3, publicKey.subarray(32)],
  ]);
}

export interface ShowOptions {
  readonly document: MobileDocument;
  /** CBOR. */
  readonly transcript: Uint8Array;
  /** Identifiers to disclose; default: all elements. */
  readonly disclose?: readonly string[];
  /** Changes the disclosed items of a name space. */
  readonly editItems?: (items: readonly Encoded[]) => readonly Encoded[];
  /** What the device states itself, by name space. */
  readonly deviceNameSpaces?: unknown;
  /** DeviceNameSpacesBytes as they are, in their place. */
  readonly rawDeviceNameSpaces?: Encoded;
  /** Makes a MAC with this key of the reader in place of a signature: X ‖ Y. */
  readonly readerKey?: Uint8Array;
  readonly deviceKey?: P256Key;
  readonly protectedHeader?: ReadonlyMap<number, unknown>;
  readonly signDevice?: (message: Uint8Array) => Uint8Array;
  readonly editDocument?: (document: Record<string, unknown>) => Record<string, unknown>;
}

/** A document of a DeviceResponse. */
export function showDocument(options: ShowOptions): Record<string, unknown> {
  const { document, transcript, disclose, editItems = (items) => items } = options;
  const { docType, elements, items, issuerAuth } = document;
  const shown = new Map<string, Encoded[]>();
  for (const [i, { nameSpace, identifier }] of elements.entries()) {
    const item = items[i];
    if (item === undefined || (disclose !== undefined && !disclose.includes(identifier))) continue;
    shown.set(nameSpace, [...(shown.get(nameSpace) ?? []), item]);
  }
  const nameSpaces = new Map([...shown].map(([space, each]) => [space, editItems(each)]));
  const deviceNameSpaces = options.rawDeviceNameSpaces ?? embedded(options.deviceNameSpaces ?? new Map());
  const payload = embedded([
    'DeviceAuthentication',
    new Encoded(transcript),
    docType,
    deviceNameSpaces,
  ]).bytes;
  const { editDocument = (each) => each } = options;
  return editDocument({
    docType,
    issuerSigned: { nameSpaces, issuerAuth },
    deviceSigned: { nameSpaces: deviceNameSpaces, deviceAuth: deviceAuth(options, payload) },
  });
}

function deviceAuth(
  { document, transcript, readerKey, deviceKey, protectedHeader, signDevice }: ShowOptions,
  payload: Uint8Array,
) {
  const key = deviceKey ?? document.deviceKey;
  if (readerKey === undefined) {
    const signature = coseSign1({
      key,
      payload,
      detached: true,
      ...(protectedHeader && { protectedHeader }),
      ...(signDevice && { sign: signDevice }),
    });
    return { deviceSignature: signature };
  }
  const protectedBytes = cbor(protectedHeader ?? new Map([[1, 5]]));
  const salt = createHash('sha256')
    .update(cbor(new Tagged(24, transcript)))
    .digest();
  const macKey = Buffer.from(hkdfSync('sha256', p256Shared(key, readerKey), salt, 'EMacKey', 32));
  const message = cbor(['MAC0', protectedBytes, new Uint8Array(), payload]);
  const tag = createHmac('sha256', macKey).update(message).digest();
  return { deviceMac: [protectedBytes, new Map(), null, tag] };
}

export function deviceResponse(
  documents: readonly unknown[],
  more: Record<string, unknown> = {},
): Uint8Array {
  return cbor({ version: '1.0', documents, status: 0, ...more });
}
