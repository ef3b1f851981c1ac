/** What this terminal says of itself when a card asks, and how it is put together (EMV Book 3 clause 5.4). */
import type { DolEntry } from './tlv.ts';
import { fromHex } from './tlv.ts';

/** Values by tag, upper-case hex. */
export type Values = Readonly<Record<string, Uint8Array>>;

export const UNPREDICTABLE_NUMBER = '9F37';
export const UNPREDICTABLE_NUMBER_BYTES = 4;

const FIXED: Values = {
  // Amounts: nothing is paid.
  '9F02': fromHex('000000000000'),
  '9F03': fromHex('000000000000'),
  // Country and currency: China, renminbi.
  '9F1A': fromHex('0156'),
  '5F2A': fromHex('0156'),
  // Purchase of goods or services, the kind of transaction every card knows.
  '9C': fromHex('00'),
  // Capabilities (annex A2): chip with contacts; no check of the holder; SDA, DDA, CDA. Attended, online.
  '9F33': fromHex('2008C8'),
  '9F35': fromHex('21'),
  '9F40': fromHex('6000001001'),
  '95': fromHex('0000000000'),
  '9F34': fromHex('1F0002'),
  // Transaction qualifiers: PBOC with and without contact, qPBOC, offline authentication also of what goes online; a cryptogram
  // for the issuer and none that spends.
  '9F66': fromHex('71800000'),
  // The card may use its SM2 keys (PBOC 3.0).
  DF69: fromHex('01'),
};

/** `nowMs`: of this machine, for the date and time that cards ask for; nothing is judged by them. Throws RangeError. */
export function terminalValues(unpredictableNumber: Uint8Array, nowMs: number): Values {
  if (unpredictableNumber.length !== UNPREDICTABLE_NUMBER_BYTES) {
    throw new RangeError(`an unpredictable number has ${UNPREDICTABLE_NUMBER_BYTES} bytes`);
  }
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T');
  return {
    ...FIXED,
    [UNPREDICTABLE_NUMBER]: unpredictableNumber,
    '9A': fromHex(day.slice(2).replaceAll('-', '')),
    '9F21': fromHex(time.slice(0, 8).replaceAll(':', '')),
  };
}

/** Of numeric format (annex A1): shortened and filled up on the left. */
const NUMERIC: ReadonlySet<string> = new Set(['9F02', '9F03', '9F1A', '5F2A', '9C', '9A', '9F21', '9F35']);

/** Rules a, c and d of clause 5.4: zeros for what the terminal does not have. */
export function dolValues(entries: readonly DolEntry[], terminal: Values): Uint8Array {
  const data = new Uint8Array(entries.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const { tag, constructed, length } of entries) {
    const value = constructed ? undefined : terminal[tag];
    if (value !== undefined) {
      const excess = value.length - length;
      if (NUMERIC.has(tag))
        data.set(excess > 0 ? value.subarray(excess) : value, start + Math.max(0, -excess));
      else data.set(excess > 0 ? value.subarray(0, length) : value, start);
    }
    start += length;
  }
  return data;
}
