/**
 * Judges presentations for clerks, and remembers what was judged, for a while and within bounds, until a check-in uses it. Who
 * made a verification uses it, once. Nothing of it is on disk.
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import { digestOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type {
  DeskCore,
  DeskDecision,
  DeskPresentation,
  DeskRefusal,
  PinAnswer,
  Standing,
} from '../../gateway/desk/desk-core.ts';
import type { Outcome } from '../../gateway/verification.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { Matcher } from '../matching/match.ts';
import type { Actor } from '../people/actor.ts';
import { levelsOf } from './evidence-levels.ts';
import { type Judged, judged, type Shown } from './judged.ts';
import { maskedClaims } from './masked.ts';
import { nextStep, OUTCOME_WORDS, type Words } from './next-steps.ts';
import { type Declared, evidenceView, levelsView, type Verification } from './verification.ts';

/** Checks a holder's PIN of a card that was shown, within the bounds of attempts. */
export interface HolderPins {
  check(wish: {
    /** Of DeskShown. */
    readonly ref: string;
    /** Pseudonym, hex. */
    readonly credential: string;
    readonly desk: string;
    readonly pin: string;
  }): Promise<PinAnswer>;
}

export interface JudgeWish {
  readonly actor: Pick<Actor, 'kind' | 'id'>;
  /** One of `hotel.desks`. */
  readonly desk: string;
  /** One of `hotel.scenes`. */
  readonly scene: string;
  readonly presentation: DeskPresentation;
  readonly declared?: Declared | null;
  readonly pin?: string | null;
}

/** For parts of the desk that bring presentations: what was judged, and what of it is no matter of the clerk. */
export interface Judgement {
  readonly verification: Verification;
  readonly facts: DeskDecision['facts'];
  /** Names of the personal claims that were disclosed. */
  readonly claimNames: ReadonlySet<string>;
}

/** A verification that can be used for a check-in. */
export interface KeptVerification {
  readonly verificationId: string;
  readonly owner: string;
  readonly desk: string;
  readonly shown: Shown;
  readonly judged: Judged;
  readonly expiresAtMs: number;
}

export interface VerificationsOptions {
  readonly core: Pick<DeskCore, 'verify' | 'standing'>;
  readonly matcher: Matcher;
  readonly pins: HolderPins;
  readonly profile: CryptoProfile;
  readonly rules: HotelRules;
  readonly now: () => number;
  /** YYYY-MM-DD at the hotel. */
  readonly today: () => string;
  readonly keptMax: number;
  readonly lifetimeMs: number;
  readonly inFlightMax: number;
}

/** Within this the same code at one desk is one showing: a camera and a scanner read it many times. */
const ONE_SHOWING_MS = 1_000;
/** Words of scenes change with the mode. */
const STANDING_KEPT_MS = 1_000;
const ID_BYTES = 16;

interface Entry {
  kept: KeptVerification;
  use: 'free' | 'reserved';
}

export class Verifications {
  readonly #options: VerificationsOptions;
  readonly #entries: LRUCache<string, Entry>;
  readonly #showings = new Map<string, Promise<Judgement>>();
  #standing: { readonly atMs: number; readonly said: Promise<Standing> } | null = null;
  #inFlight = 0;

  constructor(options: VerificationsOptions) {
    this.#options = options;
    this.#entries = new LRUCache({ max: options.keptMax });
  }

