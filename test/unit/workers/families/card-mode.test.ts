import { expect, test } from 'vitest';
import type { Families } from '../../../../config/families.ts';
import { SHOWN_TRAITS } from '../../../../platform/issue/shown-traits.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';

test('each family that can be presented says how the city card is shown with it, or that it is none', () => {
  expect(
    Object.fromEntries([...PRESENTABLE_FAMILIES].map(([name, { cardMode }]) => [name, cardMode])),
  ).toEqual({
    'transit-qr': 'electronic',
    'chip-oda': 'physical',
    'card-pki': 'physical',
    mdoc: null,
    'sd-jwt': null,
    shc: null,
    hcert: null,
    token: 'electronic',
  });
});

test('the platform takes each family for what the gateway does', () => {
  const sorted = (families: Families) =>
    Object.fromEntries(
      [...families].map(([name, { cardMode, claims, discloses }]) => [
        name,
        { cardMode, claims: [...claims].sort(), discloses: [...discloses].sort() },
      ]),
    );
  expect(sorted(SHOWN_TRAITS)).toEqual(sorted(PRESENTABLE_FAMILIES));
});
