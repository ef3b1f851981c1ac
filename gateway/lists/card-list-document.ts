/** The card list as the platform issues it. */
import { type Static, Type } from 'typebox';

/** States a listed card can have. A card that is not listed is `unknown`. */
export const LISTED_STATES = ['good', 'suspended', 'lost', 'replaced', 'cancelled'] as const;
export type ListedState = (typeof LISTED_STATES)[number];

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
