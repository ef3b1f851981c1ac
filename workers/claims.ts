/**
 * What a credential says is of two kinds. Public claims may be journalled, uploaded and shown at any device. What names or
 * describes a person is personal: it stays in memory, and goes only to who must have it. The compiler keeps them apart:
 * personal text is no string, so no record, log line, metric or public claim can take it.
 */

declare const personal: unique symbol;

/** Text that names or describes a person. At run time a string; to the compiler it is none. */
export interface PersonalText {
  readonly [personal]: true;
}

/** May be seen by anybody at the gate: mode, validity, categories. */
export type PublicClaims = Readonly<Record<string, string | number | boolean>>;

/** Name, number, birth date, portrait: for a caller whose scene asks for them, in memory alone. */
export type DisclosedClaims = Readonly<Record<string, PersonalText>>;

export function personalText(text: string): PersonalText {
  return text as unknown as PersonalText;
}

/**
 * The text itself. Who calls this answers for where it goes: the naming of a card, what its thread remembers, or the question
 * to the platform.
 */
export function disclosed(text: PersonalText): string {
  return text as unknown as string;
}
