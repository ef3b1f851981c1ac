/** An account of somebody who works with the desk. */
import { type Static, Type } from 'typebox';
import { ROLES } from './actor.ts';

/** Lower case: what is typed otherwise is the same account. */
export const ACCOUNT_PATTERN = '^[a-z0-9][a-z0-9._-]{0,31}$';

const closed = { additionalProperties: false };
const AtMs = Type.Integer({ minimum: 0 });

export const PasskeySchema = Type.Object(
  {
    /** Credential id of the authenticator (W3C WebAuthn Level 3, clause 4), base64url. */
    id: Type.String({ minLength: 1, maxLength: 1_400 }),
    name: Type.String({ minLength: 1, maxLength: 64 }),
    /** COSE_Key (RFC 9052 clause 7), base64url. */
    publicKey: Type.String({ minLength: 1, maxLength: 4_096 }),
    /** Signature counter (clause 6.1.1); 0: it counts none. */
    counter: Type.Integer({ minimum: 0 }),
    transports: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 8 }),
    createdAtMs: AtMs,
  },
  closed,
);
export type Passkey = Readonly<Static<typeof PasskeySchema>>;

export const AccountSchema = Type.Object(
  {
    account: Type.String({ pattern: ACCOUNT_PATTERN }),
    role: Type.Enum([...ROLES]),
    /** PHC string of Argon2id, parameters in it. */
    passwordHash: Type.String({ minLength: 1, maxLength: 512 }),
    /** Somebody else knows the password: it opens nothing but its own change. */
    mustChangePassword: Type.Boolean(),
    /** Until when such a password can be used; null: as long as it is not changed. */
    oneTimeUntilMs: Type.Union([AtMs, Type.Null()]),
    disabled: Type.Boolean(),
    createdAtMs: AtMs,
    createdBy: Type.String({ maxLength: 64 }),
    passkeys: Type.Array(PasskeySchema, { maxItems: 16 }),
    /** What authenticators know the account by (user handle): tells nothing of it. Base64url. */
    userHandle: Type.String({ minLength: 1, maxLength: 86 }),
  },
  closed,
);
export type Account = Readonly<Static<typeof AccountSchema>>;
