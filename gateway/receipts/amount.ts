/** Amounts of money in receipts: whole minor units of a currency of ISO 4217. */
import type { Code } from '../../config/codes.ts';
import type { ReceiptRequest } from './receipt.ts';

/** ISO 4217 as the platform's ICU knows it. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Null: there is none, or it can be stated. */
export function amountFault({ purpose, amount, currency }: ReceiptRequest): Code | null {
  if (amount === null && currency === null) return null;
  const isStated = amount !== null && currency !== null && CURRENCIES.has(currency);
  return isStated && purpose !== 'identity' ? null : 'receipt.amount_unusable';
}
