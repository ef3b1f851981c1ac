/**
 * The one table of codes. Every answer of the gateway, and every line of `onecard verify`, carries one of these.
 *
 * A code is stable: its name and kind never change once released. `docs/codes.md` is written from this table.
 *
 * Kinds:
 * - `decision`: the tap was judged and the decision is in the journal.
 * - `proof`: as `decision`, and the reason lies in the credential's bytes, chain or signatures (also what
 *   `onecard verify` answers).
 * - `refusal`: no decision is given, and the same tap may be sent again if `retry` is true. The tap was not judged and
 *   nothing was journalled; after `tap.deadline_exceeded` alone a decision may be in the journal.
 * - `connection`: about a connection or a request as a whole.
 */
import type { CodeEntry } from './code-entry.ts';
import { CONNECTION_CODES } from './connection-codes.ts';
import { DECISION_CODES } from './decision-codes.ts';
import { HOTEL_CODES } from './hotel-codes.ts';
import { RECEIPT_CODES } from './receipt-codes.ts';

export type { CodeEntry, CodeKind } from './code-entry.ts';

const proof = (meaning: string): CodeEntry => ({
  kind: 'proof',
  outcome: 'deny',
  http: 200,
  retry: false,
  meaning,
});
const refusal = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'refusal',
  outcome: 'none',
  http,
  retry,
  meaning,
});
export const CODES = {
  ...DECISION_CODES,

  'proof.ok': {
    kind: 'proof',
    outcome: 'allow',
    http: 200,
    retry: false,
    meaning: 'Bytes, chain and signatures are proven (answered by `onecard verify`, which knows no policy).',
  },
  'credential.truncated': proof('The credential ends before its own lengths say.'),
  'credential.trailing': proof('Bytes follow the end of the credential.'),
  'credential.oversized': proof('The credential is larger than its format allows.'),
  'credential.malformed': proof('A field has a value its format does not allow; the failed check names it.'),
  'credential.encoding': proof(
    'Text is not in the encoding its format demands, in its one strict spelling (base64url, Base45, digits, UTF-8).',
  ),
  'credential.duplicate_key': proof('An object or map of the credential holds the same key twice.'),
  'credential.too_deep': proof('The credential is nested deeper than allowed.'),
  'credential.too_many_items': proof(
    'An object, an array or the whole credential holds more items than allowed.',
  ),
  'credential.compression': proof(
    'Compressed data are damaged. What has no end is truncated, and what inflates to too much is oversized.',
  ),
  'credential.header_critical': proof('A header that must be understood is not known here.'),
  'credential.key_type': proof('A key of a map in the credential is neither text nor an integer.'),
  'credential.indefinite_length': proof('An item of the credential does not say how long it is.'),
  'credential.not_shortest': proof('A length or number of the credential takes more bytes than it needs.'),
  'credential.integer_too_large': proof('An integer of the credential is 2^53 or more from zero.'),
  'credential.type_not_allowed': proof('The credential holds a type of data that its format has no use for.'),
  'credential.disclosure_unreferenced': proof(
    'A disclosure that was shown belongs to no digest of the credential.',
  ),
  'credential.disclosure_repeated': proof('The same disclosure was shown twice.'),
  'credential.digest_repeated': proof('A digest of a disclosure stands in the credential twice.'),
  'credential.claim_repeated': proof('A disclosed claim has the name of one that is there already.'),
  'credential.claim_not_disclosable': proof('A claim was disclosed that its issuer must not let be hidden.'),
  'credential.type_not_accepted': proof('The type that the credential names is not one that is taken here.'),
  'credential.holder_key_missing': proof(
    'The credential names no key of its holder that is known here, and the holder signed.',
  ),
  'credential.key_binding_missing': proof(
    'The holder was asked to sign, and what was shown is not signed by the holder.',
  ),
  'credential.key_binding_stale': proof('The holder signed longer ago than allowed.'),
  'credential.key_binding_from_future': proof('The holder signed later than now.'),
  'credential.audience_mismatch': proof('The holder signed for another verifier.'),
  'credential.nonce_mismatch': proof('The holder signed another challenge.'),
  'credential.sd_hash_mismatch': proof('The holder signed another credential, or other disclosures of it.'),
  'credential.status_unsupported': proof(
    'The credential says where its status is kept, in a way that is not known here.',
  ),
  'credential.data_missing': proof('Data the proof needs was not read from the card or the terminal.'),
  'credential.response_status': proof('The wallet answered with an error in place of documents.'),
  'credential.document_error': proof(
    'The wallet gave no document, and says why for those that were asked for.',
  ),
  'credential.no_document': proof('The response holds no document, or none of the type that was asked for.'),
  'credential.type_mismatch': proof('The document says another type than its issuer signed.'),
  'credential.element_unknown': proof('A disclosed element is not among those that the issuer signed.'),
  'credential.digest_mismatch': proof('A disclosed element is not as the issuer signed it.'),
  'credential.device_data_not_authorised': proof('The device states what its issuer does not let it state.'),
  'credential.version_unsupported': proof(
    'The version or profile of the credential is not enabled for its issuer.',
  ),
  'credential.algorithm_unsupported': proof('An algorithm identifier is not one this family may use.'),
  'credential.mode_disabled': proof('This way of dynamic authentication is not enabled for the anchor.'),
  'credential.not_yet_valid': proof('The credential or its application is not yet valid.'),
  'credential.expired': proof('The credential or its application has expired.'),
  'credential.revoked': proof('Its issuer took the credential back.'),
  'credential.chunked': proof(
    'One of several QR codes that carry one credential; it must be read as a whole.',
  ),
  'credential.identity_mismatch': proof(
    'Card number or issuer differ between the credential and its certificates.',
  ),
  'credential.encryption_certificate': proof(
    'The certificate is one for encryption (no digitalSignature): the card has another one for signing, which is to be shown.',
  ),
  'code.stale': proof('The QR code is older than its validity.'),
  'code.from_future': proof('The QR code was generated later than now by more than its validity.'),
  'trust.ca_unknown': proof('No trusted CA key has the identifiers the credential names.'),
  'trust.ca_expired': proof('The CA key has expired.'),
  'trust.issuer_unknown': proof('No anchor is of the issuer and the key that the credential names.'),
  'trust.certificate_expired': proof('A certificate of the chain has expired.'),
  'trust.certificate_not_yet_valid': proof('A certificate of the chain is not yet valid.'),
  'trust.certificate_revoked': proof('A certificate of the chain is on the revocation list.'),
  'trust.certificate_profile': proof(
    'A certificate of the chain is not as its profile wants it: an extension is missing, not allowed, or has a value that it may not.',
  ),
  'trust.critical_extension': proof(
    'A certificate of the chain has a critical extension that is not understood.',
  ),
  'trust.not_a_ca': proof(
    'A certificate signs another and may not: no basicConstraints CA, or no keyCertSign.',
  ),
  'trust.path_too_long': proof('The chain is longer than a certificate of it, or the verifier, allows.'),
  'trust.key_usage': proof('keyUsage or extKeyUsage of a certificate does not allow what it is used for.'),
  'trust.name_constraints': proof(
    'A name is outside of what a CA of the chain may name, or the constraint cannot be judged.',
  ),
  'trust.policy': proof('The chain is not valid for a certificate policy that is required.'),
  'trust.revocation_unknown': proof(
    'Whether a certificate is revoked cannot be told: no list of its issuer, or one that is old or not usable.',
  ),
  'trust.issuer_not_accepted': proof('The trust bundle does not let this issuer issue this credential.'),
  'key.invalid': proof('A public key is not a point of its curve, or not a usable RSA key.'),
  'key.algorithm_mismatch': proof('The algorithm that the credential names is not one that its key is for.'),
  'key.too_short': proof(
    "An RSA key has too few bits: below 1,024 in a card issuer's certificate, below 2,048 in one of X.509.",
  ),
  'signature.encoding': proof(
    'A signature is not encoded as its algorithm demands (JOSE and COSE: r and s, 64 bytes; X.509: DER).',
  ),
  'signature.credential': proof("The issuer's signature over the credential does not verify."),
  'signature.key_binding': proof("The holder's signature over this presentation does not verify."),
  'signature.issuer_certificate': proof("The CA's signature over the issuer certificate does not verify."),
  'signature.card_certificate': proof("The issuer's signature over the card certificate does not verify."),
  'signature.static_data': proof("The issuer's signature over the card's static data does not verify."),
  'signature.dynamic_data': proof("The card's dynamic signature does not verify."),
  'signature.transaction_hash': proof(
    'The transaction data do not match the hash the card signed (combined data authentication).',
  ),
  'signature.authorisation': proof(
    "The issuer's signature over the ride code's authorisation does not verify.",
  ),
  'signature.user': proof("The user's signature over the ride code does not verify."),
  'signature.device': proof("The device's signature over this session does not verify."),
  'signature.device_mac': proof("The device's MAC over this session does not verify."),
  'signature.challenge': proof("The card's signature over the challenge does not verify."),
  'signature.raw': proof('A bare signature, given to `onecard verify` on its own, does not verify.'),
  'token.expired': proof('The online code is past its time, says the platform that drew it.'),
  'token.unknown': proof('The platform drew no such online code.'),
  'token.used': proof('The online code was used before, says the platform that drew it: it is good once.'),
  'token.refused': proof('The platform that drew the online code refuses it here.'),
  'proof.internal': proof('A fault of our own while proving this one credential; it is counted.'),

  'request.malformed': refusal(400, false, 'Not valid JSON or MessagePack, or not of the documented shape.'),
  'request.truncated': refusal(400, false, 'The message ends in the middle of a value.'),
  'request.trailing': refusal(400, false, 'Bytes follow the end of the message.'),
  'request.duplicate_key': refusal(400, false, 'A map of the message holds the same key twice.'),
  'request.too_deep': refusal(400, false, 'The message is nested deeper than allowed.'),
  'request.too_large': refusal(413, false, 'The message is larger than allowed.'),
  'request.too_much_at_once': refusal(
    429,
    true,
    'Bodies of the device, or of all together, have as many bytes on their way as allowed.',
  ),
  'request.too_many_items': refusal(413, false, 'A batch or a map holds more entries than allowed.'),
  'request.wrong_type': refusal(
    422,
    false,
    'A field is missing, unexpected, or of another type than documented.',
  ),
  'request.unknown_family': refusal(422, false, 'No such family of credential.'),
  'scan.foreign': refusal(
    404,
    false,
    'What was scanned is a known code of another city or company, which only its own terminals can verify.',
  ),
  'scan.unknown': refusal(404, false, 'What was scanned looks like no code of any family.'),
  'request.unsupported_media_type': refusal(415, false, 'Send application/json or application/msgpack.'),
  'request.not_acceptable': refusal(406, false, 'Accept application/json or application/msgpack.'),
  'request.ambiguous_length': refusal(
    400,
    false,
    'The length of the request is not said once and clearly: Content-Length in digits, or Transfer-Encoding chunked, never both, and neither at a handshake.',
  ),
  'request.ambiguous_host': refusal(
    400,
    false,
    'The request does not name one host: no Host, several, or one that can be none.',
  ),
  'request.malformed_header': refusal(
    400,
    false,
    'A header field has a name or bytes that none may have, or is there twice and may be only once.',
  ),
  'request.too_slow': refusal(408, true, 'The body of the request did not arrive in time.'),
  'request.not_found': refusal(404, false, 'No such resource.'),
  'request.method_not_allowed': refusal(405, false, 'The resource does not know this method.'),
  'challenge.missing': refusal(
    409,
    false,
    'The family or the scene wants a challenge of the gateway, and the presentation carries none.',
  ),
  'challenge.unknown': refusal(
    409,
    false,
    'The challenge was not issued by this run of the gateway to this device for this scene: ask for another, and have it signed.',
  ),
  'challenge.expired': refusal(
    409,
    false,
    'The challenge is past its end: ask for another, and have it signed.',
  ),
  'challenge.too_many': refusal(429, true, 'The device asks for more challenges than allowed.'),
  'tap.scene_not_allowed': refusal(403, false, 'The device is not enrolled for this scene.'),
  'tap.sequence_conflict': refusal(
    409,
    false,
    'This sequence number was already used by a tap with other content.',
  ),
  'tap.too_many_in_flight': refusal(
    429,
    true,
    'The device has more taps in flight than allowed: in all, or of cards that are dear to prove.',
  ),
  'tap.queue_full': refusal(
    503,
    true,
    "The queue of the device's class is full, or the device has its share of it.",
  ),
  'tap.deadline_unreachable': refusal(
    503,
    true,
    'Shed at once: it would not be answered before its deadline.',
  ),
  'tap.deadline_exceeded': refusal(
    504,
    true,
    'The deadline passed before there was an answer. A decision may be recorded all the same: send the same tap again to learn it.',
  ),
  'tap.worker_lost': refusal(503, true, 'The thread proving this tap died; it was replaced.'),
  'tap.worker_stuck': refusal(503, true, 'The thread proving this tap hung; it was replaced.'),
  'tap.replay_memory_full': refusal(503, true, 'No room to remember the presentation, so it is not judged.'),
  'tap.too_many_remembered': refusal(
    429,
    true,
    'As many presentations of this device are remembered as may be, so this one is not judged; others are.',
  ),
  'tap.journal_unavailable': refusal(
    503,
    true,
    'The decision could not be made durable, so it is not given.',
  ),
  'gateway.draining': refusal(503, true, 'The gateway is shutting down; connect elsewhere or later.'),
  'gateway.not_ready': refusal(503, true, 'Trust or lists are not loaded yet.'),
  'gateway.internal': refusal(
    500,
    true,
    'A fault of our own while handling this one request; it is counted.',
  ),

  ...RECEIPT_CODES,
  ...HOTEL_CODES,
  ...CONNECTION_CODES,
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;

export function codeEntry(code: Code): CodeEntry {
  return CODES[code];
}
