/** How far each task of the plan has come: what its points say of themselves, what was seen of them, and the year's target. */
import type { CardMode, Service } from '../config/policy-schema.ts';
import {
  type Category,
  type Depth,
  depthOfPayment,
  depthOfService,
  depthOfShare,
  HIGHEST_DEPTH,
  missedBy,
  missingFor,
  percentFor,
  type Share,
} from './depth.ts';
import type { PointsSeen } from './points-seen.ts';
import { acceptsAny, type Disbursement, type Registry, type ServicePoint } from './service-points.ts';

export interface ModeAdoption {
  readonly mode: CardMode;
  /** Points that say they accept it. */
  readonly declared: Share;
  /** Points that were shown one; null without a journal. */
  readonly seen: Share | null;
  /** Say they accept it, and were never shown one. Empty without a journal. */
  readonly silent: readonly string[];
  /** Were shown one, and do not say they accept it. */
  readonly undeclared: readonly string[];
}

export interface CategoryAdoption {
  readonly category: Category;
  readonly declared: Share;
  readonly declaredDepth: Depth;
  /** Null: the journal cannot say, or there is none. */
  readonly seen: Share | null;
  readonly seenDepth: Depth | null;
  /** Of payment, points where the electronic card opens the bill; `declared` is then of those with the card account. */
  readonly bill: Share | null;
  /** Points or recipients that lack for the target; null: there is no target, or nothing is registered. */
  readonly missing: number | null;
}

export type Standing = 'met' | 'missed' | 'no_target' | 'support';

export interface ServiceAdoption {
  readonly service: Service;
  readonly points: number;
  /** Without devices, so that nothing can be seen of them. */
  readonly pointsWithoutDevices: number;
  readonly modes: readonly ModeAdoption[];
  readonly categories: readonly CategoryAdoption[];
  /** Null of supporting tasks. */
  readonly declaredDepth: Depth | null;
  readonly seenDepth: Depth | null;
  /** `ministry`: it rests with the state's ministries. Null: the plan sets none. */
  readonly target: Depth | 'ministry' | null;
  readonly standing: Standing;
  /** Depths, by what is declared. */
  readonly missedBy: number;
}

export interface Adoption {
  readonly year: number;
  readonly services: readonly ServiceAdoption[];
  /** Null without a journal. */
  readonly tapsElsewhere: number | null;
}

/** People that receipts were given for in the year, by service and purpose. */
export type ReceiptCounts = ReadonlyMap<number, Readonly<Partial<Record<Category, number>>>>;

export interface AdoptionSeen {
  readonly points: PointsSeen;
  /** Null: no receipts are at hand. */
  readonly receipts: ReceiptCounts | null;
}

/** A row for each task of the plan, in its order. `seen`: null without a journal. */
export function adoptionOf(
  services: readonly Service[],
  { points, disbursements }: Registry,
  year: number,
  seen: AdoptionSeen | null,
): Adoption {
  const pointsOf = Map.groupBy(points, ({ service }) => service);
  const figuresOf = Map.groupBy(
    disbursements.filter(({ period }) => period.startsWith(String(year))),
    ({ service }) => service,
  );
  return {
    year,
    tapsElsewhere: seen === null ? null : seen.points.elsewhere,
    services: services.map((service) =>
      adoptionOfService(
        service,
        pointsOf.get(service.service) ?? [],
        figuresOf.get(service.service) ?? [],
        targetOf(service, year),
        seen,
      ),
    ),
  };
}

/** Years that the plan sets targets for. */
export function plannedYears(services: readonly Service[]): number[] {
  return [...new Set(services.flatMap(({ plan }) => Object.keys(plan ?? {}).map(Number)))].toSorted();
}

function targetOf({ plan }: Service, year: number): Depth | 'ministry' | null {
  const target = plan?.[String(year)];
  return target === undefined ? null : (target as Depth | 'ministry');
}

function adoptionOfService(
  service: Service,
  points: readonly ServicePoint[],
  figures: readonly Disbursement[],
  target: Depth | 'ministry' | null,
  seen: AdoptionSeen | null,
): ServiceAdoption {
  const depthWanted = typeof target === 'number' ? target : null;
  const categories = service.categories.map((category): CategoryAdoption => {
    const reached = { identity, disbursement, payment }[category](service, points, figures, seen);
    return { ...reached, missing: depthWanted === null ? null : missingOf(reached, depthWanted) };
  });
  const missed =
    depthWanted === null
      ? []
      : categories.map((each) => missedBy(each.category, each.declaredDepth, depthWanted));
  const missedMost = Math.max(0, ...missed);
  const isSupport = service.kind === 'support';
  return {
    service,
    points: points.length,
    pointsWithoutDevices: points.filter(({ devices }) => devices === undefined).length,
    modes: service.card_modes.map((mode) => modeAdoption(mode, points, seen)),
    categories,
    declaredDepth: depthOfService(new Map(categories.map((each) => [each.category, each.declaredDepth]))),
    seenDepth: seenDepthOf(categories),
    target,
    standing: isSupport
      ? 'support'
      : depthWanted === null
        ? 'no_target'
        : missedMost === 0
          ? 'met'
          : 'missed',
    missedBy: missedMost,
  };
}

