/** What the platform answers, by path (docs/platform.md). */

import type { IncomingMessage } from 'node:http';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { CardLedger } from '../cards/ledger.ts';
import { type AskedMatch, MATCHES_PATH, type MatchAnswer, MatchesQuestion } from '../holders/matches.ts';
import { type AskedPin, PINS_PATH, type PinAnswer, PinsQuestion } from '../holders/pins.ts';
import type { Checkpoints } from '../journal/checkpoints.ts';
import { heldOf } from '../journal/held.ts';
import { JournalFullError, type JournalIntake } from '../journal/intake.ts';
import { isJsonUpload } from '../journal/upload.ts';
import { CODES_PATH, CodesQuestion, type OnlineCodes } from '../online-codes.ts';
import type { RejudgementIntake } from '../rejudgement-intake.ts';
import type { Replays } from '../replays/replays.ts';
import { ownReplaysJson, REPLAYS_PATH, replaysJson } from '../replays/replays-json.ts';
import { takeUpload, type UploadKind } from '../take-upload.ts';
import { TOKEN_STATUS_PATH, type TokenStatusIssuer } from '../token-status.ts';
import { Problem } from './problem.ts';
import { jsonReply, problemReply, type Reply, reply } from './reply.ts';
import { jsonIn, mediaType, readBody } from './request.ts';
import type { Sealer } from './sealer.ts';
import { openQuestion, openQuestions, type QuestionKeys } from './status-questions.ts';
import type { Views } from './views.ts';
import type { Waiting } from './waiting.ts';

export interface Service {
  readonly now: () => number;
  readonly ledger: CardLedger;
  readonly views: Views;
  readonly waiting: Waiting;
  readonly intake: JournalIntake;
  readonly replays: Replays;
  readonly rejudgements: RejudgementIntake;
  readonly checkpoints: Checkpoints;
  readonly tokenStatus: TokenStatusIssuer;
  readonly sealer: Sealer;
  readonly onlineCodes: OnlineCodes;
  readonly matches: (asked: AskedMatch) => MatchAnswer;
  readonly pins: (asked: AskedPin) => Promise<PinAnswer>;
  /** What questions are encrypted to. */
  readonly statusDecryption: QuestionKeys;
  /** Before metadata is given out: what would else grow old is made anew. */
  readonly renew: () => Promise<void>;
}

/** What a gateway looks up. `rest`: what of the path comes after the route's. */
type Getter = (
  service: Service,
  request: IncomingMessage,
  rest: string,
  query: URLSearchParams,
) => Promise<Reply>;

/** What a gateway sends, with its body; the answer is sealed. */
type Taker = (service: Service, request: IncomingMessage, body: Buffer) => Promise<Reply>;

type Route =
  | {
      readonly method: 'GET';
      readonly handler: Getter;
      /** Whether it takes a query. */
      readonly query?: true;
    }
  | { readonly method: 'POST'; readonly handler: Taker; readonly bytesMax: number; readonly query?: never };

const GATEWAY = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const UPLOAD_BYTES_MAX = 8_388_608;
const EPOCH_BYTES_MAX = 4_096;
const STATUS_BYTES_MAX = 262_144;
const PINS_BYTES_MAX = 16_384;
const CHECKPOINT_BYTES_MAX = 16_384;
const WAIT_MS_MAX = 30_000;

