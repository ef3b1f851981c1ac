/**
 * Stage 1 for taps of `onecard.gate.v1` as docs/protocol.md shows them and most clients send them: one pass over the
 * bytes instead of four over a tree of objects. It takes a part of what the long way takes (`decode.ts`), and makes the
 * same of it; what it does not take goes the long way, which alone refuses.
 */
import { Compile } from 'typebox/compile';
import { MsgpackCursor, textBytes } from '../../../workers/codecs/msgpack-cursor.ts';
import type { Presentation } from '../../verification.ts';
import { DeadlineMs, type ReadableFamily, SceneName } from './decode.ts';

const T = textBytes('t');
const TAP = textBytes('tap');
const SEQ = textBytes('seq');
const FAMILY = textBytes('family');
const CREDENTIAL = textBytes('credential');
const SCENE = textBytes('scene');
const DEADLINE_MS = textBytes('deadline_ms');

/** Maps inside one another in the deepest of these messages, and keys of the longest envelope. */
const DEPTH = 3;
const ENVELOPE_ENTRIES = 5;
const ENVELOPE_ENTRIES_MAX = 7;

const scenes = Compile(SceneName);
const deadlines = Compile(DeadlineMs);

interface DirectFamily {
  readonly name: string;
  readonly text: Uint8Array;
  readonly pack: NonNullable<ReadableFamily['packDirectly']>;
}

export interface DirectTap {
  readonly seq: number;
  readonly presentation: Presentation;
}

export class DirectDecoder {
  readonly #families: readonly DirectFamily[];
  readonly #entriesMax: number;
  readonly #cursor = new MsgpackCursor();

  /** `bounds`: those of the long way. */
  constructor(
    families: readonly ReadableFamily[],
    bounds: { readonly depth: number; readonly entries: number },
  ) {
    const fits = bounds.depth >= DEPTH && bounds.entries >= ENVELOPE_ENTRIES_MAX;
    this.#entriesMax = bounds.entries;
    this.#families = families.flatMap(({ name, presentable, packDirectly: pack }) =>
      fits && presentable && pack ? [{ name, text: textBytes(name), pack }] : [],
    );
  }

  /** Null: the message is to go the long way. Never throws for any bytes. Nothing of `bytes` is kept. */
  decode(bytes: Uint8Array): DirectTap | null {
    const cursor = this.#cursor;
    cursor.open(bytes, this.#entriesMax);
    const tap = this.#tap(cursor);
    cursor.close();
    return tap;
  }

  #tap(cursor: MsgpackCursor): DirectTap | null {
    const entries = cursor.map();
    if (!cursor.is(T) || !cursor.is(TAP) || !cursor.is(SEQ)) return null;
    const seq = cursor.natural();
    if (seq < 0 || !cursor.is(FAMILY)) return null;
    const family = this.#family(cursor);
    if (family === null || !cursor.is(CREDENTIAL)) return null;
    const packed = family.pack(cursor);
    if (packed === null) return null;
    const { packedInput, costKey } = packed;
    const [scene, deadlineMs] = entries === ENVELOPE_ENTRIES ? [null, null] : readWishes(cursor);
    const read = ENVELOPE_ENTRIES + Number(scene !== null) + Number(deadlineMs !== null);
    if (entries !== read || !cursor.isAtEnd) return null;
    return { seq, presentation: { family: family.name, packedInput, costKey, scene, deadlineMs } };
  }

  #family(cursor: MsgpackCursor): DirectFamily | null {
    for (const family of this.#families) if (cursor.is(family.text)) return family;
    return null;
  }
}

/** Null where there is none that the schema accepts; then the number of entries will not fit. */
function readWishes(cursor: MsgpackCursor): readonly [scene: string | null, deadlineMs: number | null] {
  let scene: string | null = null;
  let deadlineMs: number | null = null;
  if (cursor.is(SCENE) && cursor.text()) {
    const text = Buffer.from(cursor.bytes.subarray(cursor.contentAt, cursor.at)).toString('latin1');
    if (scenes.Check(text)) scene = text;
  }
  if (cursor.is(DEADLINE_MS)) {
    const ms = cursor.natural();
    if (deadlines.Check(ms)) deadlineMs = ms;
  }
  return [scene, deadlineMs];
}
