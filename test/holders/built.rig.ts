/** The holder's program, the double of a cipher machine's library, and a token of SoftHSM, each where it can be had here. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CRATE = join(import.meta.dirname, '../../deploy/key-holder');
const BUILT = join(CRATE, 'target/release/onecard-key-holder');
const SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so';

export const TOKEN = 'onecard';
const PIN = '271828';
const PASSWORD = 'open 1234';

/** Why it cannot be had, or where it is. */
export type Had = { readonly missing: string } | { readonly file: string };

let holder: Had | null = null;

/** Built once; cargo itself sees whether its sources are newer. */
export function holderProgram(): Had {
  holder ??= built();
  return holder;
}

function built(): Had {
  if (spawnSync('cargo', ['--version']).status !== 0) return { missing: 'cargo is not here' };
  run('cargo', ['build', '--release', '--locked', '--quiet', '--manifest-path', join(CRATE, 'Cargo.toml')]);
  return { file: BUILT };
}

const libraries = new Map<string, Had>();

/** `eccBytes`: room of a number in its structures. Built once for a folder. */
export function sdfLibrary(folder: string, eccBytes: 32 | 64 = 64): Had {
  const file = join(folder, `sdf-double-${eccBytes}.so`);
  const library = libraries.get(file) ?? builtLibrary(file, eccBytes);
  libraries.set(file, library);
  return library;
}

function builtLibrary(file: string, eccBytes: number): Had {
  if (spawnSync('cc', ['--version']).status !== 0) return { missing: 'no C compiler is here' };
  if (!existsSync('/usr/include/openssl/ec.h')) {
    return { missing: 'the headers of OpenSSL are not here (libssl-dev)' };
  }
  const source = join(import.meta.dirname, 'sdf-double.c');
  const kind = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', `-DECC_BYTES=${eccBytes}`];
  run('cc', [...kind, source, '-o', file, '-lcrypto']);
  return { file };
}

export function passwordFile(folder: string, password = PASSWORD): string {
  return secretFile(folder, password);
}

export function pinFile(folder: string, pin = PIN): string {
  return secretFile(folder, pin);
}

let files = 0;

function secretFile(folder: string, secret: string): string {
  files += 1;
  const file = join(folder, `secret-${files}`);
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return file;
}

/** Sets `SOFTHSM2_CONF` of this process, which those it starts inherit. */
export function softhsmToken(folder: string): Had {
  if (!existsSync(SOFTHSM) || spawnSync('softhsm2-util', ['--version']).status !== 0) {
    return { missing: 'SoftHSM is not here (softhsm2)' };
  }
  const tokens = join(folder, 'tokens');
  mkdirSync(tokens);
  const settings = join(folder, 'softhsm2.conf');
  writeFileSync(
    settings,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env['SOFTHSM2_CONF'] = settings;
  run('softhsm2-util', ['--init-token', '--free', '--label', TOKEN, '--so-pin', '31415926', '--pin', PIN]);
  return { file: SOFTHSM };
}

/** A key in the token, as its operator makes one. Null: pkcs11-tool (opensc) is not here. */
export function makeTokenKey(
  label: string,
  kind: 'EC:edwards25519' | 'EC:prime256v1' | 'AES:32' | 'AES:16',
): boolean {
  const args = ['--module', SOFTHSM, '--token-label', TOKEN, '--login', '--pin', PIN, '--label', label];
  if (spawnSync('pkcs11-tool', ['--help']).error) return false;
  run('pkcs11-tool', [
    ...args,
    ...(kind.startsWith('AES') ? ['--keygen'] : ['--keypairgen']),
    '--key-type',
    kind,
  ]);
  return true;
}

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'onecard-holders-'));
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}
