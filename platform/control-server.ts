/**
 * The way to the reference platform for scripts: puts it under faults, ends them, publishes. Apart from what gateways
 * talk to, so that it stays up when that is down.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { isIPv4 } from 'node:net';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseScenes, ScenesError } from '../config/scenes.ts';
import { BUREAU_FAULTS, type BureauFault } from './bureau/bureau.ts';
import { isLifeEvent, lifeChange } from './cards/life.ts';
import { readFault } from './faults.ts';
import { addressOf, closeServer, listen } from './http/data-server.ts';
import { Problem } from './http/problem.ts';
import { jsonReply, problemReply, type Reply, sendReply } from './http/reply.ts';
import { readJson, requireBearer } from './http/request.ts';
import { SHOWN_TRAITS } from './issue/shown-traits.ts';
import type { Platform } from './server.ts';

export interface ControlOptions {
  readonly platform: Platform;
  readonly host: string;
  readonly port: number;
  /** The bearer token that every request must carry; null: none is needed, from this machine only. */
  readonly token: string | null;
}

export interface Control {
  readonly url: string;
  stop(): Promise<void>;
}

const BODY_BYTES_MAX = 8_388_608;
const CHANGES_MAX = 100_000;

const Index = Type.Integer({ minimum: 0, maximum: 20_000_000 });
const closed = { additionalProperties: false } as const;
const PublicationSchema = Type.Object(
  {
    cards: Type.Optional(
      Type.Array(
        Type.Object(
          {
            index: Index,
            state: Type.Optional(
              Type.Union(
                (['good', 'suspended', 'lost', 'replaced', 'cancelled', 'unknown'] as const).map((state) =>
                  Type.Literal(state),
                ),
              ),
            ),
            entitlements: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
          },
          closed,
        ),
        { maxItems: CHANGES_MAX },
      ),
    ),
    replace: Type.Optional(Type.Array(Type.Object({ index: Index }, closed), { maxItems: CHANGES_MAX })),
  },
  closed,
);
const publication = Compile(PublicationSchema);

/** Throws RangeError when anybody on the network could put the platform under faults: no token, and not the loopback. */
export async function startControl({ platform, host, port, token }: ControlOptions): Promise<Control> {
  if (token === null && !isLoopback(host)) {
    throw new RangeError('control without a token is for 127.0.0.1 and [::1] only');
  }
  const server: Server = createServer((request, response) => {
    answer(platform, token, request)
      .catch((error: unknown) =>
        problemReply(error instanceof Problem ? error : new Problem('gateway.internal')),
      )
      .then((made) => sendReply(response, made))
      .catch(() => response.destroy());
  });
  await listen(server, port, host);
  return { url: addressOf(server), stop: () => closeServer(server) };
}

async function answer(platform: Platform, token: string | null, request: IncomingMessage): Promise<Reply> {
  if (token !== null) requireBearer(request, token);
  switch (`${request.method} ${request.url}`) {
    case 'GET /control/fault':
      return jsonReply({ fault: platform.fault });
    case 'PUT /control/fault': {
      const fault = readFault(await readJson(request, BODY_BYTES_MAX));
      if (fault === null) throw new Problem('request.malformed');
      platform.setFault(fault);
      return jsonReply({ fault });
    }
    case 'DELETE /control/fault':
      platform.setFault(null);
      return jsonReply({ fault: null });
    case 'GET /control/bureau':
      return bureauNow(platform);
    case 'PUT /control/bureau/fault': {
      const fault = bureauFault(await readJson(request, BODY_BYTES_MAX));
      platform.bureau.setFault(fault);
      return bureauNow(platform);
    }
    case 'DELETE /control/bureau/fault':
      platform.bureau.setFault(null);
      return bureauNow(platform);
    case 'PUT /control/token-status':
      return setTokenStatus(platform, await readJson(request, BODY_BYTES_MAX));
    case 'PUT /control/city':
      return await publishCity(platform, await readJson(request, BODY_BYTES_MAX));
    case 'DELETE /control/city':
      return jsonReply(await platform.publish({ city: null }));
    case 'POST /control/publish':
      return await publish(platform, await readJson(request, BODY_BYTES_MAX));
    case 'POST /control/snapshot':
      return jsonReply(await platform.snapshot());
    default:
      return await ofCard(platform, `${request.method} ${request.url}`);
  }
}

/** Counts and ids: what guests are called stays with the bureau. */
function bureauNow({ bureau }: Platform): Reply {
  const taken = bureau.taken.map(({ line: { report_id, kind, guest_ref }, receipt }) => ({
    ...{ report_id, kind, guest_ref, receipt, sends: bureau.sends(report_id) },
  }));
  return jsonReply({ fault: bureau.fault, taken });
}

function bureauFault(body: unknown): BureauFault {
  const fault = BUREAU_FAULTS.find((each) => each === (body as { fault?: unknown } | null)?.fault);
  if (fault === undefined) throw new Problem('request.malformed');
  return fault;
}

const OF_CARD = /^(GET|POST) \/control\/cards\/(\d{1,8})(?:\/([a-z-]{1,32}))?$/;

/** What is true of a card, or what happens to it: published at once. The card number is in the answer, never in the address. */
async function ofCard(platform: Platform, line: string): Promise<Reply> {
  const [, method, digits, event] = OF_CARD.exec(line) ?? [];
  const index = Number(digits);
  if (digits === undefined || (method === 'GET') !== (event === undefined))
    throw new Problem('request.not_found');
  const before = found(() => platform.cardOf(index));
  if (event === undefined) return jsonReply({ index, ...before });
  if (!isLifeEvent(event)) throw new Problem('request.not_found');
  const change = lifeChange(event, index, before.state);
  if (change === null) throw new Problem('request.malformed');
  const { revision } = await platform.publish(change);
  return jsonReply({ index, ...platform.cardOf(index), revision });
}

function found<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw error instanceof RangeError ? new Problem('request.not_found') : error;
  }
}

const tokenStatus = Compile(
  Type.Object({ index: Index, value: Type.Integer({ minimum: 0, maximum: 3 }) }, closed),
);

function setTokenStatus(platform: Platform, body: unknown): Reply {
  if (!tokenStatus.Check(body)) throw new Problem('request.malformed');
  try {
    platform.tokenStatus.set(body.index, body.value);
  } catch (error) {
    // An entry that is not there.
    throw error instanceof RangeError ? new Problem('request.malformed') : error;
  }
  return jsonReply(body);
}

/** What no gateway could use is not published. */
async function publishCity(platform: Platform, body: unknown): Promise<Reply> {
  try {
    const { document, revision: city } = parseScenes(body, SHOWN_TRAITS);
    return jsonReply({ ...(await platform.publish({ city: document })), city });
  } catch (error) {
    throw error instanceof ScenesError ? new Problem('request.malformed') : error;
  }
}

async function publish(platform: Platform, body: unknown): Promise<Reply> {
  if (!publication.Check(body)) throw new Problem('request.malformed');
  const { cards = [], replace = [] } = body;
  try {
    return jsonReply(await platform.publish({ cards, replace }));
  } catch (error) {
    // A card that is not there.
    throw error instanceof RangeError ? new Problem('request.malformed') : error;
  }
}

function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
}
