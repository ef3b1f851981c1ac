/** What an operator gives the gateway to know the platform by. */
import { readFileSync } from 'node:fs';
import { readStrictText } from '../../config/strict-text.ts';
import { parseRoot } from '../trust/verify-bundle.ts';
import { PlatformError } from './platform-error.ts';

/** A bearer token, RFC 6750 clause 2.1: anything else cannot be a header. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const TOKEN_CHARACTERS_MAX = 4_096;

/** The token the platform knows this gateway by. Throws PlatformError `unusable`. */
export function readPlatformToken(file: string): string {
  const fault = (why: string, cause?: unknown) =>
    new PlatformError('unusable', `the platform token in ${file} cannot be used: ${why}`, { cause });
  let token: string;
  try {
    token = readStrictText(file).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  } catch (cause) {
    throw fault((cause as Error).message, cause);
  }
  // What is wrong is said without the token: it is secret.
  if (token === '') throw fault('the file is empty');
  if (/[\r\n]/.test(token)) throw fault('the file has more than one line, and a token is one');
  if (token.length > TOKEN_CHARACTERS_MAX) throw fault(`it has more than ${TOKEN_CHARACTERS_MAX} characters`);
  if (!BEARER_TOKEN.test(token)) {
    throw fault('it has characters other than letters, digits and - . _ ~ + / (RFC 6750, clause 2.1)');
  }
  return token;
}

/** Throws PlatformError `unusable` unless the file holds a root that all trust can begin with. */
export function checkRootFile(file: string): void {
  try {
    parseRoot(readFileSync(file));
  } catch (cause) {
    throw new PlatformError('unusable', `${file} holds no root of trust: ${(cause as Error).message}`, {
      cause,
    });
  }
}
