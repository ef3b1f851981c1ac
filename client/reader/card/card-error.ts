/** Why a chip could not be read. */
import { OnecardError } from '../../../config/onecard-error.ts';

export const CARD_FAULTS = [
  /** It left the reader, or the reader left the machine, before it was done. */
  'card.removed',
  /** It, or the reader, gave no answer that could be used: dirty contacts, too far away, not a chip card. */
  'card.unreadable',
  /** No application of a card that is known here. */
  'card.no_application',
  /** Its application was blocked by the issuer. */
  'card.blocked',
  /** What it said breaks the rules of its standard. */
  'card.malformed',
  /** It refused a command. */
  'card.refused',
  /** It went on beyond every limit. */
  'card.endless',
  /** It can sign nothing, so a copy could say the same. */
  'card.not_provable',
  /** It was not done in time. */
  'card.too_slow',
] as const;
export type CardFault = (typeof CARD_FAULTS)[number];

/** The message names commands and tags, never a value. */
export class CardError extends OnecardError {
  override readonly name = 'CardError';
  readonly code: CardFault;

  constructor(code: CardFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
