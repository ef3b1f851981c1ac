/** node:crypto alone: X509Certificate for the chain, which is kept by its bytes, and one verification of the challenge. */
import { type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Order, Peer, PeerItem } from './peer.ts';

/** Bytes of r ‖ s; anything else is DER. */
const RAW_SIGNATURE_BYTES = 64;

export function cardPki(order: Order): Peer {
  const roots = order.certificatesPem.map((pem) => new X509Certificate(pem));
  const chained = new Map<string, KeyObject>();
  const keyOf = ({ certificatesBase64 = [] }: PeerItem): KeyObject => {
    const name = certificatesBase64.join('.');
    const known = chained.get(name);
    if (known !== undefined) return known;
    const chain = certificatesBase64.map((each) => new X509Certificate(Buffer.from(each, 'base64')));
    const leaf = chain[0];
    const last = chain.at(-1);
    if (leaf === undefined || last === undefined) throw new Error('no certificate');
    for (const [i, certificate] of chain.slice(0, -1).entries()) {
      const issuer = chain[i + 1];
      if (issuer === undefined || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
        throw new Error('no chain');
      }
    }
    if (!roots.some((root) => last.checkIssued(root) && last.verify(root.publicKey)))
      throw new Error('no root');
    if (
      chain.some(({ validFromDate, validToDate }) => +validFromDate > order.atMs || +validToDate < order.atMs)
    ) {
      throw new Error('expired');
    }
    chained.set(name, leaf.publicKey);
    return leaf.publicKey;
  };
  const check = (item: PeerItem) => {
    const signature = Buffer.from(item.signatureHex ?? '', 'hex');
    const dsaEncoding = signature.length === RAW_SIGNATURE_BYTES ? 'ieee-p1363' : 'der';
    const challenge = Buffer.from(item.challengeHex ?? '', 'hex');
    if (!verify('sha256', challenge, { key: keyOf(item), dsaEncoding }, signature))
      throw new Error('bad signature');
  };
  return {
    name: 'node:crypto X509Certificate, P-256',
    check: (item) => Promise.resolve().then(() => check(item)),
  };
}
