/**
 * The verifier of OpenID4VP 1.0 at the desk: makes a request, gives it to one wallet once, takes one answer, and has it judged as
 * anything else that is shown at the desk.
 */
import { randomBytes } from 'node:crypto';
import type { Code } from '../../config/codes.ts';
import type { PhoneCode } from '../../config/phone-codes.ts';
import type { HotelSettings } from '../../config/settings.ts';
import type { DeskCore } from '../../gateway/desk/desk-core.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Actor } from '../people/actor.ts';
import type { Judgement, Verifications } from '../verification/verifications.ts';
import { type Bound, readAnswer, type ShownDocument, walletError } from './answer.ts';
import type { PhoneIdentity } from './identity.ts';
import { isOf, type PhoneMode, type PhoneOwner, type PhoneRequest } from './phone-request.ts';
import { type PhoneQuery, queryOf } from './query.ts';
import { drawAnswerKey, type RequestOf, signedForBrowser, signedForPost } from './request-object.ts';
import { RequestTable } from './request-table.ts';

export interface PhoneRequestsOptions {
  readonly hotel: HotelSettings;
  readonly core: Pick<DeskCore, 'challenge' | 'standing'>;
  /** Asked for before each request is made. Rejects with HotelError `unusable`. */
  readonly identity: () => Promise<PhoneIdentity>;
  /** The ordinary pipeline. */
  readonly verifications: Pick<Verifications, 'judge'>;
  readonly now: () => number;
  /** Address that browsers and phones know the desk by. */
  readonly origin: () => string;
  readonly onChange: (request: PhoneRequest) => void;
}

/** What a wallet sent to the answer's address: an encrypted answer, or an error in the clear. */
export interface WalletAnswer {
  readonly response?: string;
  readonly error?: string;
  readonly state?: string;
}

/** A request, and for a browser what its page hands to `navigator.credentials.get`. */
export interface MadeRequest {
  readonly request: PhoneRequest;
  readonly signed: string | null;
}

const ID_BYTES = 32;
const drawn = () => randomBytes(ID_BYTES).toString('base64url');

export class PhoneRequests {
  readonly #options: PhoneRequestsOptions;
  /** Null: no request was made yet. */
  #identity: PhoneIdentity | null = null;
  readonly table: RequestTable;

  constructor(options: PhoneRequestsOptions) {
    const { hotel, now, onChange } = options;
    this.#options = options;
    this.table = new RequestTable({
      ...{ openMax: hotel.limits.phone_requests, keptMs: hotel.limits.phone_request_ms },
      ...{ now, onChange },
    });
  }

  /** Of whom wallets are asked by; there from the first request that was made. */
  get clientId(): string {
    return this.#known().clientId;
  }

  /**
   * Throws ProblemResponse. `scene`: default, the first of the desk that takes phone documents. `pageOrigin`: of the page that
   * asks the browser; default, the desk's.
   */
  async make(
    owner: PhoneOwner,
    {
      mode,
      scene,
      pageOrigin,
    }: { mode: PhoneMode; scene?: string | undefined; pageOrigin?: string | undefined },
  ): Promise<MadeRequest> {
    const { hotel, identity, now } = this.#options;
    const chosen = await this.#queryAt(scene);
    this.#identity = await identity();
    const request: PhoneRequest = {
      ...{ requestId: drawn(), answerId: drawn(), owner, mode, ...chosen },
      expiresAtMs: now() + hotel.limits.phone_request_ms,
      ...{ state: 'made', code: null, verification: null, bound: null },
    };
    if (!this.table.add(request)) throw new ProblemResponse('phone.too_many', { retryAfterMs: 1_000 });
    if (mode === 'qr') return { request, signed: null };
    const origin = pageOrigin ?? this.#options.origin();
    const signed = await this.#hand(request, { origin }, (of) => signedForBrowser(of, origin));
    return { request, signed };
  }

  /** The signed request, once. Throws ProblemResponse. */
  async fetch(requestId: string, walletNonce: string | null): Promise<string> {
    const request = this.table.at(requestId);
    if (request === null || request.mode !== 'qr') throw new ProblemResponse('desk.not_found');
    if (request.state === 'expired') throw new ProblemResponse('phone.expired');
    if (request.state !== 'made') throw new ProblemResponse('phone.fetched');
    const to = {
      clientId: this.clientId,
      responseUri: `${this.#options.origin()}/phone/responses/${request.answerId}`,
      state: drawn(),
    };
    return this.#hand(request, to, (of) => signedForPost(of, { ...to, walletNonce }));
  }

  /** What a wallet posted. Throws ProblemResponse where it is to be told that nothing came of it. */
  async answer(answerId: string, { response, error, state }: WalletAnswer): Promise<void> {
    const request = this.table.ofAnswer(answerId);
    if (request === null || request.mode !== 'qr') throw new ProblemResponse('desk.not_found');
    if (response !== undefined) return this.#take(request, response);
    const bound = this.#claim(request);
    const isOurs = 'state' in bound.to && state === bound.to.state;
    const code =
      error === undefined ? 'phone.malformed' : isOurs ? walletError(error) : 'phone.state_mismatch';
    this.#failed(request, code);
    if (!isWalletError(code)) throw new ProblemResponse(code);
  }

