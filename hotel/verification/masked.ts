/** Personal data as lists and results show it: document numbers by their ends alone. */
import type { GuestClaims } from '../stays/stay.ts';

const HEAD = 3;
const TAIL = 4;

/** 110***********1234 of a long number, ****34 of a short one. */
export function maskedNumber(number: string): string {
  const signs = [...number];
  const [head, tail] = signs.length >= 12 ? [HEAD, TAIL] : [0, Math.min(2, Math.floor(signs.length / 3))];
  return signs.map((sign, i) => (i < head || i >= signs.length - tail ? sign : '*')).join('');
}

export interface MaskedClaims {
  full_name?: string;
  document_kind: string;
  document_number_masked: string | null;
  birth_date?: string;
  sex?: string;
  nationality?: string;
}

export function maskedClaims(
  claims: Partial<GuestClaims> & Pick<GuestClaims, 'document_kind'>,
): MaskedClaims {
  const { full_name, document_kind, document_number, birth_date, sex, nationality } = claims;
  return {
    ...(full_name !== undefined && { full_name }),
    document_kind,
    document_number_masked: document_number ? maskedNumber(document_number) : null,
    ...(birth_date !== undefined && { birth_date }),
    ...(sex !== undefined && { sex }),
    ...(nationality !== undefined && { nationality }),
  };
}
