/** What the buttons of the demonstration's page do: a passenger shows a ride code at the desk. */
import type { TryOut } from '../../gateway/transport/admin/messages.ts';
import type { City } from '../../platform/city.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';

export interface TryOutOptions {
  readonly city: City;
  /** Base address of the gateway's HTTP, once it listens. */
  readonly http: () => string;
  /** A session token of the desk. */
  readonly session: () => Promise<string>;
}

/** Long enough to press a button again. */
const VALIDITY_S = 300;

export function tryOutOf({ city, http, session }: TryOutOptions): TryOut {
  const good = Array.from({ length: city.size }, (_, i) => i).filter(
    (card) => city.identity(card).state === 'good',
  );
  let next = 0;
  let shown: Uint8Array | null = null;
  const fresh = (isForged: boolean): Uint8Array => {
    const [card = 0, other = 0] = [good[next % good.length], good[(next + 1) % good.length]];
    next += 1;
    const account = city.card(card).transit;
    const code = { account, nowMs: Date.now(), validity_s: VALIDITY_S };
    return rideCode(
      isForged ? { ...code, tamper: { code: { signer: city.card(other).transit.key } } } : code,
    );
  };
  return async (tried) => {
    const code = tried === 'try_again' && shown !== null ? shown : fresh(tried === 'try_forged');
    shown = code;
    const credential = { hex: Buffer.from(code).toString('hex') };
    const reply = await fetch(`${http()}/v1/verifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await session()}` },
      body: JSON.stringify({ family: 'transit-qr', credential, context: {} }),
    });
    const { outcome, code: why } = (await reply.json()) as { outcome?: string; code?: string };
    return { outcome, code: why };
  };
}
