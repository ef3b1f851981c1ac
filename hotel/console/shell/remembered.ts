/** What a browser remembers of how its user likes the console; nothing of a guest, no secret. */
export type Remembered = 'language' | 'theme' | 'sound' | 'camera' | 'desk';

const nameOf = (what: Remembered) => `onecard-desk-${what}`;

/** Null: nothing, or this browser keeps nothing. */
export function remembered(what: Remembered): string | null {
  try {
    return localStorage.getItem(nameOf(what));
  } catch {
    return null;
  }
}

export function remember(what: Remembered, value: string): void {
  try {
    localStorage.setItem(nameOf(what), value);
  } catch {
    // It is chosen for this page alone.
  }
}
