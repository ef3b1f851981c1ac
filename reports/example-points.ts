/** A registry of service points for a city of tests and demonstrations: drawn from a seed, so that two runs say the same. */
import { createHash } from 'node:crypto';
import type { Scene, Service } from '../config/policy-schema.ts';
import { percentFor } from './depth.ts';
import type { Disbursement, Registry, ServicePoint } from './service-points.ts';

const DISTRICTS = [
  ['渝中区', 'Yuzhong'],
  ['江北区', 'Jiangbei'],
  ['南岸区', 'Nan’an'],
  ['沙坪坝区', 'Shapingba'],
  ['九龙坡区', 'Jiulongpo'],
  ['渝北区', 'Yubei'],
  ['巴南区', 'Banan'],
  ['北碚区', 'Beibei'],
  ['万州区', 'Wanzhou'],
  ['涪陵区', 'Fuling'],
] as const;
const POINTS_MIN = 4;
const POINTS_MORE_MAX = 16;
const RECIPIENTS_MIN = 2_000;
const RECIPIENTS_MORE_MAX = 60_000;

export interface ExampleWish {
  readonly seed: string;
  readonly year: number;
  readonly services: readonly Service[];
  readonly scenes: readonly Pick<Scene, 'scene' | 'service'>[];
  /** Devices that really stand in the city, and the scenes they name: each stands at the first point of its service. */
  readonly devices: readonly { readonly device: string; readonly scenes: readonly string[] }[];
}

/** Some services meet the year's target, some miss it. */
export function examplePoints({ seed, year, services, scenes, devices }: ExampleWish): Registry {
  const serving = services.filter(({ kind }) => kind === 'service');
  return {
    points: serving.flatMap((service) => {
      const own = scenes.filter((each) => each.service === service.service).map(({ scene }) => scene);
      const count = POINTS_MIN + drawn(seed, `points ${service.service}`, POINTS_MORE_MAX);
      const reach = reachOf(seed, service, year);
      return Array.from({ length: count }, (_, i) =>
        pointOf(seed, service, i, own, i * 100 < reach * count, i === 0 ? devices : []),
      );
    }),
    disbursements: serving.flatMap((service) => {
      if (!service.categories.includes('disbursement')) return [];
      return [figuresOf(seed, service, year)];
    }),
  };
}

/** Percent of its points that take part: around what the year asks for. */
function reachOf(seed: string, { service, plan }: Service, year: number): number {
  const target = plan?.[String(year)];
  const asked = typeof target === 'number' && target > 0 ? percentFor('identity', target as 1 | 2 | 3) : 40;
  return Math.min(100, asked - 12 + drawn(seed, `reach ${service}`, 30));
}

function pointOf(
  seed: string,
  { service, title, card_modes: modes, categories }: Service,
  i: number,
  scenes: readonly string[],
  takesPart: boolean,
  devices: ExampleWish['devices'],
): ServicePoint {
  const label = `${service} ${i}`;
  const [zh, en] = DISTRICTS[drawn(seed, `district ${label}`, DISTRICTS.length)] ?? DISTRICTS[0];
  const standing = devices.filter((each) => each.scenes.some((scene) => scenes.includes(scene)));
  const isElectronic =
    takesPart && modes.includes('electronic') && drawn(seed, `electronic ${label}`, 10) < 8;
  const isPaying = categories.includes('payment');
  const account = isPaying && (takesPart || drawn(seed, `account ${label}`, 2) === 0);
  return {
    point: `${service}-${i + 1}`,
    service,
    name: {
      zh: `${zh}${title.zh}${i + 1}号点`.slice(0, 64),
      en: `${title.en}, ${en} ${i + 1}`.slice(0, 128),
    },
    district: zh,
    region: 'cq',
    accepts: { physical: takesPart && modes.includes('physical'), electronic: isElectronic },
    ...(isPaying && {
      payment: {
        card_account: account,
        opens_bill: account && isElectronic && drawn(seed, `bill ${label}`, 10) < 7,
      },
    }),
    ...devicesOf(`point-${service}-${i + 1}`, scenes, standing),
  };
}

/** A device of its own at every scene of the service, or those that really stand there. */
function devicesOf(name: string, scenes: readonly string[], standing: ExampleWish['devices']) {
  if (scenes.length === 0) return {};
  const devices = standing.length > 0 ? standing.map(({ device }) => device) : [name];
  return { devices, scenes: [...scenes] };
}

function figuresOf(seed: string, service: Service, year: number): Disbursement {
  const recipients = RECIPIENTS_MIN + drawn(seed, `recipients ${service.service}`, RECIPIENTS_MORE_MAX);
  const percent = reachOf(seed, service, year);
  return {
    service: service.service,
    period: String(year),
    recipients,
    paid_to_card: Math.floor((recipients * percent) / 100),
  };
}

/** From 0 to `below` - 1. */
function drawn(seed: string, label: string, below: number): number {
  return createHash('sha256').update(`${seed}\0${label}`).digest().readUInt32BE(0) % below;
}
