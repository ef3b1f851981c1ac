/**
 * What docs/scale.md and `onecard bench city --model` count with: each figure with the command that measured it, so that it can be
 * measured again. After a change: `npm run docs`.
 */

/**
 * `exact`: bytes and counts, which do not depend on how busy a machine is. `busy`: measured while others used the machine, so a
 * quiet one needs less. `earlier`: by that command, before gateways could be many. `promised`: a bound that is to be held, and was
 * not measured yet. `quiet`: on a machine that nobody else used.
 */
export type How = 'exact' | 'busy' | 'earlier' | 'promised' | 'quiet';

export interface MeasuredFigure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly how: How;
  readonly command: string;
}

const CITY = 'npx onecard bench city --rates 1000,5000 --seconds 5';
const figure = (what: string, value: number, unit: string, how: How, command: string): MeasuredFigure => ({
  ...{ what, value, unit, how, command },
});

/** Two cores of an AMD EPYC, 24 GiB, Linux 6.18; nats-server 2.15.1, Redis 7.0.15, Node 22.23. */
export const FIGURES = {
  capacityTapsPerS: figure(
    'one gateway on two cores, alone, ride codes, p99 below 10 ms',
    ...([22_045, 'taps/s', 'quiet', 'npx onecard bench cluster --family transit-qr --seconds 6'] as const),
  ),
  clusterPart: figure(
    'part of it that is left in a cluster whose servers share its cores, by the same search without AVX-512 (engine avx2): 5,067 of 22,045 taps/s (0.8 is wanted)',
    ...([0.23, '', 'quiet', 'npx onecard bench cluster --family transit-qr --seconds 6'] as const),
  ),
  gatewayMiB: figure(
    'memory that one gateway is held to, with one proving thread',
    ...([768, 'MiB', 'earlier', 'npx onecard bench soak --fail-on memory=768'] as const),
  ),
  listBytesPerCard: figure(
    'card list, per card',
    6.35,
    'B',
    'exact',
    'npx onecard bench lists --cards 1000000',
  ),
  journalBytesPerRecord: figure(
    'journal on disk, per record',
    ...([732, 'B', 'exact', 'npx node bench/journal.ts --rates 5000 --groups 16'] as const),
  ),
  storeBytesIn: figure('store: bytes in per question', 132, 'B', 'exact', CITY),
  storeBytesOut: figure('store: bytes out per question', 5.35, 'B', 'exact', CITY),
  storeBytesPerKey: figure('store: memory per key, over 30,000 keys', 192, 'B', 'exact', CITY),
  storeServerUs: figure(
    'store: processor time of the server per question, at 5,000/s',
    17.3,
    'µs',
    'busy',
    CITY,
  ),
  busUploadUs: figure(
    'bus: processor time of the server per upload, at 1,540/s, with all other traffic counted in',
    ...([166, 'µs', 'busy', CITY] as const),
  ),
  busDeltaUs: figure(
    'bus: processor time of the server per delta and gateway, alone',
    31.3,
    'µs',
    'busy',
    CITY,
  ),
  busWordUs: figure(
    'bus: processor time of the server per word of a gateway, alone',
    94.9,
    'µs',
    'busy',
    CITY,
  ),
  busUploadBytes: figure(
    'bus: bytes in per upload, without its records, and out again',
    432,
    'B',
    'exact',
    CITY,
  ),
  busRecordBytes: figure('bus: bytes in per record, and out again to the platform', 531, 'B', 'exact', CITY),
  busDeltaBytes: figure('bus: bytes out per delta of 100 cards and gateway', 4_273, 'B', 'exact', CITY),
  busWordBytes: figure('bus: bytes in per word of a gateway', 629, 'B', 'exact', CITY),
  busMemoryPerGateway: figure('bus: memory of the server per gateway', 314_000, 'B', 'busy', CITY),
} as const satisfies Readonly<Record<string, MeasuredFigure>>;

export type FigureName = keyof typeof FIGURES;
export type Values = Readonly<Record<FigureName, number>>;

export function valuesOf(figures: Readonly<Record<FigureName, MeasuredFigure>> = FIGURES): Values {
  const values = Object.entries(figures).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(values) as Values;
}
