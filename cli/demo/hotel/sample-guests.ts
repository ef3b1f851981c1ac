/** Who comes to the demonstration's hotel: residents of its city, and what each brings. */

import { type CardPerson, cardPerson } from '../../../platform/cards/person.ts';
import { cardPin } from '../../../platform/cards/pin.ts';
import type { City } from '../../../platform/city.ts';
import { rideCode } from '../../../platform/issue/transit-qr.ts';
import { onlineCode } from '../../../platform/online-codes.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export interface SampleGuest {
  readonly guest: string;
  /** Of the card. */
  readonly index: number;
  readonly person: CardPerson;
  /** Of the card; null: none is set. */
  readonly pin: string | null;
  readonly story: Words;
  /** What becomes of it at the desk. */
  readonly expect: Words;
  /** Card whose chip can be laid on the reader; null: this guest brings none. */
  readonly chip: number | null;
  /** What the guest's phone shows at that moment; null: nothing. */
  code(nowMs: number): Uint8Array | string | null;
}

/** A code is good for a while, so that a page need not be read again in a hurry. */
const CODE_VALIDITY_S = 300;

/** A small city has some of them. */
export function sampleGuests(city: City): SampleGuest[] {
  const cards = Array.from({ length: city.size }, (_, index) => index);
  const good = cards.filter((index) => city.identity(index).state === 'good');
  const pick = (state: string) => cards.find((index) => city.identity(index).state === state);
  const sm2 = good.filter((index) => city.identity(index).alg === 'sm2');
  const rsa = good.filter((index) => city.identity(index).alg === 'rsa');
  const none = () => null;
  const ride = (index: number) => (nowMs: number) =>
    rideCode({ account: city.card(index).transit, nowMs, validity_s: CODE_VALIDITY_S });
  const guest = (
    name: string,
    index: number | undefined,
    rest: Omit<SampleGuest, 'guest' | 'index' | 'person' | 'pin' | 'chip'> & { readonly hasChip: boolean },
  ): SampleGuest[] => {
    if (index === undefined) return [];
    const { hasChip, ...said } = rest;
    const [person, pin] = [cardPerson(city.seed, index), cardPin(city.seed, index)];
    return [{ guest: name, index, person, pin, chip: hasChip ? index : null, ...said }];
  };
  const [first, second, third] = [sm2[0], sm2[1], rsa[0]];
  return [
    ...guest('chip-sm2', first, {
      hasChip: true,
      code: none,
      story: { zh: '带来一张卡（国密芯片）', en: 'Brings the card, with an SM2 chip' },
      expect: {
        zh: '芯片证明卡为真；请核对姓名和证件',
        en: 'The chip proves the card; compare name and document',
      },
    }),
    ...guest('chip-rsa', third, {
      hasChip: true,
      code: none,
      story: { zh: '带来一张卡（RSA 芯片）', en: 'Brings the card, with an RSA chip' },
      expect: { zh: '同上，换一种算法', en: 'The same, with another algorithm' },
    }),
    ...guest('phone', second, {
      hasChip: false,
      code: ride(second ?? 0),
      story: { zh: '手机上的电子卡，出示二维码', en: 'Shows the QR code of the electronic card' },
      expect: { zh: '用摄像头扫码', en: 'Scan it with the camera' },
    }),
    ...guest('online', sm2[2], {
      hasChip: false,
      code: (nowMs) => onlineCode({ city, index: sm2[2] ?? 0, atMs: nowMs }),
      story: { zh: '出示在线码，须由平台解析', en: 'Shows an online code that the platform resolves' },
      expect: {
        zh: '可用扫码枪或粘贴；平台不可达时转人工',
        en: 'Scan or paste it; referred while the platform is out of reach',
      },
    }),
    ...guest('lost', pick('lost') ?? pick('suspended'), {
      hasChip: true,
      code: none,
      story: { zh: '捡来的卡，失主已挂失', en: 'Shows a card that its owner reported lost' },
      expect: { zh: '不予受理，并说明原因', en: 'Refused, with the reason in words' },
    }),
    ...guest('copied', second, {
      hasChip: false,
      code: (nowMs) => ride(second ?? 0)(nowMs - 3_600_000),
      story: { zh: '出示一小时前截屏的二维码', en: 'Shows a screenshot of an hour ago' },
      expect: { zh: '已过期，不予受理', en: 'Refused: it is past its time' },
    }),
  ];
}

/** Those who have booked: their names and PINs can be checked while the platform is away. */
export function reservedGuests(city: City): { readonly index: number }[] {
  return [...new Set(sampleGuests(city).map(({ index }) => index))].map((index) => ({ index }));
}
