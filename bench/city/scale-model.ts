/** What gateways, cores and cities need, from the figures that were measured. Pure. */
import type { Values } from './measured-figures.ts';
import { uploadsPerS } from './upload-pace.ts';

export const CORES_PER_GATEWAY = 2;
/** Of what holds its p99 nobody plans to use more, so that one of three may be away. */
export const PLANNED_PART = 0.5;
/** A ride code is remembered while it could be shown again, and clocks may differ (gateway/cluster/store/taking.ts). */
export const REMEMBERED_S = 610;
/** `journal.keep_confirmed_ms`. */
export const JOURNAL_DAYS = 7;
const S_PER_DAY = 86_400;
const US_PER_S = 1e6;
const BYTES_PER_GB = 1e9;

export interface City {
  readonly gateways: number;
  /** Of all gateways together, in the busiest second. */
  readonly peakTapsPerS: number;
  /** Mean over day and night, of the peak. */
  readonly meanPart: number;
  readonly cards: number;
  /** Part of the taps that show what can be copied, which the store is asked about. */
  readonly bearerPart: number;
  readonly deltasPerS: number;
}

export interface Needs {
  readonly gateways: number;
  readonly peakTapsPerS: number;
  readonly gatewayCores: number;
  readonly gatewayGiB: number;
  /** On the volume of each gateway. */
  readonly journalGBPerGateway: number;
  readonly storeQuestionsPerS: number;
  readonly storeCores: number;
  readonly storeShards: number;
  readonly storeGB: number;
  readonly storeMbitPerS: number;
  readonly uploadsPerS: number;
  readonly busCores: number;
  readonly busInMbitPerS: number;
  readonly busOutMbitPerS: number;
  readonly busGB: number;
  /** What is used most, of what one of its kind can give. */
  readonly bounds: readonly Bound[];
}

export interface Bound {
  readonly name: string;
  /** Of what holds; 1 is all. */
  readonly used: number;
}

export function needsOf(city: City, of: Values): Needs {
  const { gateways, peakTapsPerS: taps, bearerPart, deltasPerS, cards, meanPart } = city;
  const questions = taps * bearerPart;
  const uploads = uploadsPerS(gateways, taps / gateways);
  const storeCores = (questions * of.storeServerUs) / US_PER_S;
  const deliveries = deltasPerS * gateways;
  const busCores =
    (uploads * of.busUploadUs + deliveries * of.busDeltaUs + gateways * of.busWordUs) / US_PER_S;
  const records = taps * of.busRecordBytes + uploads * of.busUploadBytes;
  const perGateway = of.capacityTapsPerS * of.clusterPart;
  const bounds = [
    { name: 'taps of one gateway', used: taps / gateways / perGateway },
    { name: 'the one thread of a store', used: storeCores },
    { name: 'the stream of journals, on one core', used: (uploads * of.busUploadUs) / US_PER_S },
  ];
  return {
    gateways,
    peakTapsPerS: taps,
    gatewayCores: gateways * CORES_PER_GATEWAY,
    gatewayGiB: (gateways * (of.gatewayMiB + (cards * of.listBytesPerCard) / 2 ** 20)) / 1_024,
    journalGBPerGateway:
      ((taps / gateways) * meanPart * S_PER_DAY * JOURNAL_DAYS * of.journalBytesPerRecord) / BYTES_PER_GB,
    storeQuestionsPerS: questions,
    storeCores,
    storeShards: Math.max(1, Math.ceil(storeCores / PLANNED_PART)),
    storeGB: (questions * REMEMBERED_S * of.storeBytesPerKey) / BYTES_PER_GB,
    storeMbitPerS: mbit(questions * (of.storeBytesIn + of.storeBytesOut)),
    uploadsPerS: uploads,
    busCores,
    busInMbitPerS: mbit(records + gateways * of.busWordBytes),
    busOutMbitPerS: mbit(records + deliveries * of.busDeltaBytes),
    busGB: (gateways * of.busMemoryPerGateway) / BYTES_PER_GB,
    bounds: bounds.toSorted((a, b) => b.used - a.used),
  };
}

/** What a machine with so many cores judges, with store and bus on it. */
export interface Machine {
  readonly cores: number;
  readonly gateways: number;
  readonly tapsPerS: number;
  readonly storeCores: number;
  readonly busCores: number;
}

/** As many gateways as leave room for what they ask of store and bus, each at the part that is planned. */
export function machineOf(cores: number, of: Values): Machine {
  const perGateway = of.capacityTapsPerS * of.clusterPart * PLANNED_PART;
  for (let gateways = Math.floor(cores / CORES_PER_GATEWAY); gateways > 0; gateways -= 1) {
    const tapsPerS = gateways * perGateway;
    const city = { gateways, peakTapsPerS: tapsPerS, meanPart: 1, cards: 0, bearerPart: 1, deltasPerS: 1 };
    const { storeCores, busCores } = needsOf(city, of);
    if (gateways * CORES_PER_GATEWAY + storeCores + busCores <= cores) {
      return { cores, gateways, tapsPerS, storeCores, busCores };
    }
  }
  return { cores, gateways: 0, tapsPerS: 0, storeCores: 0, busCores: 0 };
}

/** What a month costs, in the reader's money. */
export interface Prices {
  readonly core: number;
  readonly memoryGiB: number;
  readonly diskGB: number;
  readonly trafficGB: number;
}

export interface MonthlyCost {
  readonly gateways: number;
  readonly store: number;
  readonly bus: number;
  readonly disk: number;
  readonly traffic: number;
  readonly all: number;
}

const S_PER_MONTH = 30.4 * S_PER_DAY;
/** One that answers and one that stands by. */
export const STORE_COPIES = 2;
/** Streams are kept by three. */
export const BUS_COPIES = 3;
/** Cores and memory (GiB) of a server of the bus at least. */
export const BUS_SERVER = { cores: 2, memoryGiB: 2 } as const;

export function monthlyCost(city: City, prices: Prices, of: Values): MonthlyCost {
  const needs = needsOf(city, of);
  const gateways = needs.gatewayCores * prices.core + needs.gatewayGiB * prices.memoryGiB;
  const storeServers = needs.storeShards * STORE_COPIES;
  const store =
    storeServers * (prices.core + Math.max(1, (2 * needs.storeGB) / needs.storeShards) * prices.memoryGiB);
  const busCores = Math.max(BUS_SERVER.cores, Math.ceil(needs.busCores / PLANNED_PART));
  const bus =
    BUS_COPIES * (busCores * prices.core + Math.max(BUS_SERVER.memoryGiB, needs.busGB) * prices.memoryGiB);
  const disk = needs.journalGBPerGateway * city.gateways * prices.diskGB;
  const bytesPerS = ((needs.storeMbitPerS + needs.busInMbitPerS + needs.busOutMbitPerS) * 1e6) / 8;
  const traffic = ((bytesPerS * city.meanPart * S_PER_MONTH) / BYTES_PER_GB) * prices.trafficGB;
  return { gateways, store, bus, disk, traffic, all: gateways + store + bus + disk + traffic };
}

function mbit(bytesPerS: number): number {
  return (bytesPerS * 8) / 1e6;
}
