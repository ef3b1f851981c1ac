/** Passkeys (W3C Web Authentication Level 3): a key in an authenticator, bound to the desk's own name, in place of a password. */
import { hash } from 'node:crypto';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Account, Passkey } from './account.ts';
import type { Accounts } from './accounts.ts';

/** Where browsers see the desk: passkeys are bound to the name, answers to all of it. */
export interface RelyingParty {
  readonly origin: string;
  readonly name: string;
  readonly title: string;
}

/** COSE algorithms (RFC 9053): EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];
const CHALLENGE_MS = 120_000;
const CHALLENGES_MAX = 1_024;
const TRANSPORTS: readonly string[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];

interface Issued {
  /** Of the session that adds a passkey; null: somebody signs in. */
  readonly session: string | null;
  readonly untilMs: number;
}

export class Passkeys {
  readonly #accounts: Accounts;
  readonly #now: () => number;
  /** By challenge, oldest first; each is good once. */
  readonly #challenges = new Map<string, Issued>();

  constructor(accounts: Accounts, now: () => number) {
    this.#accounts = accounts;
    this.#now = now;
  }

  async optionsToAdd({ name, title }: RelyingParty, account: Account, session: string) {
    const options = await generateRegistrationOptions({
      rpName: title,
      rpID: name,
      userName: account.account,
      userID: new Uint8Array(Buffer.from(account.userHandle, 'base64url')),
      attestationType: 'none',
      excludeCredentials: account.passkeys.map(({ id, transports }) => ({ id, transports: [...transports] })),
      // Whoever signs in names no account first: nobody is told which accounts there are.
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      supportedAlgorithmIDs: ALGORITHMS,
      timeout: CHALLENGE_MS,
    });
    return this.#issued(options, session);
  }

  /** Null: it does not hold. */
  async read(
    { origin, name }: RelyingParty,
    response: RegistrationResponseJSON,
    session: string,
    keyName: string,
  ): Promise<Passkey | null> {
    const verified = await verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) => this.#use(challenge, session),
      expectedOrigin: origin,
      expectedRPID: name,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    }).catch(() => null);
    if (!verified?.verified) return null;
    const { id, publicKey, counter } = verified.registrationInfo.credential;
    // One authenticator's key is one account's.
    if (this.#holderOf(id) !== null) return null;
    return {
      ...{ id, counter, name: keyName, createdAtMs: this.#now() },
      publicKey: Buffer.from(publicKey).toString('base64url'),
      transports: (response.response.transports ?? []).filter((each) => TRANSPORTS.includes(each)),
    };
  }

  async optionsToSignIn({ name }: RelyingParty) {
    const options = await generateAuthenticationOptions({
      ...{ rpID: name, userVerification: 'preferred', timeout: CHALLENGE_MS },
    });
    return this.#issued(options, null);
  }

  /** Null: nobody is signed in. The key's counter is kept. */
  async signIn(
    { origin, name }: RelyingParty,
    response: AuthenticationResponseJSON,
  ): Promise<Account | null> {
    const account = this.#holderOf(response.id);
    const passkey = account?.passkeys.find(({ id }) => id === response.id);
    if (account === null || passkey === undefined || response.response.userHandle !== account.userHandle)
      return null;
    const { id, publicKey, counter, transports } = passkey;
    const verified = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => this.#use(challenge, null),
      expectedOrigin: origin,
      expectedRPID: name,
      requireUserVerification: false,
      credential: {
        ...{ id, counter },
        publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
        transports: [...transports],
      },
    }).catch(() => null);
    const now = this.#accounts.get(account.account);
    if (!verified?.verified || now === null || now.disabled) return null;
    const { newCounter } = verified.authenticationInfo;
    const passkeys = now.passkeys.map((each) => (each.id === id ? { ...each, counter: newCounter } : each));
    if (newCounter !== counter) this.#accounts.put({ ...now, passkeys });
    return this.#accounts.get(account.account);
  }

  #holderOf(id: string): Account | null {
    return this.#accounts.all().find(({ passkeys }) => passkeys.some((each) => each.id === id)) ?? null;
  }

  #issued<Options extends { readonly challenge: string }>(options: Options, session: string | null): Options {
    this.#challenges.set(options.challenge, { session, untilMs: this.#now() + CHALLENGE_MS });
    const [oldest] = this.#challenges.keys();
    if (this.#challenges.size > CHALLENGES_MAX && oldest !== undefined) this.#challenges.delete(oldest);
    return options;
  }

  #use(challenge: string, session: string | null): boolean {
    const issued = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    return issued !== undefined && issued.session === session && this.#now() < issued.untilMs;
  }
}

/** Names a passkey where its whole id would be too long. */
export const passkeyId = ({ id }: Pick<Passkey, 'id'>): string => hash('sha256', id, 'hex').slice(0, 16);
