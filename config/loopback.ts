/** Which hosts are this machine: what is sent to them leaves it on no wire. */
import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
// RFC 1122 clause 3.2.1.3 (g), RFC 4291 clause 2.5.3.
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** `host`: a name, or an address, of IPv6 with or without brackets. Of names `localhost` alone (RFC 6761 clause 6.3). */
export function isLoopbackHost(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  if (version === 0) return address === 'localhost';
  return LOOPBACK.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
