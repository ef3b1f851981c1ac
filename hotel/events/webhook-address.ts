/**
 * Where webhooks may go. Whoever makes one could else have the desk ask addresses that only it reaches: its own network, and
 * those where clouds keep their secrets. Names are judged by what they resolve to, at each connection.
 */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { isLoopbackHost } from '../../config/loopback.ts';
import { HotelError } from '../hotel-error.ts';

const NEVER = new BlockList();
for (const [net, bits, family] of [
  // "This network", link-local (with 169.254.169.254), multicast, reserved and broadcast: RFC 6890.
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'],
  // Addresses of IPv4 in other clothes: NAT64, 6to4.
  ['64:ff9b::', 96, 'ipv6'],
  ['2002::', 16, 'ipv6'],
] as const)
  NEVER.addSubnet(net, bits, family);

const PRIVATE = new BlockList();
for (const [net, bits, family] of [
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
] as const)
  PRIVATE.addSubnet(net, bits, family);

const ADDRESS_CHARACTERS_MAX = 2_048;

/** Null: no webhook may have it. */
export function webhookUrl(text: string, allowsPrivate: boolean): URL | null {
  if (text.length > ADDRESS_CHARACTERS_MAX || !URL.canParse(text)) return null;
  const url = new URL(text);
  const { protocol, hostname, username, password, hash } = url;
  if (username !== '' || password !== '' || hash !== '') return null;
  if (isLoopbackHost(hostname)) return protocol === 'https:' || protocol === 'http:' ? url : null;
  if (protocol !== 'https:') return null;
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 0 || isAllowedAddress(address, allowsPrivate) ? url : null;
}

/** An address that a name resolved to; this machine is reached by its own names alone. */
export function isAllowedAddress(address: string, allowsPrivate: boolean): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const version = isIP(mapped);
  if (version === 0 || isLoopbackHost(mapped)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  // A mapped address in hexadecimal is of IPv4 as well, and nobody needs one.
  if (family === 'ipv6' && /^::ffff:/i.test(mapped)) return false;
  return !NEVER.check(mapped, family) && (allowsPrivate || !PRIVATE.check(mapped, family));
}

/** For connections: resolves a name, and fails where one of its addresses is not allowed. */
export function guardedLookup(allowsPrivate: boolean): LookupFunction {
  return (hostname, options, done) => {
    systemLookup(hostname, { ...options, all: true }, (cause, addresses) => {
      const failed = (error: NodeJS.ErrnoException) => done(error, '', 0);
      if (cause) return failed(cause);
      const isOwn = isLoopbackHost(hostname);
      const [first] = addresses;
      const isFit = addresses.every(({ address }) =>
        isOwn ? isLoopbackHost(address) : isAllowedAddress(address, allowsPrivate),
      );
      if (first === undefined || !isFit)
        return failed(new HotelError('handover_failed', 'the name leads to an address that is not allowed'));
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