  /** What the browser's API gave. Throws ProblemResponse. */
  async answerOfBrowser(
    requestId: string,
    actor: Pick<Actor, 'kind' | 'id'>,
    response: string,
  ): Promise<void> {
    const request = this.table.at(requestId);
    if (request === null || request.mode !== 'dc_api' || !isOf(request, actor)) {
      throw new ProblemResponse('desk.not_found');
    }
    return this.#take(request, response);
  }

  /** From here on it takes no other answer. */
  #claim(request: PhoneRequest): Bound {
    if (request.state === 'expired') throw new ProblemResponse('phone.expired');
    if (request.state !== 'fetched' || request.bound === null) throw new ProblemResponse('phone.answered');
    this.table.change({ ...request, state: 'answered', bound: null });
    return request.bound;
  }

  async #take(request: PhoneRequest, response: string): Promise<void> {
    const bound = this.#claim(request);
    const shown = await readAnswer(response, request.query, bound);
    if (typeof shown !== 'string') return this.#judge(request, shown);
    this.#failed(request, shown);
    if (!isWalletError(shown)) throw new ProblemResponse(shown);
  }

  async #judge(request: PhoneRequest, shown: ShownDocument): Promise<void> {
    const { owner, scene } = request;
    const { family, credential, context } = shown;
    const presentation = { family, credential, context };
    let judgement: Judgement;
    try {
      const { verifications } = this.#options;
      judgement = await verifications.judge({ actor: owner, desk: owner.desk, scene, presentation });
    } catch {
      this.#failed(request, 'phone.not_judged');
      throw new ProblemResponse('phone.not_judged');
    }
    const { verification } = judgement;
    const { outcome, code } = verification;
    if (outcome === 'none') {
      this.#failed(request, code as Code);
      throw new ProblemResponse('phone.not_judged');
    }
    const fault = outcome === 'deny' ? null : faultOf(shown, judgement);
    if (fault !== null) throw new ProblemResponse(this.#failed(request, fault));
    this.table.change({ ...request, state: 'judged', verification, bound: null });
    if (outcome === 'deny') throw new ProblemResponse('phone.not_accepted');
  }

  #failed<Of extends Code>(request: PhoneRequest, code: Of): Of {
    this.table.fail(request, code);
    return code;
  }

  /** Gives it to whoever is to answer: with a nonce and a key that were never used. */
  async #hand(
    request: PhoneRequest,
    to: Bound['to'],
    sign: (of: RequestOf) => Promise<string>,
  ): Promise<string> {
    const { hotel, core, now } = this.#options;
    // Before anything is waited for: whoever comes second finds it given.
    this.table.change({ ...request, state: 'fetched' });
    const { scene, query, owner, expiresAtMs } = request;
    const issued = await core.challenge({ desk: owner.desk, scene });
    if (issued.kind === 'refusal') {
      throw new ProblemResponse(this.#failed(request, issued.code), issued);
    }
    const answerKey = await drawAnswerKey();
    const bound: Bound = { nonce: issued.challenge, answerKey, to };
    const signed = await sign({
      ...{ identity: this.#known(), dcql: query.dcql, nonce: issued.challenge, answerKey },
      ...{ title: hotel.title ?? hotel.hotel_id, nowMs: now(), untilMs: expiresAtMs },
    });
    this.table.change({ ...request, state: 'fetched', bound });
    return signed;
  }

  #known(): PhoneIdentity {
    if (this.#identity === null) throw new Error('a request was made, so it is known who asks');
    return this.#identity;
  }

  async #queryAt(
    wanted: string | undefined,
  ): Promise<{ readonly scene: string; readonly query: PhoneQuery }> {
    const { hotel, core } = this.#options;
    if (wanted !== undefined && !hotel.scenes.includes(wanted))
      throw new ProblemResponse('tap.scene_not_allowed');
    const { scenes } = await core.standing();
    const { doc_types: docTypes, credential_types: credentialTypes } = hotel.phone;
    for (const { scene, families, disclose } of scenes) {
      if (wanted !== undefined && scene !== wanted) continue;
      const query = queryOf({ families, disclose, docTypes, credentialTypes });
      if (query !== null) return { scene, query };
    }
    throw new ProblemResponse('phone.no_documents');
  }
}

/** That the guest does not agree is an answer as it should be: the wallet is told nothing else. */
function isWalletError(code: PhoneCode): boolean {
  return code === 'phone.declined' || code === 'phone.wallet_failed';
}

/** What is wrong with a document that was proven: it is not what was asked for. */
function faultOf({ asked }: ShownDocument, { facts, claimNames }: Judgement): PhoneCode | null {
  const { document_type: type, documents } = facts;
  if (typeof documents === 'number' && documents > 1) return 'phone.more_than_asked';
  // Decided before, or in a mode in which nothing is proven: then nothing is said of it.
  if (type === undefined) return null;
  if (!asked.types.includes(String(type))) return 'phone.not_asked';
  return asked.least.every((claim) => claimNames.has(claim)) ? null : 'phone.less_than_asked';
}
