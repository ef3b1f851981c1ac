/** Codes that requests of many routes may be refused with. */
import type { Code } from '../../config/codes.ts';

export const TOKEN_PROBLEMS: readonly Code[] = [
  'auth.missing',
  'auth.invalid',
  'auth.expired',
  'auth.unknown_device',
  'auth.enrolment_ended',
  'auth.device_revoked',
  'auth.token_reused',
  'auth.cluster_unreachable',
  'auth.busy',
];
export const BODY_PROBLEMS: readonly Code[] = [
  'request.malformed',
  'request.truncated',
  'request.trailing',
  'request.duplicate_key',
  'request.too_deep',
  'request.too_large',
  'request.too_much_at_once',
  'request.too_many_items',
  'request.too_slow',
  'request.wrong_type',
  'request.unsupported_media_type',
  'request.not_acceptable',
];
export const ALWAYS: readonly Code[] = [
  'request.ambiguous_length',
  'request.ambiguous_host',
  'request.malformed_header',
  'connection.too_many',
  'gateway.internal',
];