  /** Rejects with HotelError when the gateway is silent, with ProblemResponse where too many are being judged. */
  judge(wish: JudgeWish): Promise<Judgement> {
    const key = showingKey(wish, this.#options.profile);
    const shown = this.#showings.get(key);
    if (shown !== undefined) return shown;
    if (this.#inFlight >= this.#options.inFlightMax) {
      return Promise.reject(new ProblemResponse('desk.too_many', { retryAfterMs: ONE_SHOWING_MS }));
    }
    this.#inFlight += 1;
    const judging = this.#judge(wish);
    this.#showings.set(key, judging);
    const ended = (forgetAfterMs: number) => {
      this.#inFlight -= 1;
      setTimeout(() => this.#showings.delete(key), forgetAfterMs).unref();
    };
    judging.then(
      () => ended(ONE_SHOWING_MS),
      () => ended(0),
    );
    return judging;
  }

  /** Judges a verification again with what was given since: name and number, or a PIN. Rejects as `judge`. */
  async add(
    verificationId: string,
    actor: Pick<Actor, 'kind' | 'id'>,
    { declared, pin }: { readonly declared: Declared | null; readonly pin: string | null },
  ): Promise<Verification> {
    const { kept } = this.#entry(verificationId, actor);
    const more = await this.#shown(kept.shown.decision, {
      desk: kept.desk,
      declared: declared ?? kept.shown.declared,
      pin,
    });
    // A PIN that was right stays right, where none is given now.
    const shown = pin === null ? { ...more, pin: kept.shown.pin } : more;
    const next = { ...kept, shown, judged: judged(this.#options.rules, shown, this.#options.today()) };
    const entry = this.#entry(verificationId, actor);
    entry.kept = next;
    return this.#view(next);
  }

  /**
   * Takes it for a check-in, so that no other takes it: `used` when that is on disk, `released` when it came to nothing. Throws
   * ProblemResponse `desk.verification_unknown`.
   */
  reserve(
    verificationId: string,
    actor: Pick<Actor, 'kind' | 'id'>,
  ): { readonly kept: KeptVerification; used(): void; released(): void } {
    const entry = this.#entry(verificationId, actor);
    entry.use = 'reserved';
    return {
      kept: entry.kept,
      used: () => void this.#entries.delete(verificationId),
      released: () => {
        entry.use = 'free';
      },
    };
  }

  /** Whose credential a verification is of, for a search. Throws as `reserve`. */
  credentialOf(verificationId: string, actor: Pick<Actor, 'kind' | 'id'>): string | null {
    return this.#entry(verificationId, actor).kept.shown.decision.shown?.credential ?? null;
  }

  #entry(verificationId: string, actor: Pick<Actor, 'kind' | 'id'>): Entry {
    const entry = this.#entries.get(verificationId);
    const isUsable =
      entry !== undefined &&
      entry.use === 'free' &&
      entry.kept.owner === ownerOf(actor) &&
      entry.kept.expiresAtMs > this.#options.now();
    if (!isUsable) throw new ProblemResponse('desk.verification_unknown');
    return entry;
  }

  async #judge({
    actor,
    desk,
    scene,
    presentation,
    declared = null,
    pin = null,
  }: JudgeWish): Promise<Judgement> {
    const { core, rules, today, lifetimeMs } = this.#options;
    const decision = await core.verify({ desk, scene, presentation });
    if (decision.kind === 'refusal') return this.#notJudged(decision, scene, presentation.family);
    const shown = await this.#shown(decision, { desk, declared, pin });
    const kept: KeptVerification = {
      verificationId: randomBytes(ID_BYTES).toString('hex'),
      ...{ owner: ownerOf(actor), desk, shown, judged: judged(rules, shown, today()) },
      expiresAtMs: decision.atMs + lifetimeMs,
    };
    this.#entries.set(kept.verificationId, { kept, use: 'free' });
    return {
      verification: await this.#view(kept),
      facts: decision.facts,
      claimNames: new Set(Object.keys(decision.disclosed ?? {})),
    };
  }

  async #shown(
    decision: DeskDecision,
    {
      desk,
      declared,
      pin,
    }: { readonly desk: string; readonly declared: Declared | null; readonly pin: string | null },
  ): Promise<Shown> {
    const { matcher, pins } = this.#options;
    const { disclosed, shown, outcome } = decision;
    const isAsked = outcome !== 'deny';
    const [match, said] = await Promise.all([
      isAsked && declared !== null ? matcher.match(declared, disclosed, shown?.ref ?? null) : null,
      isAsked && pin !== null && shown !== null
        ? pins.check({ ref: shown.ref, credential: shown.credential, desk, pin })
        : null,
    ]);
    return { decision, declared, match, pin: said };
  }

  async #view({
    verificationId,
    shown,
    judged: result,
    expiresAtMs,
  }: KeptVerification): Promise<Verification> {
    const { decision, match, pin } = shown;
    const { outcome, code, evidence, needs, hasPortrait, claims } = result;
    const portrait = decision.disclosed?.['portrait'];
    const isDenied = outcome === 'deny';
    return {
      verification_id: verificationId,
      ...{
        outcome,
        code,
        mode: decision.mode,
        at_ms: decision.atMs,
        scene: decision.scene,
        family: decision.family,
      },
      evidence: isDenied ? null : evidenceView(evidence),
      levels: isDenied ? null : levelsView(levelsOf(evidence, hasPortrait)),
      claims: isDenied ? null : maskedClaims(claims),
      ...(portrait !== undefined && { portrait }),
      needs: [...needs],
      match:
        match === null
          ? null
          : {
              ...{ name: match.name, document_number: match.documentNumber, source: match.source },
              age_ms: Math.max(0, Math.floor(match.ageMs)),
            },
      pin: pin === null ? null : { said: pin.said, retry_after_ms: Math.ceil(pin.retryAfterMs) },
      words: await this.#words(decision.scene, outcome),
      next_step: nextStep(code, needs.length > 0),
      retry_after_ms: 0,
      expires_at_ms: expiresAtMs,
    };
  }

  #notJudged({ code, retryAfterMs }: DeskRefusal, scene: string, family: string): Judgement {
    const verification: Verification = {
      ...{
        verification_id: null,
        outcome: 'none',
        code,
        mode: null,
        at_ms: this.#options.now(),
        scene,
        family,
      },
      ...{ evidence: null, levels: null, claims: null, needs: [], match: null, pin: null },
      ...{ words: OUTCOME_WORDS.none, next_step: nextStep(code), expires_at_ms: null },
      retry_after_ms: Math.ceil(retryAfterMs),
    };
    return { verification, facts: {}, claimNames: new Set() };
  }

  /** The scene's own, where its policy has some for this outcome. */
  async #words(scene: string, outcome: Outcome): Promise<Words> {
    const nowMs = this.#options.now();
    if (this.#standing === null || Math.abs(nowMs - this.#standing.atMs) > STANDING_KEPT_MS) {
      this.#standing = { atMs: nowMs, said: this.#options.core.standing() };
    }
    const { scenes } = await this.#standing.said;
    const own = scenes.find((each) => each.scene === scene);
    return own?.now === outcome && own.words !== null ? own.words : OUTCOME_WORDS[outcome];
  }
}

const ownerOf = ({ kind, id }: Pick<Actor, 'kind' | 'id'>): string => `${kind}:${id}`;

/** What is the same showing, without keeping what was shown. */
function showingKey(
  { actor, desk, scene, presentation, declared = null, pin = null }: JudgeWish,
  profile: CryptoProfile,
): string {
  const { family, credential, context } = presentation;
  const all = [ownerOf(actor), desk, scene, family, credential, context, declared, pin];
  return digestOf(algorithmFor('request-digest', profile), Buffer.from(JSON.stringify(all))).toString(
    'base64',
  );
}

export type VerificationUse = ReturnType<Verifications['reserve']>;
