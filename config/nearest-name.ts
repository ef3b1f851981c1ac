/** The name that somebody who misspelt it may have meant. */

/** What follows a message about a name that does not exist: the nearest one, or all where they are few. */
export function meant(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  if (nearest !== null) return `did you mean ${nearest}?`;
  const shown = names.slice(0, SHOWN_MAX).join(', ');
  return names.length > SHOWN_MAX
    ? `there are ${shown} and ${names.length - SHOWN_MAX} more`
    : `there are ${shown}`;
}

const SHOWN_MAX = 12;
/** Of the longer name, what may differ: beyond that they have hardly anything to do with one another. */
const DIFFERENT_PART_MAX = 0.6;

/** Null when none is near. Of equally near ones the first; of `29/gate`, one that begins with `29/` before any other. */
export function nearestName(name: string, names: readonly string[]): string | null {
  const start = name.slice(0, name.indexOf('/') + 1);
  const alike = start === '' ? [] : names.filter((each) => each.startsWith(start));
  return nearestOf(name, alike) ?? nearestOf(name, names);
}

function nearestOf(name: string, names: readonly string[]): string | null {
  let [nearest, least]: [string | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const each of names) {
    const edits = editsBetween(name, each);
    if (edits < least && edits <= DIFFERENT_PART_MAX * Math.max(name.length, each.length)) {
      [nearest, least] = [each, edits];
    }
  }
  return nearest;
}

/** Insertions, deletions and replacements of one unit that turn one text into the other (Levenshtein 1966). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const kept = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
