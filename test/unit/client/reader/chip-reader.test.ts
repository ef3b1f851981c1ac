/** The driver reads chips of the test city, and what it hands over is proven; hostile cards get a clear code. */
import { describe, expect, test } from 'vitest';
import type { CardPort } from '../../../../client/reader/card/apdu.ts';
import { CardError } from '../../../../client/reader/card/card-error.ts';
import { type ChipPresentation, ChipReader } from '../../../../client/reader/card/chip-reader.ts';
import { createCity } from '../../../../platform/city.ts';
import { tlv } from '../../../../platform/issue/tlv.ts';
import {
  ChipApplication,
  type ChipApplicationOptions,
} from '../../../../platform/virtual-card/chip-application.ts';
import { createVerifier } from '../../../../verify/index.ts';

const NOW_MS = Date.UTC(2026, 5, 1);
const NUMBER = Uint8Array.of(0x63, 0xaf, 0xc6, 0x00);
const cities = { sm2: city('sm2'), rsa: city('rsa') };

function city(chips: 'sm2' | 'rsa') {
  return createCity({ seed: 'chip reader', cards: 4, chips, rsaCardKeys: 1, now: NOW_MS });
}

const portOf = (card: { answer(command: Uint8Array): Uint8Array }): CardPort => ({
  transmit: async (command) => card.answer(command),
});
const read = (port: CardPort) => new ChipReader(port).read({ unpredictableNumber: NUMBER, nowMs: NOW_MS });
const cityCard = (alg: 'sm2' | 'rsa', options: Omit<ChipApplicationOptions, 'chip'> = {}) =>
  portOf(new ChipApplication({ chip: cities[alg].card(1).chip, ...options }));

function proofOf(alg: 'sm2' | 'rsa', { family, credential, context }: ChipPresentation) {
  const [proof] = createVerifier(cities[alg].trustDocument()).verify([
    { id: '1', family, at: new Date(NOW_MS).toISOString(), credential, context },
  ]);
  return proof;
}

describe.each(['sm2', 'rsa'] as const)('a chip with %s', (alg) => {
  test.each(['dda', 'cda', 'fdda'] as const)('proves itself by %s', async (mode) => {
    // RSA cards have their profile signed: it says what they can.
    const offered = alg === 'rsa' && mode === 'cda' ? 'dda' : mode;
    const shown = await read(cityCard(alg, { mode: offered }));
    expect(shown.context.mode).toBe(offered);
    const proof = proofOf(alg, shown);
    expect([proof?.code, proof?.ok]).toEqual(['proof.ok', true]);
    expect(proof?.facts?.nonce.startsWith('63afc600')).toBe(true);
  });

  test.each([
    ['a directory for contacts', { directory: 'contact' }],
    ['no directory', { directory: 'none' }],
    ['answers in pieces', { pieceBytes: 40 }],
  ] as const)('is found and read with %s', async (_, options) => {
    expect(proofOf(alg, await read(cityCard(alg, options)))?.ok).toBe(true);
  });
});

test('steps are told, and a name that the issuer did not sign stays on the card', async () => {
  const steps: string[] = [];
  const card = cityCard('sm2', { unsigned: { '5F20': new TextEncoder().encode('ZHANG/SAN') } });
  const shown = await new ChipReader(card).read({
    ...{ unpredictableNumber: NUMBER, nowMs: NOW_MS },
    onStep: (step) => steps.push(step),
  });
  expect(steps).toEqual(['selecting', 'reading', 'signing']);
  expect(JSON.stringify(shown)).not.toContain(Buffer.from('ZHANG/SAN').toString('hex').toUpperCase());
});

test('another number than the gateway’s cannot pass for it', async () => {
  const shown = await read(cityCard('sm2'));
  const terminal = { ...shown.context.terminal, '9F37': '00000001' };
  expect(proofOf('sm2', { ...shown, context: { ...shown.context, terminal } })?.code).toBe(
    'signature.dynamic_data',
  );
});

