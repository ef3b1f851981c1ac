/** A bearer token that an operator gives the gateway in a file. */
import { OnecardError } from './onecard-error.ts';
import { readStrictText } from './strict-text.ts';

/** A bearer token, RFC 6750 clause 2.1: anything else cannot be a header. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const TOKEN_CHARACTERS_MAX = 4_096;

/** The message says why, without the token: it is secret. */
export class TokenFileError extends OnecardError {
  override readonly name = 'TokenFileError';
  readonly code = 'token_file_unusable';
}

/** Throws TokenFileError, also when the token is shorter than `charactersMin`. */
export function readTokenFile(file: string, charactersMin = 1): string {
  const fault = (why: string, cause?: unknown) => new TokenFileError(why, { cause });
  let token: string;
  try {
    token = readStrictText(file).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  } catch (cause) {
    throw fault((cause as Error).message, cause);
  }
  if (token === '') throw fault('the file is empty');
  if (/[\r\n]/.test(token)) throw fault('the file has more than one line, and a token is one');
  if (token.length > TOKEN_CHARACTERS_MAX) throw fault(`it has more than ${TOKEN_CHARACTERS_MAX} characters`);
  if (!BEARER_TOKEN.test(token)) {
    throw fault('it has characters other than letters, digits and - . _ ~ + / (RFC 6750, clause 2.1)');
  }
  if (token.length < charactersMin) throw fault(`it has fewer than ${charactersMin} characters`);
  return token;
}