/** By path; one that ends with a slash takes what comes after it. */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/tuf/metadata/', { method: 'GET', handler: sendMetadata }],
  ['/v1/tuf/targets/', { method: 'GET', handler: sendTarget }],
  ['/v1/lists/cards/deltas', { method: 'GET', handler: sendDeltas, query: true }],
  [TOKEN_STATUS_PATH, { method: 'GET', handler: sendTokenStatus, query: true }],
  ['/v1/status', { method: 'POST', handler: answerStatus, bytesMax: STATUS_BYTES_MAX }],
  [CODES_PATH, { method: 'POST', handler: answerCodes, bytesMax: STATUS_BYTES_MAX }],
  [MATCHES_PATH, { method: 'POST', handler: answerMatches, bytesMax: STATUS_BYTES_MAX }],
  [PINS_PATH, { method: 'POST', handler: answerPins, bytesMax: PINS_BYTES_MAX }],
  ['/v1/health', { method: 'GET', handler: async ({ now }) => jsonReply({ ok: true, now_ms: now() }) }],
  ['/v1/rejudgements', { method: 'POST', handler: taker('rejudgements'), bytesMax: UPLOAD_BYTES_MAX }],
  ['/v1/rejudgements/unjudged', { method: 'POST', handler: taker('unjudged'), bytesMax: UPLOAD_BYTES_MAX }],
  ['/v1/journal', { method: 'POST', handler: takeJournal, bytesMax: UPLOAD_BYTES_MAX }],
  ['/v1/journal/epochs', { method: 'POST', handler: taker('epochs'), bytesMax: EPOCH_BYTES_MAX }],
  ['/v1/journal/held', { method: 'GET', handler: sendHeld, query: true }],
  [
    '/v1/journal/checkpoints',
    { method: 'POST', handler: taker('checkpoints'), bytesMax: CHECKPOINT_BYTES_MAX },
  ],
  ['/v1/journal/checkpoints/', { method: 'GET', handler: sendCheckpoints }],
  [REPLAYS_PATH, { method: 'GET', handler: sendReplays, query: true }],
  [`${REPLAYS_PATH}/`, { method: 'GET', handler: sendOwnReplays }],
  ['/v1/journal/summary', { method: 'GET', handler: async ({ intake }) => jsonReply(intake.summary()) }],
]);

/** Throws Problem for what does not exist or cannot be read. */
export async function answer(service: Service, request: IncomingMessage): Promise<Reply> {
  const [path = '', search] = (request.url ?? '').split('?', 2);
  const prefix = [...ROUTES.keys()].find((key) => key.endsWith('/') && path.startsWith(key)) ?? path;
  const route = ROUTES.get(prefix);
  if (!route || (search !== undefined && !route.query)) throw new Problem('request.not_found');
  if (request.method !== route.method)
    throw new Problem('request.method_not_allowed', { allow: route.method });
  if (route.method === 'POST') return await taken(service, request, path, route);
  return await route.handler(service, request, path.slice(prefix.length), new URLSearchParams(search));
}

/** Everything that is answered to a body that was read is sealed, refusals too. */
async function taken(
  service: Service,
  request: IncomingMessage,
  path: string,
  { handler, bytesMax }: Extract<Route, { readonly method: 'POST' }>,
): Promise<Reply> {
  const body = await readBody(request, bytesMax);
  return service.sealer.seal({ path, body }, await outcome(() => handler(service, request, body)));
}

async function outcome(handle: () => Promise<Reply>): Promise<Reply> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof Problem) return problemReply(error);
    throw error;
  }
}

async function sendMetadata({ views, renew }: Service, _request: IncomingMessage, file: string) {
  if (file === 'timestamp.json') await renew();
  const bytes = views.repository.metadata(file);
  if (bytes === null) throw new Problem('request.not_found');
  return reply(bytes, 'application/json', 'no-cache');
}

async function sendTarget({ views }: Service, _request: IncomingMessage, path: string): Promise<Reply> {
  const content = views.repository.target(path);
  if (content === null) throw new Problem('request.not_found');
  const headers = {
    'content-type': 'application/octet-stream',
    'cache-control': 'max-age=31536000, immutable',
  };
  return { status: 200, headers, content };
}

async function sendDeltas(
  { views, waiting }: Service,
  request: IncomingMessage,
  _: string,
  query: URLSearchParams,
) {
  const generation = query.get('generation') ?? '';
  const after = wholeNumber(query.get('after'), Number.MAX_SAFE_INTEGER);
  const waitMs = wholeNumber(query.get('wait_ms') ?? '0', WAIT_MS_MAX);
  if (!/^[0-9a-f]{32}$/.test(generation) || after === null || waitMs === null) {
    throw new Problem('request.malformed');
  }
  // The other chain, where it is signed; whoever knows nothing of profiles asks for none.
  const profile = profileAsked(query);
  const { turn } = waiting;
  let found = await views.deltas(generation, after, profile);
  if (found?.deltas.length === 0 && waitMs > 0) {
    await waiting.since(turn, waitMs, request);
    found = await views.deltas(generation, after, profile);
  }
  if (found === null) throw new Problem('platform.deltas_gone');
  return jsonReply(found);
}

