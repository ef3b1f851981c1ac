/** Authorities of SM2 and what they issue, made by OpenSSL's commands: signing and encryption pairs, and a list of revoked ones. */
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SERVER_NAME = 'gateway.example';

export interface Pair {
  readonly sign_cert_file: string;
  readonly sign_key_file: string;
  readonly enc_cert_file: string;
  readonly enc_key_file: string;
}

/** Identity of a signer that GM/T 0009-2012 clause 10 gives where none is agreed. */
const ID = 'distid:1234567812345678';
const SIGNING = 'digitalSignature,nonRepudiation';
const ENCRYPTION = 'keyEncipherment,dataEncipherment,keyAgreement';

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
}

export class Authority {
  readonly caFile: string;
  readonly #folder: string;
  readonly #name: string;
  readonly #keyFile: string;
  #issued = 0;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.caFile = join(folder, `${name}.pem`);
    this.#keyFile = makeKey(folder, name);
    const uses = [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=critical,keyCertSign,cRLSign',
      'subjectKeyIdentifier=hash',
    ];
    const extensions = uses.flatMap((use) => ['-addext', use]);
    const signed = ['-sm3', '-sigopt', ID, '-days', '2', '-subj', `/C=CN/O=Onecard/CN=${name}`];
    openssl('req', '-x509', '-new', '-key', this.#keyFile, ...signed, ...extensions, '-out', this.caFile);
  }

  /** GM/T 0015: one for signatures, one for encryption. */
  pair(name: string): Pair {
    const [sign_cert_file, sign_key_file] = this.#issue(`${name}-sign`, SIGNING);
    const [enc_cert_file, enc_key_file] = this.#issue(`${name}-enc`, ENCRYPTION);
    return { sign_cert_file, sign_key_file, enc_cert_file, enc_key_file };
  }

  /** A list that revokes these. Returns its file. */
  revoke(certFiles: readonly string[]): string {
    const file = (name: string) => join(this.#folder, `${this.#name}-${name}`);
    const config = file('ca.cnf');
    writeFileSync(file('index'), '');
    writeFileSync(
      config,
      `[ca]\ndefault_ca=own\n[own]\ndatabase=${file('index')}\ndefault_md=sm3\ndefault_crl_days=2\n`,
    );
    const by = ['-config', config, '-keyfile', this.#keyFile, '-cert', this.caFile, '-sigopt', ID];
    for (const certFile of certFiles) openssl('ca', ...by, '-revoke', certFile);
    openssl('ca', ...by, '-gencrl', '-out', file('crl.pem'));
    return file('crl.pem');
  }

  #issue(name: string, usage: string): [certFile: string, keyFile: string] {
    const file = (ending: string) => join(this.#folder, `${name}.${ending}`);
    const keyFile = makeKey(this.#folder, name);
    this.#issued += 1;
    const subject = ['-subj', `/C=CN/O=Onecard/CN=${name}`];
    openssl('req', '-new', '-key', keyFile, '-sm3', '-sigopt', ID, ...subject, '-out', file('csr'));
    const extensions = [
      'basicConstraints=CA:FALSE',
      `keyUsage=critical,${usage}`,
      `subjectAltName=DNS:${SERVER_NAME}`,
    ];
    writeFileSync(file('ext'), extensions.join('\n'));
    const issuer = ['-CA', this.caFile, '-CAkey', this.#keyFile, '-set_serial', String(this.#issued)];
    const signed = ['-sm3', '-sigopt', ID, '-vfyopt', ID, '-days', '1', '-extfile', file('ext')];
    openssl('x509', '-req', '-in', file('csr'), ...issuer, ...signed, '-out', file('pem'));
    return [file('pem'), keyFile];
  }
}

function makeKey(folder: string, name: string): string {
  const keyFile = join(folder, `${name}.key`);
  openssl('ecparam', '-name', 'SM2', '-genkey', '-noout', '-out', keyFile);
  chmodSync(keyFile, 0o600);
  return keyFile;
}
