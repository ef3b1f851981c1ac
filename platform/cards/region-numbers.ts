/** What tells cards of one region from those of another: the numbers its authorities and cards begin with. */

/** Home of the reference city, drawn from the seed as it is. */
export const HOME_REGION = 'cq';

export interface RegionNumbers {
  /** Digits that card numbers of the two chip issuers begin with: one fills its field, one needs filling with F. */
  readonly issuerDigits: { readonly sm2: string; readonly rsa: string };
  /** Indexes of the chip CAs' keys under the scheme's RID. */
  readonly chipCaIndex: { readonly sm2: number; readonly rsa: number };
  /** Index of the transit CA's key; the scheme's service id is the same everywhere. */
  readonly transitCaIndex: number;
  /** Issuer ids of ride codes, 4 bytes each. */
  readonly transitIssuer: { readonly interoperable: number; readonly local: number };
  /** Platform number in ride codes, 4 bytes. */
  readonly codePlatform: number;
  /** First digits of a user account: the transit card scheme and the region. */
  readonly accountPrefix: string;
  /** First digits of residents' numbers on certificates; no real area has them. */
  readonly residentArea: string;
}

const CHONGQING: RegionNumbers = {
  issuerDigits: { sm2: '62990001', rsa: '629902' },
  chipCaIndex: { sm2: 0x57, rsa: 0x09 },
  transitCaIndex: 1,
  transitIssuer: { interoperable: 0x08886530, local: 0x08886581 },
  codePlatform: 0x08886500,
  accountPrefix: '31044000',
  residentArea: '100000',
};

const NUMBERS: ReadonlyMap<string, RegionNumbers> = new Map([
  [HOME_REGION, CHONGQING],
  [
    'sc',
    {
      issuerDigits: { sm2: '62995101', rsa: '629951' },
      chipCaIndex: { sm2: 0x61, rsa: 0x11 },
      transitCaIndex: 2,
      transitIssuer: { interoperable: 0x08886510, local: 0x08886511 },
      codePlatform: 0x08886501,
      accountPrefix: '31046510',
      residentArea: '100051',
    },
  ],
  [
    'xz',
    {
      issuerDigits: { sm2: '62995401', rsa: '629954' },
      chipCaIndex: { sm2: 0x62, rsa: 0x12 },
      transitCaIndex: 3,
      transitIssuer: { interoperable: 0x08887700, local: 0x08887701 },
      codePlatform: 0x08887702,
      accountPrefix: '31047700',
      residentArea: '100054',
    },
  ],
  [
    'gz',
    {
      issuerDigits: { sm2: '62995201', rsa: '629952' },
      chipCaIndex: { sm2: 0x63, rsa: 0x13 },
      transitCaIndex: 4,
      transitIssuer: { interoperable: 0x08887010, local: 0x08887011 },
      codePlatform: 0x08887012,
      accountPrefix: '31047010',
      residentArea: '100052',
    },
  ],
]);

/** Regions that have numbers of their own. A city of any other name has Chongqing's. */
export const REGIONS: readonly string[] = [...NUMBERS.keys()];
export const NEIGHBOURS: readonly string[] = REGIONS.filter((region) => region !== HOME_REGION);

export function numbersOf(region: string): RegionNumbers {
  return NUMBERS.get(region) ?? CHONGQING;
}

/** What a region's authorities and cards are drawn from, so that a neighbour of a city and the city there are the same. */
export function regionSeed(seed: string, region: string): string {
  return numbersOf(region) === CHONGQING ? seed : `${seed}\0${region}`;
}
