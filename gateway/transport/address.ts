/** Who is at the other end of a connection, as far as an address tells. */

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
/** RFC 4291 clause 2.5.5.2: an IPv4 address at an IPv6 socket. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');
/** One host has all of it to choose from (RFC 4291 clause 2.5.1). */
const IPV6_NETWORK_BYTES = 8;

/** `remote`: an address of 4 or 16 bytes. Equal for one IPv4 address, or for one /64 of IPv6; empty where there is none. */
export function addressKey(remote: ArrayBuffer): string {
  const bytes = Buffer.from(remote);
  if (bytes.length === IPV6_BYTES && bytes.subarray(0, MAPPED.length).equals(MAPPED)) {
    return bytes.toString('latin1', MAPPED.length);
  }
  return bytes.toString('latin1', 0, bytes.length === IPV4_BYTES ? IPV4_BYTES : IPV6_NETWORK_BYTES);
}
