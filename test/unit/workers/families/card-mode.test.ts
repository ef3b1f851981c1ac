import { expect, test } from 'vitest';
import { SHOWN_CARD_MODES } from '../../../../platform/issue/presentations.ts';
import { PRESENTABLE_FAMILIES } from '../../../../workers/families/table.ts';

test('each family that can be presented says how the city card is shown with it, or that it is none', () => {
  expect(Object.fromEntries(PRESENTABLE_FAMILIES)).toEqual({
    'transit-qr': 'electronic',
    'chip-oda': 'physical',
    'card-pki': 'physical',
    mdoc: null,
    'sd-jwt': null,
    shc: null,
    hcert: null,
    token: 'electronic',
  });
  expect(Object.fromEntries(SHOWN_CARD_MODES)).toEqual(Object.fromEntries(PRESENTABLE_FAMILIES));
});
