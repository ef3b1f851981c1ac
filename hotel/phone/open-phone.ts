/** Puts the parts of phone documents together: who the desk is to wallets, the requests, and their routes. */
import type { DeskContext } from '../context.ts';
import { publicOrigin, type Routes } from '../http/server.ts';
import { openIdentity, type PhoneIdentity } from './identity.ts';
import { PhoneRequests } from './phone-requests.ts';
import { phoneRoutes, viewOf } from './routes.ts';
import { walletRoutes } from './wallet-routes.ts';

const SWEEP_MS = 1_000;

/**
 * `folder`: of the desk; keys are kept in it. Rejects with HotelError `unusable` when key or certificate cannot be used. In profile `sm`
 * a desk makes a key of P-256 of its own no sooner than a clerk asks a guest for a document on a phone.
 */
export async function openPhone(context: DeskContext, folder: string): Promise<Routes> {
  const { hotel, crypto, core, streams, verifications, now } = context;
  let opening: Promise<PhoneIdentity> | null = null;
  const identity = () => {
    opening ??= openIdentity(hotel, folder, now()).catch((cause) => {
      opening = null;
      throw cause;
    });
    return opening;
  };
  if (crypto.profile === 'international' || hotel.phone.cert_file !== undefined) await identity();
  const address = { port: hotel.listen.port };
  const origin = () => publicOrigin(hotel, address.port);
  const requests = new PhoneRequests({
    ...{ hotel, core, identity, verifications, now, origin },
    // To whoever asked alone: it may name a person.
    onChange: (request) => {
      const { desk, session } = request.owner;
      streams.push(desk, 'phone', viewOf(request), session);
    },
  });
  return async (app, given) => {
    app.server.once('listening', () => {
      const bound = app.server.address();
      if (typeof bound === 'object' && bound !== null) address.port = bound.port;
    });
    const timer = setInterval(() => requests.table.sweep(), SWEEP_MS);
    app.addHook('onClose', async () => clearInterval(timer));
    await phoneRoutes({ requests, scheme: hotel.phone.scheme, origin })(app, given);
    await walletRoutes(requests)(app, given);
  };
}
