/**
 * Whether a request that changes something comes from the console itself: by Fetch Metadata (W3C), which no page can forge,
 * and by Origin (RFC 6454). A client that is no browser sends neither; it has no cookie that somebody else could use.
 */
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
  return origin === (hotel.public_url ?? `http${hotel.listen.tls ? 's' : ''}://${host}`);
}

const nameIn = (host: string) => host.replace(/:\d+$/, '');

/** Whether browsers reach the desk over TLS, so that a cookie can be bound to it. */
export function isOverTls({ public_url: publicUrl, listen }: HotelSettings): boolean {
  return publicUrl === undefined ? listen.tls !== undefined : publicUrl.startsWith('https:');
}
