/**
 * The registry of service points: where people meet a service, what is accepted there, and which devices stand there. Beside
 * it, of services that pay out, how many recipients are paid through the card account.
 */
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';
import { schemaFaults } from '../config/city-document/schema-faults.ts';
import { type CardMode, type Service, WordsSchema } from '../config/policy-schema.ts';
import { pointFaults } from './point-faults.ts';
import type { RegistryFault, RegistryItem } from './registry-source.ts';

const strict = { additionalProperties: false } as const;
const id = Type.String({ pattern: '^[a-z0-9][a-z0-9/._-]{0,62}$' });
const device = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' });
const service = Type.Integer({ minimum: 1, maximum: 10_000 });
const people = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

export const PointSchema = Type.Object(
  {
    point: id,
    /** Number in the plan. */
    service,
    name: WordsSchema,
    district: Type.String({ minLength: 1, maxLength: 64 }),
    region: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,15}$' }),
    accepts: Type.Object({ physical: Type.Boolean(), electronic: Type.Boolean() }, strict),
    /** Where the fee is paid; without it, none is paid here. */
    payment: Type.Optional(
      Type.Object(
        {
          /** Whether the fee can be paid through the card account. */
          card_account: Type.Boolean(),
          /** Whether the electronic card opens the bill directly. */
          opens_bill: Type.Boolean(),
        },
        strict,
      ),
    ),
    /** The gateway that the devices are of, where several have devices of one name. */
    gateway: Type.Optional(device),
    /** Devices that stand here and the scenes they name; without them nobody can see whether a card is ever shown. */
    devices: Type.Optional(Type.Array(device, { minItems: 1, maxItems: 1_000 })),
    scenes: Type.Optional(Type.Array(id, { minItems: 1, maxItems: 64 })),
  },
  strict,
);

/** Figures of whoever pays out. */
export const DisbursementSchema = Type.Object(
  {
    service,
    /** A year like "2026", or a month like "2026-11". */
    period: Type.String({ pattern: '^20[0-9]{2}(-(0[1-9]|1[0-2]))?$' }),
    recipients: people,
    /** Of them, paid through the card account. */
    paid_to_card: people,
  },
  strict,
);

export type ServicePoint = Static<typeof PointSchema>;
export type Disbursement = Static<typeof DisbursementSchema>;

export interface Registry {
  readonly points: readonly ServicePoint[];
  readonly disbursements: readonly Disbursement[];
}

/** What the city and its plan say, which a registry must fit. */
export interface RegistryPlan {
  readonly services: readonly Service[];
  /** Scenes and their services. */
  readonly scenes: ReadonlyMap<string, number>;
  /** Null: nobody says which there are. */
  readonly regions: readonly string[] | null;
}

/** Checks every item by itself, then what speaks against something else. Faults in the order of the files. */
export function checkRegistry(
  items: { readonly points: readonly RegistryItem[]; readonly disbursements: readonly RegistryItem[] },
  plan: RegistryPlan,
): { readonly registry: Registry; readonly faults: readonly RegistryFault[] } {
  const faults: RegistryFault[] = [];
  const shaped = <T>(schema: typeof PointSchema | typeof DisbursementSchema, all: readonly RegistryItem[]) =>
    all.flatMap(({ value, placeOf }) => {
      if (Check(schema, value)) return [{ value: value as T, placeOf }];
      const wrong = schemaFaults(schema, value);
      faults.push(...wrong.map(({ path, isKey, what }) => ({ where: placeOf(path, isKey === true), what })));
      return [];
    });
  const points = shaped<ServicePoint>(PointSchema, items.points);
  const disbursements = shaped<Disbursement>(DisbursementSchema, items.disbursements);
  faults.push(...pointFaults({ points, disbursements }, plan));
  return {
    registry: {
      points: points.map(({ value }) => value),
      disbursements: disbursements.map(({ value }) => value),
    },
    faults,
  };
}

export function acceptsAny({ accepts }: ServicePoint, modes: readonly CardMode[]): boolean {
  return modes.some((mode) => accepts[mode]);
}