/** Null where the journal says nothing of one of them. */
function seenDepthOf(categories: readonly CategoryAdoption[]): Depth | null {
  const reached = new Map<Category, Depth>();
  for (const { category, seenDepth } of categories) if (seenDepth !== null) reached.set(category, seenDepth);
  return reached.size === categories.length ? depthOfService(reached) : null;
}

function modeAdoption(
  mode: CardMode,
  points: readonly ServicePoint[],
  seen: AdoptionSeen | null,
): ModeAdoption {
  const whole = points.length;
  const says = points.filter(({ accepts }) => accepts[mode]);
  const wasShown = ({ point }: ServicePoint) => seen?.points.at(point).has(mode) ?? false;
  return {
    mode,
    declared: { part: says.length, whole },
    seen: seen === null ? null : { part: points.filter(wasShown).length, whole },
    silent: seen === null ? [] : says.filter((each) => !wasShown(each)).map(({ point }) => point),
    undeclared: points.filter((each) => !each.accepts[mode] && wasShown(each)).map(({ point }) => point),
  };
}

type Reached = Omit<CategoryAdoption, 'missing'>;
type Reach = (
  service: Service,
  points: readonly ServicePoint[],
  figures: readonly Disbursement[],
  seen: AdoptionSeen | null,
) => Reached;

/** Of the service points, those that verify identity with a card of a kind that the plan has for the service. */
const identity: Reach = ({ card_modes: modes }, points, _figures, seen) => {
  const whole = points.length;
  const declared = { part: points.filter((each) => acceptsAny(each, modes)).length, whole };
  const shown = ({ point }: ServicePoint) => modes.some((mode) => seen?.points.at(point).has(mode));
  const part = seen === null ? null : { part: points.filter(shown).length, whole };
  return {
    category: 'identity',
    declared,
    declaredDepth: depthOfShare(declared),
    seen: part,
    seenDepth: part && depthOfShare(part),
    bill: null,
  };
};

/** Of the recipients of the year, those paid through the card account. Seen: those a receipt was given for. */
const disbursement: Reach = ({ service }, _points, figures, seen) => {
  const sum = (of: (each: Disbursement) => number) => figures.reduce((total, each) => total + of(each), 0);
  const whole = sum(({ recipients }) => recipients);
  const declared = { part: sum(({ paid_to_card }) => paid_to_card), whole };
  const receipts = seen?.receipts ?? null;
  // Receipts beyond the recipients that were told of are of somebody who was not.
  const given = receipts === null ? null : Math.min(receipts.get(service)?.disbursement ?? 0, whole);
  const part = given === null ? null : { part: given, whole };
  return {
    category: 'disbursement',
    declared,
    declaredDepth: depthOfShare(declared),
    seen: part,
    seenDepth: part && depthOfShare(part),
    bill: null,
  };
};

/**
 * Of the points where a fee is paid. Seen: points whose card opens the bill, and that were shown an electronic card. Depth 1 is
 * about the account: no card need be shown, so what is declared of it stands.
 */
const payment: Reach = (_service, points, _figures, seen) => {
  const paying = points.filter((each) => each.payment !== undefined);
  const whole = paying.length;
  const declared = { part: paying.filter((each) => each.payment?.card_account).length, whole };
  const opening = paying.filter((each) => each.payment?.opens_bill);
  const bill = { part: opening.length, whole };
  const shown = opening.filter(({ point }) => seen?.points.at(point).has('electronic')).length;
  const part = seen === null ? null : { part: shown, whole };
  return {
    category: 'payment',
    declared,
    declaredDepth: depthOfPayment({ account: declared, bill }),
    seen: part,
    seenDepth: part && depthOfPayment({ account: declared, bill: part }),
    bill,
  };
};

function missingOf({ category, declared, bill }: Reached, target: Depth): number | null {
  const depth = Math.min(target, HIGHEST_DEPTH[category]) as Depth;
  const share = category === 'payment' && depth === 2 && bill !== null ? bill : declared;
  return missingFor(share, percentFor(category, depth));
}
