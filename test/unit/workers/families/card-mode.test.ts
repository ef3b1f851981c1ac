import { expect, test } from 'vitest';
import { CARD_MODE_OF, PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';

test('each family that can be presented says how the city card is shown with it, or that it is none', () => {
  expect(Object.fromEntries(CARD_MODE_OF)).toEqual({
    'transit-qr': 'electronic',
    'chip-oda': 'physical',
    'card-pki': 'physical',
    mdoc: null,
    'sd-jwt': null,
    shc: null,
    hcert: null,
    token: 'electronic',
  });
  expect([...CARD_MODE_OF.keys()]).toEqual(PRESENTABLE_FAMILIES);
});
