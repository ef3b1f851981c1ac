/** Shapes of what a device learns of its scenes; the OpenAPI document is made from them. */
import { Type } from 'typebox';
import { RECEIPT_PURPOSES, SceneSchema } from '../../../config/policy-schema.ts';

const closed = { additionalProperties: false } as const;
const text = { type: 'string' } as const;
const { title, show } = SceneSchema.properties;

export const SceneParameter = Type.String({
  pattern: '^[a-z0-9][a-z0-9/.-]{0,62}$',
  description: 'Name of a scene that the device is enrolled for; its `/` is written `%2F`.',
});

const scene = {
  scene: Type.String({ maxLength: 63 }),
  service: Type.Integer({ minimum: 1, description: 'Number in the city’s plan.' }),
  point: Type.Enum(['gate', 'desk'], text),
  families: Type.Array(Type.String(), { description: 'Families of credential that it takes.' }),
  regions: Type.Array(Type.String(), { description: 'Regions whose cards it takes.' }),
  receipts: Type.Array(Type.Enum([...RECEIPT_PURPOSES], text), {
    description: 'Purposes that a signed receipt may be had for; empty: none is given.',
  }),
  title,
  show,
  direction: Type.Optional(
    Type.Object({ area: Type.String(), passes: Type.Enum(['entry', 'exit'], text) }, closed),
  ),
};
const revision = Type.String({ description: 'Of the scenes in force, as every decision’s record has it.' });

export const SceneAnswer = Type.Object({ revision, ...scene }, closed);
export const ScenesAnswer = Type.Object({ revision, scenes: Type.Array(Type.Object(scene, closed)) }, closed);
