/** What in a registry speaks against something else in it, against the plan, or leads nowhere. */
import type { CityPath } from '../config/city-document/city-fault.ts';
import { meant } from '../config/nearest-name.ts';
import { CARD_MODES, type Service } from '../config/policy-schema.ts';
import type { RegistryFault } from './registry-source.ts';
import type { Disbursement, RegistryPlan, ServicePoint } from './service-points.ts';

const PLACES_MAX = 1_000_000;

export interface Placed<T> {
  readonly value: T;
  placeOf(path: CityPath, isKey?: boolean): string;
}

export function pointFaults(
  {
    points,
    disbursements,
  }: {
    readonly points: readonly Placed<ServicePoint>[];
    readonly disbursements: readonly Placed<Disbursement>[];
  },
  plan: RegistryPlan,
): RegistryFault[] {
  const services = new Map(plan.services.map((each) => [each.service, each]));
  return [
    ...twice(points, ({ point }) => [[`point ${point}`, ['point']]]),
    ...points.flatMap((each) => faultsOfPoint(each, services, plan)),
    ...twice(points, ({ gateway = '', devices = [], scenes = [] }) =>
      devices.flatMap((device, i) =>
        scenes.map((scene): [string, CityPath] => [
          `device ${device}${gateway && ` of ${gateway}`} at scene ${scene}`,
          ['devices', i],
        ]),
      ),
    ),
    ...disbursements.flatMap((each) => faultsOfDisbursement(each, services)),
    ...twice(disbursements, ({ service, period }) => [[`service ${service} in ${period}`, ['period']]]),
    ...monthsWithinYears(disbursements),
    ...tooManyPlaces(points),
  ];
}

/** `namesOf`: what may be there once alone, each with where it is. */
function twice<T>(
  items: readonly Placed<T>[],
  namesOf: (value: T) => readonly (readonly [string, CityPath])[],
): RegistryFault[] {
  const first = new Map<string, string>();
  return items.flatMap(({ value, placeOf }) =>
    namesOf(value).flatMap(([name, path]) => {
      const where = placeOf(path);
      const before = first.get(name);
      if (before === undefined) {
        first.set(name, where);
        return [];
      }
      return [{ where, what: `${name} is there twice: delete or rename one; the other is at ${before}` }];
    }),
  );
}

function faultsOfPoint(
  { value, placeOf }: Placed<ServicePoint>,
  services: ReadonlyMap<number, Service>,
  plan: RegistryPlan,
): RegistryFault[] {
  const { service: number, accepts, payment, devices, scenes = [], region } = value;
  const service = services.get(number);
  const faults: RegistryFault[] = [];
  const fault = (path: CityPath, what: string) => faults.push({ where: placeOf(path), what });
  if (service === undefined)
    fault(['service'], `the plan has no service ${number}; it has 1 to ${plan.services.length}`);
  else if (service.kind === 'support')
    fault(['service'], `${number} of the plan is a supporting task: nobody is served at it`);
  for (const mode of CARD_MODES) {
    if (!service || service.kind === 'support' || !accepts[mode] || service.card_modes.includes(mode))
      continue;
    fault(['accepts', mode], `the plan has no ${mode} card for service ${number}: say false`);
  }
  if (payment && service && !service.categories.includes('payment')) {
    fault(['payment'], `nothing is paid at service ${number} by the plan: leave payment out`);
  }
  if (payment?.opens_bill === true && !payment.card_account) {
    fault(
      ['payment', 'card_account'],
      'a bill that the card opens is paid through its account: say true, or opens_bill false',
    );
  }
  if (payment?.opens_bill === true && !accepts.electronic) {
    fault(
      ['payment', 'opens_bill'],
      'only an electronic card opens a bill: say accepts electronic true, or opens_bill false',
    );
  }
  if ((devices === undefined) !== (value.scenes === undefined)) {
    const [here, missing] = devices === undefined ? ['scenes', 'devices'] : ['devices', 'scenes'];
    fault([here], `devices and scenes belong together: add ${missing}, or leave out ${here}`);
  }
  for (const [i, scene] of scenes.entries()) {
    const of = plan.scenes.get(scene);
    if (of === undefined)
      fault(['scenes', i], `there is no scene ${scene}; ${meant(scene, [...plan.scenes.keys()])}`);
    else if (of !== number)
      fault(['scenes', i], `scene ${scene} is of service ${of}, and the point of ${number}`);
  }
  if (plan.regions !== null && !plan.regions.includes(region)) {
    fault(['region'], `there is no region ${region}; ${meant(region, plan.regions)}`);
  }
  return faults;
}

function faultsOfDisbursement(
  { value, placeOf }: Placed<Disbursement>,
  services: ReadonlyMap<number, Service>,
): RegistryFault[] {
  const { service: number, recipients, paid_to_card: paid } = value;
  const faults: RegistryFault[] = [];
  const service = services.get(number);
  if (!service?.categories.includes('disbursement')) {
    const paying = [...services.values()].filter(({ categories }) => categories.includes('disbursement'));
    const numbers = paying.map((each) => each.service).join(', ');
    faults.push({
      where: placeOf(['service']),
      what: `service ${number} pays nothing out by the plan; ${numbers} do`,
    });
  }
  if (paid > recipients) {
    const what = `${paid} of ${recipients} recipients cannot be: recipients counts all, paid_to_card those among them`;
    faults.push({ where: placeOf(['paid_to_card']), what });
  }
  return faults;
}

/** Each device at each scene is looked for with every tap, and kept in memory. */
function tooManyPlaces(points: readonly Placed<ServicePoint>[]): RegistryFault[] {
  let places = 0;
  for (const { value, placeOf } of points) {
    places += (value.devices?.length ?? 0) * (value.scenes?.length ?? 0);
    if (places > PLACES_MAX) {
      const what = `with this point there are more than ${PLACES_MAX} pairs of a device and a scene: name fewer scenes`;
      return [{ where: placeOf(['devices']), what }];
    }
  }
  return [];
}

function monthsWithinYears(disbursements: readonly Placed<Disbursement>[]): RegistryFault[] {
  const years = new Map(
    disbursements
      .filter(({ value }) => value.period.length === 4)
      .map(({ value, placeOf }) => [`${value.service} ${value.period}`, placeOf(['period'])]),
  );
  return disbursements.flatMap(({ value: { service, period }, placeOf }) => {
    const year = period.length === 4 ? undefined : years.get(`${service} ${period.slice(0, 4)}`);
    if (year === undefined) return [];
    const what = `${period} is within a year that is counted as well: keep its months or the year; the year is at ${year}`;
    return [{ where: placeOf(['period']), what }];
  });
}