describe('a hostile card', () => {
  const NAME = Uint8Array.of(0xa0, 0, 0, 3, 0x33, 1, 1, 1);
  const ok = (...parts: Uint8Array[]) => Buffer.concat([...parts, Uint8Array.of(0x90, 0)]);
  const selected = (inside: Uint8Array = new Uint8Array()) =>
    ok(tlv('6F', Buffer.concat([tlv('84', NAME), tlv('A5', inside)])));
  const options = (profile: number, ...locator: number[]) =>
    ok(tlv('80', Uint8Array.of(profile, 0, ...locator)));
  const certificate = tlv('9F46', new Uint8Array(8));

  /** Answers by instruction; a name that is selected twice is found from the third SELECT on, past both directories. */
  function scripted(answers: Readonly<Record<number, (command: Uint8Array) => Uint8Array>>): CardPort {
    return {
      transmit: async (command) => {
        const isDirectory = command[1] === 0xa4 && command[4] === 14;
        return isDirectory
          ? Uint8Array.of(0x6a, 0x82)
          : (answers[command[1] ?? 0]?.(command) ?? Uint8Array.of(0x6d, 0));
      },
    };
  }
  const whole = {
    164: () => selected(),
    168: () => options(0x20, 0x08, 1, 1, 1),
    178: () => ok(tlv('70', certificate)),
    136: () => ok(tlv('80', new Uint8Array(64))),
  };
  const codeOf = (port: CardPort) =>
    read(port).then(
      () => 'read',
      (error) => (error instanceof CardError ? error.code : String(error)),
    );

  test('the one that the cases are made of can be read', async () => {
    expect(await codeOf(scripted(whole))).toBe('read');
  });

  test.each<[string, Readonly<Record<number, (command: Uint8Array) => Uint8Array>>, string]>([
    ['no application', { 164: () => Uint8Array.of(0x6a, 0x82) }, 'card.no_application'],
    ['all applications blocked', { 164: () => Uint8Array.of(0x62, 0x83) }, 'card.blocked'],
    [
      '61xx for ever',
      { 164: () => Uint8Array.of(0x61, 0x10), 192: () => Uint8Array.of(0x61, 0x10) },
      'card.endless',
    ],
    ['6Cxx for ever', { 164: () => Uint8Array.of(0x6c, 0x10) }, 'card.no_application'],
    ['no status', { 164: () => Uint8Array.of(0x90) }, 'card.unreadable'],
    ['a tag without end', { 164: () => ok(new Uint8Array(64).fill(0xff)) }, 'card.malformed'],
    ['a length beyond the answer', { 164: () => ok(Uint8Array.of(0x6f, 0x20, 0x84)) }, 'card.malformed'],
    ['an indefinite length', { 164: () => ok(Uint8Array.of(0x6f, 0x80, 0, 0)) }, 'card.malformed'],
    ['a length of four bytes', { 164: () => ok(Uint8Array.of(0x6f, 0x84, 0, 0, 0, 0)) }, 'card.malformed'],
    ['more objects than a card has', { 178: () => ok(bigRecord()) }, 'card.endless'],
    ['templates in templates', { 164: () => ok(nested(40)) }, 'card.endless'],
    ['another template for the selected', { 164: () => ok(tlv('70', NAME)) }, 'card.malformed'],
    [
      'a PDOL that fits no command',
      { 164: () => selected(tlv('9F38', Uint8Array.of(0x9f, 0x37, 254))) },
      'card.malformed',
    ],
    [
      'a PDOL that ends in a tag',
      { 164: () => selected(tlv('9F38', Uint8Array.of(0x9f))) },
      'card.malformed',
    ],
    ['no options', { 168: () => Uint8Array.of(0x6a, 0x81) }, 'card.refused'],
    ['options of no format', { 168: () => ok(tlv('81', Uint8Array.of(0, 0))) }, 'card.malformed'],
    ['a locator of five bytes', { 168: () => options(0x20, 0x08, 1, 1, 1, 9) }, 'card.malformed'],
    ['a locator of file 0', { 168: () => options(0x20, 0x00, 1, 1, 1) }, 'card.malformed'],
    ['a locator of file 31', { 168: () => options(0x20, 0xf8, 1, 1, 1) }, 'card.malformed'],
    ['a locator from record 0', { 168: () => options(0x20, 0x08, 0, 1, 1) }, 'card.malformed'],
    ['a locator that goes back', { 168: () => options(0x20, 0x08, 3, 1, 0) }, 'card.malformed'],
    ['more to authenticate than to read', { 168: () => options(0x20, 0x08, 1, 1, 2) }, 'card.malformed'],
    ['more records than a card has', { 168: () => options(0x20, 0x08, 1, 255, 0) }, 'card.endless'],
    ['a record it does not have', { 178: () => Uint8Array.of(0x6a, 0x83) }, 'card.refused'],
    ['a record that is no template', { 178: () => ok(certificate) }, 'card.malformed'],
    [
      'one thing twice',
      { 178: () => ok(tlv('70', Buffer.concat([certificate, certificate]))) },
      'card.malformed',
    ],
    [
      'a tag list of something else',
      { 178: () => ok(tlv('70', Buffer.concat([certificate, tlv('9F4A', Uint8Array.of(0x5a))]))) },
      'card.malformed',
    ],
    ['no key of its own', { 178: () => ok(tlv('70', tlv('8F', Uint8Array.of(1)))) }, 'card.not_provable'],
    ['static authentication alone', { 168: () => options(0x40, 0x08, 1, 1, 1) }, 'card.not_provable'],
    [
      'a DDOL without the number',
      { 178: () => ok(tlv('70', Buffer.concat([certificate, tlv('9F49', Uint8Array.of(0x9a, 3))]))) },
      'card.not_provable',
    ],
    [
      'a DDOL that cuts the number short',
      { 178: () => ok(tlv('70', Buffer.concat([certificate, tlv('9F49', Uint8Array.of(0x9f, 0x37, 3))]))) },
      'card.not_provable',
    ],
    ['no signature', { 136: () => Uint8Array.of(0x69, 0x85) }, 'card.refused'],
    ['an empty signature', { 136: () => ok(tlv('80', new Uint8Array())) }, 'card.not_provable'],
    [
      'a cryptogram that declines',
      { 168: () => options(0x01, 0x08, 1, 1, 1), 174: () => ok(tlv('80', new Uint8Array(11))) },
      'card.not_provable',
    ],
  ])('with %s', async (_, wrong, code) => {
    expect(await codeOf(scripted({ ...whole, ...wrong }))).toBe(code);
  });

  test('pulled in mid-read says so', async () => {
    const port = scripted({
      ...whole,
      178: () => {
        throw new CardError('card.removed', 'gone');
      },
    });
    expect(await codeOf(port)).toBe('card.removed');
  });

  test('with another application that can sign is read by that', async () => {
    let selections = 0;
    const port = scripted({
      ...whole,
      164: () => {
        selections += 1;
        return selected();
      },
      168: () => (selections === 1 ? Uint8Array.of(0x69, 0x85) : whole[0xa8]()),
    });
    expect(await codeOf(port)).toBe('read');
  });

  const bigRecord = () => {
    const objects = Buffer.concat(
      Array.from({ length: 300 }, (_, i) => tlv((0x80 + (i % 0x1f)).toString(16), new Uint8Array())),
    );
    return Buffer.concat([Uint8Array.of(0x70, 0x82, objects.length >> 8, objects.length & 0xff), objects]);
  };
  const nested = (depth: number): Uint8Array =>
    depth === 0 ? new Uint8Array() : tlv('6F', nested(depth - 1));
});
