/** A certificate authority for one control plane, and what it signs. By OpenSSL. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Signed {
  readonly commonName: string;
  readonly organization?: string;
  /** As OpenSSL writes them: `IP:127.0.0.1`, `DNS:kubernetes`. */
  readonly alternativeNames?: readonly string[];
}

const DAYS = '2';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority {
  readonly #folder: string;
  readonly #ca: KeyPair;

  constructor(folder: string) {
    this.#folder = folder;
    this.#ca = this.#paths('ca');
    const subject = ['-subj', '/CN=control plane under test', '-addext', 'keyUsage=critical,keyCertSign'];
    openssl(['req', '-x509', ...NEW_KEY, ...subject, '-days', DAYS, ...outputs(this.#ca)]);
  }

  get caFile(): string {
    return this.#ca.cert;
  }

  sign(name: string, { commonName, organization, alternativeNames = [] }: Signed): KeyPair {
    const pair = this.#paths(name);
    const request = join(this.#folder, `${name}.csr`);
    const extensions = join(this.#folder, `${name}.ext`);
    const subject = `${organization === undefined ? '' : `/O=${organization}`}/CN=${commonName}`;
    openssl(['req', '-new', ...NEW_KEY, '-subj', subject, '-keyout', pair.key, '-out', request]);
    const lines = ['extendedKeyUsage=serverAuth,clientAuth'];
    if (alternativeNames.length > 0) lines.push(`subjectAltName=${alternativeNames.join(',')}`);
    writeFileSync(extensions, `${lines.join('\n')}\n`);
    const by = ['-CA', this.#ca.cert, '-CAkey', this.#ca.key, '-CAcreateserial'];
    openssl([
      'x509',
      '-req',
      '-in',
      request,
      ...by,
      '-days',
      DAYS,
      '-extfile',
      extensions,
      '-out',
      pair.cert,
    ]);
    return pair;
  }

  /** Tokens of service accounts are signed with it: the private and the public half. */
  accountKey(): { readonly privateKey: string; readonly publicKey: string } {
    const [privateKey, publicKey] = [join(this.#folder, 'accounts.key'), join(this.#folder, 'accounts.pub')];
    openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', privateKey]);
    openssl(['pkey', '-in', privateKey, '-pubout', '-out', publicKey]);
    return { privateKey, publicKey };
  }

  #paths(name: string): KeyPair {
    return { cert: join(this.#folder, `${name}.crt`), key: join(this.#folder, `${name}.key`) };
  }
}

function outputs({ cert, key }: KeyPair): string[] {
  return ['-keyout', key, '-out', cert];
}

function openssl(args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
}
