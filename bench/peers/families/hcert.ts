/** What is commonly put together for health certificates: base45, zlib, a CBOR library, node:crypto, keys kept. */
import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { decode as base45 } from 'base45';
import { Decoder, Encoder } from 'cbor-x';
import type { Order, Peer } from './peer.ts';

const INFLATED_BYTES_MAX = 65_536;
const KID = 4;

export function hcert(order: Order): Peer {
  const keys = new Map<string, KeyObject>();
  for (const pem of order.certificatesPem) {
    const certificate = new X509Certificate(pem);
    const kid = createHash('sha256').update(certificate.raw).digest().subarray(0, 8).toString('hex');
    keys.set(kid, certificate.publicKey);
  }
  const options = { mapsAsObjects: false, useRecords: false, tagUint8Array: false };
  const [decoder, encoder] = [new Decoder(options), new Encoder(options)];
  const check = (text: string) => {
    const bytes = inflateSync(base45(text.slice(4)), { maxOutputLength: INFLATED_BYTES_MAX });
    const [protectedHeader, unprotected, payload, signature] = untagged(decoder.decode(bytes)) as [
      Uint8Array,
      ReadonlyMap<number, Uint8Array>,
      Uint8Array,
      Uint8Array,
    ];
    const header = decoder.decode(protectedHeader) as ReadonlyMap<number, Uint8Array>;
    const kid = header.get(KID) ?? unprotected.get(KID);
    const key = keys.get(Buffer.from(kid ?? []).toString('hex'));
    if (key === undefined) throw new Error('no such key');
    const signed = encoder.encode(['Signature1', protectedHeader, new Uint8Array(), payload]);
    if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature))
      throw new Error('bad signature');
    const claims = decoder.decode(payload) as ReadonlyMap<number, number>;
    if ((claims.get(KID) ?? 0) * 1_000 < order.atMs) throw new Error('expired');
    return claims;
  };
  return {
    name: 'base45 + zlib + cbor-x + node:crypto',
    check: ({ text = '' }) => Promise.resolve().then(() => check(text)),
  };
}

/** COSE_Sign1 in its tag, that of a CWT, both or neither. */
function untagged(value: unknown): unknown {
  const { value: inner } = value as { readonly value?: unknown };
  return inner === undefined ? value : untagged(inner);
}
