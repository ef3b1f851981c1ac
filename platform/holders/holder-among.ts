/** Whose credential it is, in the city or at a neighbour: its platform would be asked. */
import type { City } from '../city.ts';

export function holderAmong(
  city: City,
  issuer: string,
  credentialId: string,
): { readonly city: City; readonly index: number } | null {
  for (const each of [city, ...city.neighbours.map(city.neighbour)]) {
    const holder = each.holder(issuer, credentialId);
    if (holder !== null) return { city: each, index: holder.index };
  }
  return null;
}
