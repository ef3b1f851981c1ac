/** What a chip card says of its holder: believed inside the records that its issuer signed, and nowhere else. */
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { sm2CardKey } from '../../../../platform/cards/card.ts';
import { cardPerson } from '../../../../platform/cards/person.ts';
import { type City, createCity } from '../../../../platform/city.ts';
import { recordsOf } from '../../../../platform/issue/chip-card.ts';
import { type ChipPresentation, presentationAsHex } from '../../../../platform/issue/chip-presentation.ts';
import { personaliseSm2 } from '../../../../platform/issue/chip-sm2.ts';
import { tlv } from '../../../../platform/issue/tlv.ts';
import { createVerifier } from '../../../../verify/index.ts';

const at = '2026-11-20T08:00:00Z';
const options = { seed: 'chip holders', cards: 40, now: Date.parse(at), rsaCardKeys: 1 } as const;
const terminal = { '9F37': Uint8Array.of(1, 2, 3, 4) };

function said(city: City, presentation: ChipPresentation): unknown {
  const shown = presentationAsHex(presentation);
  const [proof] = createVerifier(city.trustDocument()).verify([
    { id: 'one', at, family: 'chip-oda', ...shown },
  ]);
  expect(proof?.code).toBe('proof.ok');
  return proof?.facts?.disclosed;
}
const tap = (city: City, index: number) => city.card(index).chip.tap({ mode: 'dda', terminal });

describe.each(['sm2', 'rsa'] as const)('%s', (chips) => {
  test('a card whose issuer signed it says who its holder is', () => {
    const city = createCity({ ...options, chips, holderOnChips: 1 });
    const persons = Array.from({ length: city.size }, (_, index) => cardPerson(city.seed, index));
    const [citizen, foreigner] = (['id_card', 'passport'] as const).map((kind) =>
      persons.findIndex(({ documentKind }) => documentKind === kind),
    );
    expect(said(city, tap(city, citizen ?? -1))).toEqual({
      full_name: persons[citizen ?? -1]?.nativeName,
      national_id: persons[citizen ?? -1]?.documentNumber,
    });
    const { givenName, familyName, documentNumber } = persons[foreigner ?? -1] ?? cardPerson('', 0);
    expect(said(city, tap(city, foreigner ?? -1))).toEqual({
      full_name: `${givenName} ${familyName}`,
      document_number: documentNumber,
    });
  });

  test('what a reader puts beside the records is not believed', () => {
    const city = createCity({ ...options, chips });
    const { credential, context } = tap(city, 0);
    const beside = {
      '5F20': gbk('王敏'),
      '9F61': ascii('50010319900101001X'),
      '9F62': Uint8Array.of(0),
    };
    const tags = { ...credential.tags, ...beside };
    expect(said(city, { credential: { ...credential, tags }, context })).toBeUndefined();
  });
});

const city = createCity(options);
/** A card of the city whose issuer signed these objects after its own. */
function withRecords(...objects: readonly (readonly [tag: string, value: Uint8Array])[]) {
  const { profile, identity } = city.card(0);
  const records = Buffer.concat([recordsOf(profile), ...objects.map(([tag, value]) => tlv(tag, value))]);
  return personaliseSm2({
    ...{ issuer: city.sm2, profile, key: sm2CardKey(city.seed, 0), serial: identity.serial, records },
  }).tap({ mode: 'dda', terminal });
}
const gbk = (text: string) => iconv.encode(text, 'gbk');
const ascii = (text: string) => Buffer.from(text, 'ascii');

test.each([
  ['a name in two bytes a character', [['5F20', gbk('欧阳娜娜')]], { full_name: '欧阳娜娜' }],
  [
    'a name as ISO/IEC 7813 has it, padded',
    [['5F20', ascii('WANG/MIN          ')]],
    { full_name: 'WANG/MIN' },
  ],
  [
    'the longer of two names',
    [
      ['5F20', ascii('ABDULLA/M')],
      ['9F0B', ascii('ABDULLA/MUHAMMAD ALI REZA MIRZA')],
    ],
    { full_name: 'ABDULLA/MUHAMMAD ALI REZA MIRZA' },
  ],
  ['a number of no known kind', [['9F61', ascii('E12345678')]], { document_number: 'E12345678' }],
  ['a name that is no text', [['5F20', Uint8Array.of(0xff, 0x80, 0x81)]], undefined],
  ['a name with a line break', [['5F20', ascii('WANG\nMIN')]], undefined],
  ['a name that is blank', [['5F20', ascii('    ')]], undefined],
] as const)('%s', (_, objects, expected) => {
  expect(said(city, withRecords(...objects))).toEqual(expected);
});
