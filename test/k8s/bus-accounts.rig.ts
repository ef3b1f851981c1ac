/**
 * What `nsc` makes for NATS: an operator, a system account, the account of the gateways, users with credentials. JWTs as NATS
 * has them (version 2, `ed25519-nkey`).
 */
import { randomBytes } from 'node:crypto';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

export class BusAccounts {
  readonly #operator = createOperator();
  readonly #system = createAccount();
  readonly #account = createAccount();
  readonly #users = new Map<string, string>();
  readonly #revoked: Record<string, number> = {};

  /** Signed once: servers take no other operator while they run. */
  readonly #operatorToken: string;
  readonly #systemToken: string;

  constructor() {
    this.#operatorToken = token(this.#operator, 'onecard', this.#operator.getPublicKey(), {
      type: 'operator',
      version: 2,
      system_account: this.#system.getPublicKey(),
    });
    this.#systemToken = this.#accountToken('SYS', this.#system, {});
  }

  /** As `nsc generate config --mem-resolver` writes it. */
  get serverConfig(): string {
    const account = this.#accountToken('onecard', this.#account, {
      mem_storage: -1,
      disk_storage: -1,
      streams: -1,
      consumer: -1,
    });
    return [
      `operator: ${this.#operatorToken}`,
      `system_account: ${this.#system.getPublicKey()}`,
      'resolver: MEMORY',
      'resolver_preload: {',
      `  ${this.#system.getPublicKey()}: ${this.#systemToken}`,
      `  ${this.#account.getPublicKey()}: ${account}`,
      '}',
      '',
    ].join('\n');
  }

  /** As `nsc generate creds` writes it. */
  credentials(name: string): string {
    const user = createUser();
    this.#users.set(name, user.getPublicKey());
    const jwt = token(this.#account, name, user.getPublicKey(), {
      pub: {},
      sub: {},
      ...UNLIMITED,
      type: 'user',
      version: 2,
    });
    const seed = new TextDecoder().decode(user.getSeed());
    return [
      ...['-----BEGIN NATS USER JWT-----', jwt, '------END NATS USER JWT------', ''],
      ...['-----BEGIN USER NKEY SEED-----', seed, '------END USER NKEY SEED------', ''],
    ].join('\n');
  }

  /** As `nsc revocations add-user`: what was issued until now. `serverConfig` says so from then on. */
  revoke(name: string): void {
    const user = this.#users.get(name);
    if (user === undefined) throw new Error(`there is no user ${name}`);
    this.#revoked[user] = nowS();
  }

  #accountToken(name: string, account: KeyPair, storage: object): string {
    return token(this.#operator, name, account.getPublicKey(), {
      limits: { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1, ...storage },
      default_permissions: { pub: {}, sub: {} },
      ...(account === this.#account && { revocations: this.#revoked }),
      type: 'account',
      version: 2,
    });
  }
}

function token(issuer: KeyPair, name: string, subject: string, nats: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    jti: randomBytes(32).toString('hex').toUpperCase(),
    iat: nowS(),
    iss: issuer.getPublicKey(),
    name,
    sub: subject,
    nats,
  };
  const input = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`;
  return `${input}.${Buffer.from(issuer.sign(Buffer.from(input))).toString('base64url')}`;
}

function nowS(): number {
  return Math.floor(Date.now() / 1_000);
}
