/** Kinds of setting: groups whose members all have a default, and numbers whose unit is in their name. */
import { type TSchema, Type } from 'typebox';

export const closed = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false, default: {} });
export const ms = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 31_536_000_000, default: value, description });
export const count = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 100_000_000, default: value, description });
export const bytes = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 1_099_511_627_776, default: value, description });

/** Files of an address that speaks TLS. */
export const tlsFiles = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        cert_file: Type.String({
          minLength: 1,
          description: 'Certificate and those between it and the root.',
        }),
        key_file: Type.String({ minLength: 1, description: 'Its private key.' }),
      },
      { additionalProperties: false, description },
    ),
  );
