/** `settings.yml` of the suite `sd-jwt`: of YAML only what its layout uses, indented lines of `name: value`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnusableError } from '../unusable.ts';

export interface IssuerJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  /** The private part, where the data has it. */
  readonly d?: string;
}

export interface Settings {
  readonly issuer: string;
  readonly issuerKeys: readonly IssuerJwk[];
  /** When what is issued here is judged, where it does not say when it was signed. */
  readonly iatSeconds: number;
}

const FILE = 'settings.yml';
const LINE = /^( *)(- )?([a-z_]+):\s*(?:"([^"]*)"|([^#\s][^#]*?))?\s*(?:#.*)?$/;

/** Throws UnusableError where the file is not there, or lacks the issuer, its keys or `iat`. */
export function readSettings(folder: string): Settings {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UnusableError(`${path}: ${(error as Error).message}`);
  }
  const keys: Record<string, string>[] = [];
  let issuer: string | undefined;
  let iat: string | undefined;
  /** The indentation of `issuer_keys`, while its list goes on. */
  let listIndent: number | null = null;
  for (const line of text.split('\n')) {
    const [, indent = '', dash, name = '', quoted, plain] = LINE.exec(line) ?? [];
    if (name === '') continue;
    if (listIndent !== null && indent.length <= listIndent && dash === undefined) listIndent = null;
    const value = quoted ?? plain;
    if (listIndent !== null) {
      if (dash !== undefined) keys.push({});
      const key = keys.at(-1);
      if (key !== undefined && value !== undefined) key[name] = value;
    } else if (name === 'issuer_keys') listIndent = indent.length;
    else if (name === 'issuer') issuer = value;
    else if (name === 'iat') iat = value;
  }
  const issuerKeys = keys.filter(isKey);
  if (issuer === undefined || !(Number(iat) > 0) || issuerKeys.length === 0) {
    throw new UnusableError(`${path}: issuer, issuer_keys and iat are expected`);
  }
  return { issuer, issuerKeys, iatSeconds: Number(iat) };
}

function isKey(key: Record<string, string>): key is Record<string, string> & IssuerJwk {
  return ['kty', 'crv', 'x', 'y'].every((name) => name in key);
}
