/** The tables of docs/scale.md and of `onecard bench city --model`, from the figures that were measured. Pure. */
import { compact } from '../report/figures.ts';
import type { Table } from '../report/result.ts';
import { FIGURES, valuesOf } from './measured-figures.ts';
import {
  type City,
  CORES_PER_GATEWAY,
  machineOf,
  monthlyCost,
  type Needs,
  needsOf,
  PLANNED_PART,
  type Prices,
} from './scale-model.ts';

/** A station of some twenty gates in its busiest second. */
const TAPS_PER_GATEWAY = 30;
const MEAN_PART = 0.2;
const CARDS = 10_000_000;
const SIZES = [1, 10, 100, 1_000];
const MACHINES = [4, 16, 64];
const STATIONS = 500;

export const STATION_CITY: City = cityOf(STATIONS);
/** For the worked example alone; a reader puts in his own. */
export const EXAMPLE_PRICES: Prices = { core: 20, memoryGiB: 3, diskGB: 0.1, trafficGB: 0.02 };

function cityOf(gateways: number): City {
  const peakTapsPerS = gateways * TAPS_PER_GATEWAY;
  return { gateways, peakTapsPerS, meanPart: MEAN_PART, cards: CARDS, bearerPart: 1, deltasPerS: 1 };
}

export function scaleTables(): readonly Table[] {
  return [figuresTable(), machinesTable(), needsTable(), boundsTable(), costTable()];
}

export function figuresTable(): Table {
  return {
    title: 'What was measured',
    about:
      'On two cores of an AMD EPYC, nats-server 2.15.1, Redis 7.0.15. exact: bytes and counts. busy: while others used the machine, so a quiet ' +
      'one needs less. earlier: by that command, before gateways could be many. promised: a bound, not measured yet. quiet: on a machine of its own.',
    columns: ['what', 'value', 'unit', 'how', 'command'],
    rows: Object.values(FIGURES).map(({ what, value, unit, how, command }) => [
      ...[what, compact(value), unit, how, command],
    ]),
  };
}

export function machinesTable(): Table {
  return {
    title: 'One machine',
    about:
      `Model: ${CORES_PER_GATEWAY} cores a gateway, each planned at ${PLANNED_PART * 100} % of what it holds in a cluster, every tap a ride code, ` +
      'and store and bus on the same machine.',
    columns: ['cores', 'gateways', 'taps/s', 'cores of the store', 'cores of the bus'],
    rows: MACHINES.map((cores) => {
      const { gateways, tapsPerS, storeCores, busCores } = machineOf(cores, valuesOf());
      return [cores, gateways, compact(tapsPerS), compact(storeCores), compact(busCores)];
    }),
  };
}

const NEEDS: readonly (readonly [string, (needs: Needs) => number])[] = [
  ['taps/s at the peak', ({ peakTapsPerS }) => peakTapsPerS],
  ['cores of gateways', ({ gatewayCores }) => gatewayCores],
  ['memory of gateways, GiB', ({ gatewayGiB }) => gatewayGiB],
  ['journal on each volume, GB', ({ journalGBPerGateway }) => journalGBPerGateway],
  ['questions to the store, /s', ({ storeQuestionsPerS }) => storeQuestionsPerS],
  ['cores of the store', ({ storeCores }) => storeCores],
  ['shards of the store', ({ storeShards }) => storeShards],
  ['memory of the store, GB', ({ storeGB }) => storeGB],
  ['network of the store, Mbit/s', ({ storeMbitPerS }) => storeMbitPerS],
  ['uploads, /s', ({ uploadsPerS }) => uploadsPerS],
  ['cores of the bus', ({ busCores }) => busCores],
  ['memory of the bus, GB', ({ busGB }) => busGB],
  ['network into the bus, Mbit/s', ({ busInMbitPerS }) => busInMbitPerS],
  ['network out of the bus, Mbit/s', ({ busOutMbitPerS }) => busOutMbitPerS],
];

export function needsTable(): Table {
  const needs = SIZES.map((gateways) => needsOf(cityOf(gateways), valuesOf()));
  return {
    title: 'What 1, 10, 100 and 1,000 gateways need',
    about:
      `Model: ${TAPS_PER_GATEWAY} taps/s a gateway at the peak (a station of some twenty gates), ${MEAN_PART * 100} % of that in the mean over day and ` +
      `night, ${compact(CARDS)} cards, every tap a ride code, a delta of 100 cards each second. Cores as used, without what is planned for spare.`,
    columns: ['gateways', ...SIZES.map(compact)],
    rows: NEEDS.map(([name, of]) => [name, ...needs.map((each) => compact(of(each)))]),
  };
}

export function boundsTable(): Table {
  const percent = (part: number) => `${compact(100 * part)} %`;
  return {
    title: 'The first bottleneck, and the next',
    about:
      'Model: of what one gateway, one thread of a store and one core of the bus give, so much is used at that peak.',
    columns: ['gateways', 'first', 'used', 'next', 'used', 'then', 'used'],
    rows: SIZES.map((gateways) => {
      const { bounds } = needsOf(cityOf(gateways), valuesOf());
      return [compact(gateways), ...bounds.flatMap(({ name, used }) => [name, percent(used)])];
    }),
  };
}

export function costTable(): Table {
  const { gateways, store, bus, disk, traffic, all } = monthlyCost(STATION_CITY, EXAMPLE_PRICES, valuesOf());
  return {
    title: `A city of ${STATIONS} stations for a month: a worked example`,
    about: `With made-up prices: ${Object.entries(EXAMPLE_PRICES)
      .map(([name, price]) => `${name} ${price}`)
      .join(', ')} a month. Put in your own (bench/city/scale-tables.ts).`,
    columns: ['part', 'money a month'],
    rows: Object.entries({ gateways, store, bus, disk, traffic, all }).map(([name, money]) => [
      name,
      compact(money),
    ]),
  };
}
