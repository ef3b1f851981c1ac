/**
 * `chip-oda`: offline data authentication of PBOC 3.0 and EMV chip cards. CA key, issuer certificate, card
 * certificate, and the card's signature over the terminal's unpredictable number.
 */
import { dayStartMs } from '../../codecs/bcd.ts';
import { toHex } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import type { Family } from '../family.ts';
import { readCardNumber } from './card-number.ts';
import { type Chain, verifyChain } from './chain.ts';
import { ChipCheckList } from './chip-check-list.ts';
import { costKey } from './cost-key.ts';
import { packChip } from './direct.ts';
import { type ChipOdaInput, contextSchema, credentialSchema, type DataObjects, readInput } from './input.ts';
import { DYNAMIC_MODES, readUnpredictableNumber, splitDynamicData } from './modes.ts';
import { readStaticData } from './static-data.ts';
import { type ChipAnchor, type ChipOdaTrust, FAMILY_NAME, loadTrust } from './trust.ts';

export type { ChipOdaInput, ChipOdaTrust };

export const chipOda: Family<ChipOdaInput, ChipOdaTrust> = {
  name: FAMILY_NAME,
  presentable: true,
  credentialSchema,
  contextSchema,
  read: readInput,
  packDirectly: packChip,
  costKey: ({ tags }) => costKey('9F32' in tags),
  loadTrust,
  begin(input, trust, atMs) {
    const list = new ChipCheckList();
    const facts = prove(list, input, trust, atMs);
    return facts === null ? list.denied() : list.pending(facts, () => list.runProven());
  },
};

/** The whole proof in order: what is there, the chain, the static data, the dynamic signature. */
function prove(
  list: ChipCheckList,
  input: ChipOdaInput,
  trust: ChipOdaTrust,
  atMs: number,
): ProofFacts | null {
  if (!list.require('input.unambiguous', 'credential.malformed', !input.ambiguous)) return null;
  const anchor = findAnchor(list, input.tags, trust, atMs);
  if (anchor === null) return null;
  const mode = DYNAMIC_MODES[input.mode];
  if (!list.require('mode.enabled', 'credential.mode_disabled', mode.enabled(anchor.key))) return null;
  const unpredictableNumber = readUnpredictableNumber(list, input.terminal);
  const dynamic = input.tags['9F4B'];
  if (unpredictableNumber === null || !list.has('dynamic_signature.present', dynamic)) return null;
  const staticData = readStaticData(list, input);
  if (staticData === null) return null;
  const cardNumber = readCardNumber(list, input.tags, staticData.objects);
  const terminalData = cardNumber === null ? null : mode.terminalData(list, input, staticData.objects);
  if (cardNumber === null || terminalData === null) return null;

  const shown = { tags: input.tags, staticData: staticData.bytes, cardNumber };
  const chain = verifyChain(list, trust, anchor, shown, atMs);
  if (chain === null) return null;
  const { issuer, card } = chain;
  const applicationEndMs = checkApplicationDates(list, staticData.objects, atMs);
  if (applicationEndMs === null) return null;

  const signed = card.key.dynamicData(list, dynamic, terminalData);
  const dynamicData = signed && splitDynamicData(list, signed);
  const claims = dynamicData && mode.readDynamicData(list, dynamicData, card.key, input);
  if (dynamicData === null || claims === null) return null;
  return {
    ...identity(anchor, chain),
    mode: input.mode,
    nonce: toHex(unpredictableNumber) + toHex(dynamicData.number),
    replayableUntilMs: null,
    validUntilMs: Math.min(anchor.expiresMs, issuer.expiresMs, card.expiresMs, applicationEndMs),
    claims: { alg: anchor.key.alg, index: anchor.index, ...claims },
  };
}

const AID_BYTES_MIN = 5;
const AID_BYTES_MAX = 16;
const RID_BYTES = 5;

/** EMV Book 2 clause 6.2: the CA key that the application's RID and the index on the card name. */
function findAnchor(
  list: ChipCheckList,
  tags: DataObjects,
  { anchors }: ChipOdaTrust,
  atMs: number,
): ChipAnchor | null {
  const aid = tags['84'] ?? tags['4F'];
  if (!list.has('application_identifier.present', aid)) return null;
  const fits = aid.length >= AID_BYTES_MIN && aid.length <= AID_BYTES_MAX;
  if (!list.require('application_identifier.length', 'credential.malformed', fits)) return null;
  const index = tags['8F'];
  if (!list.has('ca_index.present', index) || !list.hasLength('ca_index.length', index, 1)) return null;
  const anchor = anchors.get(toHex(aid.subarray(0, RID_BYTES)) + toHex(index));
  if (!list.require('ca_key.known', 'trust.ca_unknown', anchor !== undefined) || anchor === undefined)
    return null;
  return list.require('ca_key.expiry', 'trust.ca_expired', atMs <= anchor.expiresMs) ? anchor : null;
}

const DAY_MS = 86_400_000;

/**
 * EMV Book 3 clause 10.4.3: the application's effective date (5F25) and expiration date (5F24, good through that
 * day), where the card shows them. Answers the application's last millisecond, or null when a check failed.
 */
function checkApplicationDates(list: ChipCheckList, objects: DataObjects, atMs: number): number | null {
  const effective = objects['5F25'];
  if (effective !== undefined) {
    const startMs = dayStartMs(effective);
    if (!list.require('application.effective_date', 'credential.malformed', startMs !== null)) return null;
    if (!list.require('application.effective', 'credential.not_yet_valid', atMs >= (startMs ?? 0)))
      return null;
  }
  const expiration = objects['5F24'];
  if (expiration === undefined) return Number.POSITIVE_INFINITY;
  const lastDayMs = dayStartMs(expiration);
  if (!list.require('application.expiration_date', 'credential.malformed', lastDayMs !== null)) return null;
  const endMs = (lastDayMs ?? 0) + DAY_MS - 1;
  return list.require('application.expiry', 'credential.expired', atMs <= endMs) ? endMs : null;
}

/** A card number outlives the chip, so the credential is named by its certificate's serial number as well. */
function identity(anchor: ChipAnchor, { issuer, card }: Chain) {
  return {
    credentialId: `${anchor.rid}:${issuer.digits}:${card.serial}:${card.digits}`,
    issuer: `${anchor.rid}:${issuer.digits}`,
    region: anchor.region,
    subject: card.digits,
  };
}
