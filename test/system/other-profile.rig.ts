/** Looks for algorithms of the profile `international` in what a gateway writes, sends and shows. */

/** Names, in text of any kind. Short ones only where they stand alone: in random bytes they would be found by chance. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'SHA-2': /sha-?_?(?:2-)?(?:224|256|384|512)(?!\d)|\bHS(?:256|384|512)\b/gi,
  AES: /\baes-?_?(?:128|192|256|gcm|ctr|cbc|kw|wrap)|\bA(?:128|192|256)(?:GCM|KW|CBC)\b/gi,
  ES256: /\bES(?:256|384|512)K?\b|\bECDSA\b|\bECDH-ES\b/gi,
  'P-256': /\bP-(?:256|384|521)\b|prime256v1|secp(?:256|384|521)[rk]1/gi,
  EdDSA: /\bEdDSA\b|\bed25519|\bX25519|age-encryption/gi,
  RSA: /\b[RP]S(?:256|384|512)\b|BEGIN RSA/g,
};

/** Object identifiers, as DER has them: tag, length, value. */
const OIDS: Readonly<Record<string, readonly string[]>> = {
  // 2.16.840.1.101.3.4.2: SHA-2.
  'SHA-2': ['06096086480165030402'],
  // 2.16.840.1.101.3.4.1: AES.
  AES: ['06096086480165030401'],
  // 1.2.840.10045.4.3: ECDSA with SHA-2.
  ES256: ['06082a8648ce3d0403'],
  // 1.2.840.10045.3.1.7.
  'P-256': ['06082a8648ce3d030107'],
  // 1.3.101.110 and .112: X25519, Ed25519. Of five bytes, so in the head of a key alone.
  EdDSA: ['300506032b656e', '300506032b6570'],
  // 1.2.840.113549.1.1.
  RSA: ['06092a864886f70d0101'],
};

/** One of it: what, and a little of where it stands. */
export interface Found {
  readonly algorithm: string;
  readonly text: string;
}

const AROUND = 24;
/** Text in which DER or JSON may be: PEM and certificates in base64, parts of a JWS in base64url. */
const ENCODED = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
/** JSON in base64 in a JWS in JSON. */
const DEPTH_MAX = 3;

export function otherProfileIn(content: Uint8Array | string, depth = 0): Found[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  const text = bytes.toString('latin1');
  const named = Object.entries(WORDS).flatMap(([algorithm, word]) =>
    [...text.matchAll(word)].map(({ index, 0: found }) => ({
      algorithm,
      text: printable(text.slice(Math.max(0, index - AROUND), index + found.length + AROUND)),
    })),
  );
  const identified = Object.entries(OIDS).flatMap(([algorithm, oids]) =>
    oids
      .filter((oid) => bytes.includes(Buffer.from(oid, 'hex')))
      .map((oid) => ({ algorithm, text: `OID ${oid}` })),
  );
  const within = depth < DEPTH_MAX ? encodedIn(text, depth + 1) : [];
  return [...named, ...identified, ...within];
}

/** Lines of PEM are one text. */
function encodedIn(text: string, depth: number): Found[] {
  const joined = text.replaceAll('\\n', '\n').replace(/(?<=[A-Za-z0-9+/]{60,})\n(?=[A-Za-z0-9+/])/g, '');
  return [...joined.matchAll(ENCODED)].flatMap(([each]) => {
    const bytes = Buffer.from(each, 'base64');
    // JSON, or DER.
    return bytes[0] === 0x7b || bytes[0] === 0x30 ? otherProfileIn(bytes, depth) : [];
  });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '.');
}
