/**
 * What a gate may show and a turnstile may need; no number, no name. Names are in snake case, as on the wire, and in the
 * order that every wire gives them, so that nobody sorts them again.
 *
 * Presentations of one family nearly always carry the same claims: how they become facts is worked out once for them.
 */
import type { PublicClaims } from '../../../workers/claims.ts';
import type { CredentialFacts } from '../../../workers/contract.ts';
import type { DecisionAnswer } from '../../verification.ts';
import type { Shown } from './shown.ts';

type Facts = Record<string, string | number | boolean>;
type Source = (facts: CredentialFacts, entitlements: number) => string | number | boolean;
/** A value of `shown`, by its own name. */
const SHOWN = Symbol('shown');

const OF_EVERY_PROOF: Readonly<Record<string, Source>> = {
  issuer: ({ issuer }) => issuer,
  region: ({ region }) => region,
  proof: ({ mode }) => mode,
  valid_until_ms: ({ validUntilMs }) => validUntilMs,
  entitlements: (_, entitlements) => entitlements,
};

interface Layout {
  /** Names of the claims it is for, in their order. */
  readonly claims: readonly string[];
  /** Each is a claim, comes from a source, or is shown. */
  readonly fields: readonly { readonly name: string; readonly from: string | Source | typeof SHOWN }[];
}

type Layouts = Map<string, Layout>;

/**
 * Makes the facts of answers. Claims go before what every proof has, should they have one name, and what the gate shows before
 * both.
 */
export function createAnswerFacts(): (
  family: string,
  facts: CredentialFacts | null,
  claims: PublicClaims,
  entitlements: number,
  shown?: Shown | null,
) => DecisionAnswer['facts'] {
  const plain: Layouts = new Map();
  const ofShown = new WeakMap<Shown, Layouts>();
  return (family, facts, claims, entitlements, shown = null) => {
    const given: Facts = {};
    if (facts === null) return given;
    const layouts = shown === null ? plain : layoutsOf(ofShown, shown);
    let layout = layouts.get(family);
    if (!layout || !isFor(layout, claims)) {
      layout = layoutOf(Object.keys(claims), shown);
      layouts.set(family, layout);
    }
    for (const { name, from } of layout.fields) {
      if (typeof from === 'string') given[name] = claims[from] as Facts[string];
      else given[name] = from === SHOWN ? (shown?.[name] as Facts[string]) : from(facts, entitlements);
    }
    return given;
  };
}

function layoutsOf(ofShown: WeakMap<Shown, Layouts>, shown: Shown): Layouts {
  let layouts = ofShown.get(shown);
  if (layouts === undefined) {
    layouts = new Map();
    ofShown.set(shown, layouts);
  }
  return layouts;
}

function isFor({ claims: names }: Layout, claims: CredentialFacts['claims']): boolean {
  let i = 0;
  for (const name in claims) {
    if (names[i] !== name) return false;
    i += 1;
  }
  return i === names.length;
}

function layoutOf(claims: readonly string[], shown: Shown | null): Layout {
  const fields = new Map<string, string | Source | typeof SHOWN>(Object.entries(OF_EVERY_PROOF));
  for (const claim of claims) fields.set(snakeCase(claim), claim);
  for (const name of Object.keys(shown ?? {})) fields.set(name, SHOWN);
  const names = [...fields.keys()].sort();
  return { claims, fields: names.map((name) => ({ name, from: fields.get(name) ?? '' })) };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
