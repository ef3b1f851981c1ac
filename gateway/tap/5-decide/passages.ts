/**
 * Who is inside which area since when, where entry and exit belong together: per person (the subject's pseudonym), in this
 * gateway's memory, and so in every mode. Only what is allowed moves anybody. Rebuilt from the journal at start.
 *
 * Bounded. Where there was no room to remember an entry, whoever is not found in that area afterwards may be inside all the
 * same: `unknown`, for as long as that entry would count.
 */
import type { Direction } from '../../../config/policy-schema.ts';
import type { PassageFacts } from '../../verification.ts';
import { NONE, PassageEntries, type PassageKey } from './passage-entries.ts';

const OUTSIDE: PassageFacts = Object.freeze({ state: 'outside', sinceMs: 0 });
const UNKNOWN: PassageFacts = Object.freeze({ state: 'unknown', sinceMs: 0 });
/** Sets the keys of one person in two areas apart. */
const AREA_STEP = 0x9e37_79b1;
/** Looked at for room before an entry is not remembered. */
const LOOKED_AT_WHEN_FULL = 256;
/** Passages that were undone while a later one of the same person was waiting to be kept. */
const UNDONE_MAX = 1_024;
const SUBJECT_BYTES = 16;

interface Area {
  /** Makes its keys. */
  readonly mark: number;
  /** Until then somebody who is not found may be inside. */
  unknownUntilMs: number;
}

interface Undone {
  readonly left: PassageFacts;
  readonly before: PassageFacts;
}

export class Passages {
  readonly #maxEntries: number;
  #entries: PassageEntries | null = null;
  readonly #areas = new Map<string, Area>();
  readonly #undone = new Map<string, Undone>();
  #unremembered = 0;

  /** `maxEntries`: people inside at once, in all areas together. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** People inside, with some whose time is over. */
  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get bytes(): number {
    return this.#entries?.bytes ?? 0;
  }

  /** Entries that there was no room to remember, since the process started. */
  get unremembered(): number {
    return this.#unremembered;
  }

  /** From now on whoever is not found in this area is outside, or from a time on, milliseconds since 1970 UTC. */
  watch(area: string, unknownUntilMs = 0): void {
    this.#watched(area, unknownUntilMs);
  }

  /** Before a tap. `subject`: 16 bytes. */
  find(direction: Direction, subject: Uint8Array, atMs: number): PassageFacts {
    const area = this.#area(direction, atMs);
    const entry = this.#entries?.find(keyOf(subject, area)) ?? NONE;
    if (entry !== NONE) {
      const sinceMs = this.#memory.sinceMs(entry);
      const isInside = this.#memory.endMs(entry) > atMs && atMs - sinceMs < direction.inside_ms_max;
      if (isInside) return { state: 'inside', sinceMs };
    }
    return area.unknownUntilMs > atMs ? UNKNOWN : OUTSIDE;
  }

  /** Somebody passes. What ended before `forgetMs` may be forgotten. */
  move(direction: Direction, subject: Uint8Array, atMs: number, forgetMs = atMs): void {
    if (this.#undone.size > 0) this.#undone.delete(nameOf(direction.area, subject));
    this.#put(direction, subject, after(direction, atMs), atMs, forgetMs);
  }

  /**
   * Takes a passage back whose decision could not be kept. `before`: what was found before it. Where the same person has passed
   * again meanwhile, that stands; should it not be kept either, it leads back to before both.
   */
  undo(direction: Direction, subject: Uint8Array, atMs: number, before: PassageFacts): void {
    const name = nameOf(direction.area, subject);
    const left = after(direction, atMs);
    const earlier = this.#undone.get(name);
    const to = earlier !== undefined && isSame(earlier.left, before) ? earlier.before : before;
    if (isSame(this.find(direction, subject, atMs), left)) {
      this.#undone.delete(name);
      this.#put(direction, subject, to, atMs, 0);
      return;
    }
    const [oldest] = this.#undone.keys();
    if (this.#undone.size >= UNDONE_MAX && oldest !== undefined) this.#undone.delete(oldest);
    this.#undone.set(name, { left, before: to });
  }

  get #memory(): PassageEntries {
    this.#entries ??= new PassageEntries(this.#maxEntries);
    return this.#entries;
  }

  #put(direction: Direction, subject: Uint8Array, to: PassageFacts, atMs: number, forgetMs: number): void {
    const area = this.#area(direction, atMs);
    const memory = this.#memory;
    const key = keyOf(subject, area);
    const entry = memory.find(key);
    if (to.state !== 'inside') {
      if (entry !== NONE) memory.remove(entry);
      return;
    }
    if (entry !== NONE) {
      memory.set(entry, to.sinceMs, direction.inside_ms_max);
      return;
    }
    memory.sweep(forgetMs);
    if (memory.size >= this.#maxEntries) memory.sweep(forgetMs, LOOKED_AT_WHEN_FULL);
    if (memory.size < this.#maxEntries) memory.add(key, to.sinceMs, direction.inside_ms_max);
    else {
      this.#unremembered += 1;
      area.unknownUntilMs = Math.max(area.unknownUntilMs, to.sinceMs + direction.inside_ms_max);
    }
  }

  /** Where it is first seen by a tap, since other scenes are in force: nobody was watched there until now. */
  #area({ area, inside_ms_max: insideMsMax }: Direction, atMs: number): Area {
    return this.#areas.get(area) ?? this.#watched(area, atMs + insideMsMax);
  }

  #watched(name: string, unknownUntilMs: number): Area {
    const mark = this.#areas.get(name)?.mark ?? Math.imul(this.#areas.size + 1, AREA_STEP);
    const area = { mark, unknownUntilMs };
    this.#areas.set(name, area);
    return area;
  }
}

function after({ passes }: Direction, atMs: number): PassageFacts {
  return passes === 'exit' ? OUTSIDE : { state: 'inside', sinceMs: atMs };
}

function isSame(one: PassageFacts, other: PassageFacts): boolean {
  return one.sinceMs === other.sinceMs && (one.state === 'inside') === (other.state === 'inside');
}

function keyOf(subject: Uint8Array, { mark }: Area): PassageKey {
  if (subject.length !== SUBJECT_BYTES) throw new RangeError(`a subject has ${SUBJECT_BYTES} bytes`);
  return [word(subject, 0), word(subject, 4), word(subject, 8), word(subject, 12) ^ mark];
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function nameOf(area: string, subject: Uint8Array): string {
  return `${area} ${Buffer.from(subject.buffer, subject.byteOffset, subject.byteLength).toString('latin1')}`;
}
