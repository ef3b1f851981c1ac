/**
 * Online codes as the reference platform draws and resolves them: 渝快码 in shape, with an own inside that says the card, the
 * second and a code by which the platform knows it as its own. To a gateway all of it is opaque.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type CardIdentity, ENTITLEMENTS } from './cards/identity.ts';
import type { City } from './city.ts';
import { seeded } from './seed.ts';

export const CODES_PATH = '/v1/codes';
/** How long a code is good. */
export const ONLINE_CODE_MS = 60_000;
/** By how much a code may be ahead of the platform's clock: whoever drew it has another. */
const AHEAD_MS = 300_000;
const CODES_MAX = 256;
/** Codes that were used and are remembered. */
const USED_MAX = 100_000;
const SHAPE = /^YKU([0-9a-z]{7})([0-9a-z]{7})([\w-]{4})([\w-]{16})$/;
const NUMBER_DIGITS = 7;
const BASE = 36;
const SALT_BYTES = 3;
const MAC_BYTES = 12;

const name = Type.String({ minLength: 1, maxLength: 128 });
const Asked = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 1_024 }),
    business_type: Type.Enum(['01', '02', '03', '04']),
    org: name,
    device: name,
    scene: name,
    request_id: Type.String({ pattern: '^[\\w-]{22}$' }),
  },
  { additionalProperties: false },
);
export const CodesQuestion = Compile(
  Type.Object(
    { codes: Type.Array(Asked, { minItems: 1, maxItems: CODES_MAX }) },
    { additionalProperties: false },
  ),
);
export type AskedCode = Static<typeof Asked>;

export type CodeAnswer =
  | {
      readonly answer: 'ok';
      readonly issuer: string;
      readonly region: string;
      readonly subject: string;
      readonly id_type: string;
      readonly valid_until_ms: number;
      /** All that the person belongs to. */
      readonly groups: readonly string[];
    }
  | { readonly answer: 'expired' | 'unknown' | 'used' | 'refused' };

export interface OnlineCodeOptions {
  readonly city: Pick<City, 'seed'>;
  readonly index: number;
  readonly atMs: number;
  /** Another text gives another code for the same card and second. */
  readonly nonce?: string | null;
}

export function onlineCode({ city, index, atMs, nonce }: OnlineCodeOptions): string {
  const second = Math.floor(atMs / 1_000);
  const salt = base64url(seeded(city.seed, `online code salt ${nonce ?? ''}`, index, SALT_BYTES));
  return `YKU${digits(index)}${digits(second)}${salt}${macOf(city.seed, index, second, salt)}`;
}

export class OnlineCodes {
  readonly #city: City;
  /** By code: the question that used it. */
  readonly #used = new Map<string, string>();

  constructor(city: City) {
    this.#city = city;
  }

  /** The first answer wins; the same question asked again gets the answer it got. */
  resolve(asked: AskedCode, nowMs: number): CodeAnswer {
    const { code } = asked;
    const [, index36 = '', second36 = '', salt = '', mac = ''] = SHAPE.exec(code) ?? [];
    const [index, second] = [Number.parseInt(index36, BASE), Number.parseInt(second36, BASE)];
    if (mac === '') return { answer: 'unknown' };
    const city = this.#cities().find(({ seed }) => isSame(mac, macOf(seed, index, second, salt)));
    if (city === undefined || index >= city.size) return { answer: 'unknown' };
    const drawnMs = second * 1_000;
    if (nowMs > drawnMs + ONLINE_CODE_MS) return { answer: 'expired' };
    if (nowMs < drawnMs - AHEAD_MS) return { answer: 'unknown' };
    const identity = city.identity(index);
    if (identity.state !== 'good') return { answer: 'refused' };
    const question = JSON.stringify([asked.org, asked.device, asked.scene, asked.request_id]);
    const before = this.#used.get(code);
    if (before !== undefined && before !== question) return { answer: 'used' };
    this.#remember(code, question);
    return {
      answer: 'ok',
      issuer: 'ykm',
      region: city.region,
      subject: identity.pan,
      id_type: 'card_number',
      valid_until_ms: drawnMs + ONLINE_CODE_MS,
      groups: groupsOf(identity),
    };
  }

  /** A neighbour's codes are resolved here as well: its platform would be asked. */
  #cities(): City[] {
    const { neighbours, neighbour } = this.#city;
    return [this.#city, ...neighbours.map(neighbour)];
  }

  #remember(code: string, question: string): void {
    this.#used.set(code, question);
    for (const oldest of this.#used.keys()) {
      if (this.#used.size <= USED_MAX) return;
      this.#used.delete(oldest);
    }
  }
}

function groupsOf({ entitlements }: CardIdentity): string[] {
  return Object.entries(ENTITLEMENTS).flatMap(([group, bit]) => ((entitlements & bit) === 0 ? [] : [group]));
}

function macOf(seed: string, index: number, second: number, salt: string): string {
  return base64url(seeded(seed, `online code ${second} ${salt}`, index, MAC_BYTES));
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const digits = (value: number) => value.toString(BASE).padStart(NUMBER_DIGITS, '0');
