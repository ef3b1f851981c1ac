/**
 * Tells a scanner that types from a person: by the times of the strokes themselves (`event.timeStamp`), not by when they were
 * handled, since a busy page handles them late.
 */
export interface Stroke {
  /** One character. */
  readonly text: string;
  /** Milliseconds, of any origin. */
  readonly atMs: number;
  /** Whether an input method took it. */
  readonly isComposing: boolean;
}

export type Typed =
  | { readonly kind: 'person' }
  | { readonly kind: 'code'; readonly text: string }
  /** A scanner typed while an input method was on: what arrived is not what was scanned. */
  | { readonly kind: 'composing' };

/** A gap above this ends a run: no scanner waits that long between two characters. */
export const GAP_MAX_MS = 100;
/** Silence after which a code without Enter or Tab has ended. */
export const SILENCE_MS = 120;
const CHARACTERS_MIN = 12;
const COMPOSED_MIN = 6;
const MEDIAN_MAX_MS = 20;
const P90_MAX_MS = 40;

export function judgeTyping(strokes: readonly Stroke[]): Typed {
  const isComposing = strokes.some((stroke) => stroke.isComposing);
  if (strokes.length < (isComposing ? COMPOSED_MIN : CHARACTERS_MIN)) return { kind: 'person' };
  const gaps = strokes
    .slice(1)
    .map(({ atMs }, index) => atMs - (strokes[index]?.atMs ?? atMs))
    .sort((a, b) => a - b);
  const at = (share: number) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? 0;
  if (at(0.5) > MEDIAN_MAX_MS || at(0.9) > P90_MAX_MS || at(1) > GAP_MAX_MS) return { kind: 'person' };
  if (isComposing) return { kind: 'composing' };
  return { kind: 'code', text: strokes.map(({ text }) => text).join('') };
}

const HEX_CODE = /^(?:[0-9a-f]{2}){16,}$|^(?:[0-9A-F]{2}){16,}$/;

/** As `scan` takes what was typed or pasted: a scanner set to hex sends the bytes of a code that is no text. */
export function scanOfText(text: string): { readonly hex: string } | { readonly text: string } {
  const trimmed = text.trim();
  return HEX_CODE.test(trimmed) ? { hex: trimmed.toLowerCase() } : { text: trimmed };
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