/** Whose signatures are asked for (`alg`). */
function profileAsked(query: URLSearchParams): CryptoProfile {
  return query.get('alg') === 'SGD_SM3_SM2' ? 'sm' : 'international';
}

async function sendTokenStatus(
  { tokenStatus }: Service,
  _request: IncomingMessage,
  name: string,
  query: URLSearchParams,
) {
  const token = await tokenStatus.token(name, profileAsked(query));
  if (token === null) throw new Problem('request.not_found');
  return reply(Buffer.from(token), 'application/statuslist+jwt', 'no-cache');
}

async function answerStatus(service: Service, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const { ledger, now, statusDecryption } = service;
  const queries = openQuestions(jsonIn(request, body), statusDecryption);
  return jsonReply({ answers: queries.map(([issuer, id]) => statusOf(ledger, issuer, id, now())) });
}

async function answerCodes(service: Service, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const { onlineCodes, now, statusDecryption } = service;
  const asked = openQuestion(jsonIn(request, body), statusDecryption);
  if (!CodesQuestion.Check(asked)) throw new Problem('request.malformed');
  return jsonReply({ answers: asked.codes.map((code) => onlineCodes.resolve(code, now())) });
}

async function answerMatches(service: Service, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const { matches, statusDecryption } = service;
  const asked = openQuestion(jsonIn(request, body), statusDecryption);
  if (!MatchesQuestion.Check(asked)) throw new Problem('request.malformed');
  return jsonReply({ answers: asked.matches.map(matches) });
}

async function answerPins(service: Service, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const { pins, statusDecryption } = service;
  const asked = openQuestion(jsonIn(request, body), statusDecryption);
  if (!PinsQuestion.Check(asked)) throw new Problem('request.malformed');
  return jsonReply({ answers: await Promise.all(asked.pins.map(pins)) });
}

function statusOf(ledger: CardLedger, issuer: string, credentialId: string, as_of_ms: number) {
  const found = ledger.statusOf(issuer, credentialId);
  if (found === null) return { answer: 'not_covered' };
  const { state, entitlements } = found;
  return state === 'unknown'
    ? { answer: 'unknown', as_of_ms }
    : { answer: 'known', state, entitlements, as_of_ms };
}

/** Takes JSON of one kind. */
function taker(kind: UploadKind): Taker {
  return async (service, request, body) => {
    if (mediaType(request) !== 'application/json') throw new Problem('request.unsupported_media_type');
    return jsonReply(await takeUpload(service, { kind, body, isOf: () => true }));
  };
}

async function sendCheckpoints({ checkpoints }: Service, _request: IncomingMessage, gateway: string) {
  if (!GATEWAY.test(gateway)) throw new Problem('request.not_found');
  return jsonReply({ gateway, ...checkpoints.of(gateway) });
}

async function takeJournal(service: Service, request: IncomingMessage, body: Buffer): Promise<Reply> {
  if (mediaType(request) === 'application/msgpack')
    return jsonReply(await takeUpload(service, { kind: 'records', body, isOf: () => true }));
  const upload = jsonIn(request, body);
  if (!isJsonUpload(upload)) throw new Problem('request.malformed');
  try {
    return jsonReply(await service.intake.accept(upload));
  } catch (error) {
    throw error instanceof JournalFullError ? new Problem('platform.journal_full') : error;
  }
}

async function sendHeld({ intake }: Service, _request: IncomingMessage, _: string, query: URLSearchParams) {
  const held = heldOf((gateway) => intake.journalsOf(gateway), query);
  if (held === null) throw new Problem('request.malformed');
  return jsonReply(held);
}

async function sendReplays(
  { replays }: Service,
  _request: IncomingMessage,
  _: string,
  query: URLSearchParams,
) {
  const found = replaysJson(replays, query);
  if (found === null) throw new Problem('request.malformed');
  return jsonReply(found);
}

async function sendOwnReplays({ replays }: Service, _request: IncomingMessage, gateway: string) {
  if (!GATEWAY.test(gateway)) throw new Problem('request.not_found');
  return jsonReply(ownReplaysJson(replays, gateway));
}

function wholeNumber(text: string | null, max: number): number | null {
  const value = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : null;
}
