/** The one table of families. Below it nobody compares family names. */
import type { Families } from '../../config/families.ts';
import { cardPki } from './card-pki/family.ts';
import { chipOda } from './chip-oda/family.ts';
import type { Family } from './family.ts';
import { hcert } from './hcert/family.ts';
import { mdoc } from './mdoc/family.ts';
import { sdJwt } from './sd-jwt/family.ts';
import { shc } from './shc/family.ts';
import { sm2Signature } from './sm2-signature/family.ts';
import { token } from './token/family.ts';
import { transitQr } from './transit-qr/family.ts';

/** A family whose input and trust are only ever handed back to it. */
export type AnyFamily = Family<unknown, unknown>;

export const FAMILIES: readonly AnyFamily[] = [
  transitQr,
  chipOda,
  cardPki,
  mdoc,
  sdJwt,
  shc,
  hcert,
  sm2Signature,
  token,
];

/** Those that a gate or a desk may present, by name. */
export const PRESENTABLE_FAMILIES: Families = new Map(
  FAMILIES.filter(({ presentable }) => presentable).map(({ name, cardMode, claims, discloses }) => [
    name,
    { cardMode, claims, discloses },
  ]),
);

/** Names of those that the platform is asked about. */
export const RESOLVED_FAMILIES: ReadonlySet<string> = new Set(
  FAMILIES.filter(({ resolved }) => resolved).map(({ name }) => name),
);

/** Names of those whose showings have shared names in a cluster: they are used up for all of its gateways. */
export const BEARER_FAMILIES: ReadonlySet<string> = new Set(
  FAMILIES.filter(({ bearer }) => bearer).map(({ name }) => name),
);

const byName: ReadonlyMap<string, AnyFamily> = new Map(FAMILIES.map((family) => [family.name, family]));

/** Undefined where there is none of this name. */
export function familyNamed(name: string): AnyFamily | undefined {
  return byName.get(name);
}
