/** What a wallet answered, read once and strictly: decrypted, then narrowed to the one document that was asked for, or a code. */
import { compactDecrypt } from 'jose';
import type { PhoneCode } from '../../config/phone-codes.ts';
import type { AskedDocument, PhoneQuery } from './query.ts';
import { type AnswerKey, CONTENT_ENCRYPTION, KEY_AGREEMENT } from './request-object.ts';

/** As the gateway's families take it. */
export interface ShownDocument {
  readonly asked: AskedDocument;
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
}

/** What the holder must have signed: the same in both families, but for how it is put. */
export interface Bound {
  readonly nonce: string;
  readonly answerKey: AnswerKey;
  readonly to:
    | { readonly clientId: string; readonly responseUri: string; readonly state: string }
    | { readonly origin: string };
}

type Members = Readonly<Record<string, unknown>>;

/** `jwe`: compact form (RFC 7516 clause 7.1). */
export async function readAnswer(
  jwe: string,
  query: PhoneQuery,
  bound: Bound,
): Promise<ShownDocument | PhoneCode> {
  const payload = await decrypted(jwe, bound.answerKey);
  if (typeof payload === 'string') return payload;
  if ('state' in bound.to && payload['state'] !== bound.to.state) return 'phone.state_mismatch';
  if (payload['error'] !== undefined) return walletError(payload['error']);
  const document = onlyDocument(payload['vp_token'], query);
  return typeof document === 'string' ? document : shownOf(document, bound);
}

/** An error that the wallet told (clause 8.5; RFC 6749 clause 4.1.2.1). Its description is the wallet's, and shown to nobody. */
export function walletError(error: unknown): PhoneCode {
  return error === 'access_denied' ? 'phone.declined' : 'phone.wallet_failed';
}

async function decrypted(jwe: string, { privateKey, jwk }: AnswerKey): Promise<Members | PhoneCode> {
  let plaintext: Uint8Array;
  try {
    const { plaintext: bytes, protectedHeader } = await compactDecrypt(jwe, privateKey, {
      keyManagementAlgorithms: [KEY_AGREEMENT],
      contentEncryptionAlgorithms: [...CONTENT_ENCRYPTION],
    });
    const { kid, zip } = protectedHeader;
    if (zip !== undefined || (kid !== undefined && kid !== jwk.kid)) return 'phone.not_decrypted';
    plaintext = bytes;
  } catch {
    return 'phone.not_decrypted';
  }
  try {
    const payload: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext));
    return isMembers(payload) ? payload : 'phone.malformed';
  } catch {
    return 'phone.malformed';
  }
}

/** `vp_token` (clause 8.1): for each credential query that is answered, the presentations. One was asked for. */
function onlyDocument(
  token: unknown,
  { asked }: PhoneQuery,
): { readonly asked: AskedDocument; readonly presentation: string } | PhoneCode {
  if (token === undefined) return 'phone.less_than_asked';
  if (!isMembers(token)) return 'phone.malformed';
  const answered = Object.entries(token);
  const [first] = answered;
  if (first === undefined) return 'phone.less_than_asked';
  if (answered.some(([id]) => !asked.has(id))) return 'phone.not_asked';
  if (answered.length > 1) return 'phone.more_than_asked';
  const [id, presentations] = first;
  const document = asked.get(id);
  if (document === undefined || !Array.isArray(presentations)) return 'phone.malformed';
  if (presentations.length > 1) return 'phone.more_than_asked';
  const [presentation] = presentations as readonly unknown[];
  if (presentation === undefined) return 'phone.less_than_asked';
  return typeof presentation === 'string' ? { asked: document, presentation } : 'phone.malformed';
}

function shownOf(
  { asked, presentation }: { readonly asked: AskedDocument; readonly presentation: string },
  { nonce, answerKey, to }: Bound,
): ShownDocument | PhoneCode {
  const { family } = asked;
  if (family === 'sd-jwt') {
    // Over the DC API whom the holder signs for is the page, whoever signed the request (Appendix A.4).
    const aud = 'origin' in to ? `origin:${to.origin}` : to.clientId;
    return { asked, family, credential: { text: presentation }, context: { aud, nonce } };
  }
  const response = Buffer.from(presentation, 'base64url');
  if (presentation === '' || response.toString('base64url') !== presentation) return 'phone.malformed';
  const [docType] = asked.types;
  const handover =
    'origin' in to
      ? { type: 'openid4vp-1.0-dc-api', origin: to.origin }
      : { type: 'openid4vp-1.0', clientId: to.clientId, responseUri: to.responseUri };
  const context = {
    handover: { ...handover, nonce, jwkThumbprintHex: answerKey.thumbprint.toString('hex') },
    docType,
  };
  return { asked, family, credential: { base64: response.toString('base64') }, context };
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
