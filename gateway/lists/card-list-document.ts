/** The card list as the platform issues it. */
import { type Static, Type } from 'typebox';
import { LISTED_STATES } from './list-handle.ts';

export const CardListDocument = Type.Object(
  {
    kind: Type.Literal('cards'),
    revision: Type.String({ minLength: 1, maxLength: 64 }),
    issuedAtMs: Type.Integer({ minimum: 0 }),
    freshUntilMs: Type.Integer({ minimum: 0 }),
    staleUntilMs: Type.Integer({ minimum: 0 }),
    /** Issuer, credential id, state, entitlement bits. */
    cards: Type.Array(
      Type.Tuple([
        Type.String({ minLength: 1, maxLength: 64 }),
        Type.String({ minLength: 1, maxLength: 128 }),
        Type.Enum(LISTED_STATES),
        Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
      ]),
    ),
  },
  { additionalProperties: false },
);

export type CardListDocument = Static<typeof CardListDocument>;
