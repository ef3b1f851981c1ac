/**
 * Whether a request that changes something comes from the console itself: by Fetch Metadata (W3C), which no page can forge,
 * and by Origin (RFC 6454). A client that is no browser sends neither; it has no cookie that somebody else could use.
 */
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { isLoopbackHost } from '../../config/loopback.ts';
import type { HotelSettings } from '../../config/settings.ts';

export function isFromConsole(request: FastifyRequest, hotel: HotelSettings): boolean {
  const { origin, host = '', 'sec-fetch-site': site } = request.headers;
  // A name that was made to lead here (DNS rebinding) is no name of this machine.
  if (hotel.public_url === undefined && isLoopbackHost(hotel.listen.host) && !isLoopbackHost(nameIn(host))) {
    return false;
  }
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return true;
  return origin === originOf(request, hotel);
}

/** By which a browser that asks knows the desk. */
export function originOf({ headers: { host = '' } }: FastifyRequest, hotel: HotelSettings): string {
  return hotel.public_url ?? `http${hotel.listen.tls ? 's' : ''}://${host}`;
}

/** RP ID of passkeys (WebAuthn Level 3, clause 5.1.3); null: it is no name. */
export function relyingNameIn(origin: string): string | null {
  const name = URL.parse(origin)?.hostname ?? '';
  return name === '' || isIP(name.replace(/^\[|\]$/g, '')) !== 0 ? null : name;
}

const nameIn = (host: string) => host.replace(/:\d+$/, '');

/** Whether browsers reach the desk over TLS, so that a cookie can be bound to it. */
export function isOverTls({ public_url: publicUrl, listen }: HotelSettings): boolean {
  return publicUrl === undefined ? listen.tls !== undefined : publicUrl.startsWith('https:');
}
