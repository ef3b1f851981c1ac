/**
 * Stage 1 for a JSON body that names a family whose bytes can be packed directly: read once, where it lies, with no tree of
 * objects and no text of it. As `direct-decode.ts` for MessagePack: what it does not take goes the long way, which alone
 * refuses.
 */
import { Compile } from 'typebox/compile';
import { asciiBytes, JsonCursor, type JsonNames } from '../../../workers/codecs/json-cursor.ts';
import { MsgpackCursor } from '../../../workers/codecs/msgpack-cursor.ts';
import type { DirectlyPacked } from '../../../workers/families/family.ts';
import type { Presentation } from '../../verification.ts';
import { DeadlineMs, type ReadableFamily, SceneName } from './decode.ts';

const FAMILY = asciiBytes('family');
const CREDENTIAL = asciiBytes('credential');
const CONTEXT = asciiBytes('context');
const STREAM = asciiBytes('stream');
const SEQ = asciiBytes('seq');
const SCENE = asciiBytes('scene');
const DEADLINE_MS = asciiBytes('deadline_ms');

/** Objects inside one another in the deepest of these bodies, and entries of the longest envelope. */
const DEPTH = 3;
const ENVELOPE_ENTRIES_MAX = 7;

const scenes = Compile(SceneName);
const deadlines = Compile(DeadlineMs);
const STREAM_PATTERN = /^[0-9a-f]{32}$/;

interface DirectFamily {
  readonly name: string;
  readonly text: Uint8Array;
  readonly pack: NonNullable<ReadableFamily['packDirectly']>;
  readonly names: JsonNames;
}

export interface DirectBody {
  /** Both or neither. */
  readonly stream: string | undefined;
  readonly seq: number | undefined;
  readonly presentation: Presentation;
}

export class DirectJsonDecoder {
  readonly #families: readonly DirectFamily[];
  readonly #entriesMax: number;
  readonly #json = new JsonCursor();
  readonly #packed = new MsgpackCursor();

  /** `bounds`: those of the long way. */
  constructor(
    families: readonly ReadableFamily[],
    bounds: { readonly depth: number; readonly entries: number },
  ) {
    const fits = bounds.depth >= DEPTH && bounds.entries >= ENVELOPE_ENTRIES_MAX;
    this.#entriesMax = bounds.entries;
    this.#families = families.flatMap(({ name, presentable, packDirectly: pack, jsonNames: names }) =>
      fits && presentable && pack && names ? [{ name, text: asciiBytes(name), pack, names }] : [],
    );
  }

  /** Null: the body is to go the long way. Never throws for any bytes. Nothing of `bytes` is kept. */
  decode(bytes: Uint8Array): DirectBody | null {
    const body = this.#json.open(bytes) ? this.#body(this.#json) : null;
    this.#json.close();
    this.#packed.close();
    return body;
  }

  #body(json: JsonCursor): DirectBody | null {
    let family: DirectFamily | null = null;
    let hasCredential = false;
    let hasContext = false;
    let stream: string | undefined;
    let seq: number | undefined;
    let scene: string | null = null;
    let deadlineMs: number | null = null;
    if (!json.openObject()) return null;
    do {
      if (!json.name()) return null;
      if (json.was(FAMILY)) {
        if (family !== null || !json.text()) return null;
        family = this.#family(json);
        if (family === null) return null;
      } else if (json.was(CREDENTIAL)) {
        if (family === null || hasCredential || !json.map(family.names)) return null;
        hasCredential = true;
      } else if (json.was(CONTEXT)) {
        if (family === null || !hasCredential || hasContext) return null;
        // The name stands between the two, as in a message.
        json.write(CONTEXT);
        if (!json.map(family.names)) return null;
        hasContext = true;
      } else if (json.was(STREAM)) {
        if (stream !== undefined || !json.text()) return null;
        stream = json.content();
        if (!STREAM_PATTERN.test(stream)) return null;
      } else if (json.was(SEQ)) {
        if (seq !== undefined) return null;
        seq = json.natural();
        if (seq < 0) return null;
      } else if (json.was(SCENE)) {
        if (scene !== null || !json.text()) return null;
        scene = json.content();
        if (!scenes.Check(scene)) return null;
      } else if (json.was(DEADLINE_MS)) {
        if (deadlineMs !== null) return null;
        deadlineMs = json.natural();
        if (!deadlines.Check(deadlineMs)) return null;
      } else {
        return null;
      }
    } while (json.comma());
    if (!json.closeObject() || !json.isAtEnd) return null;
    if (family === null || !hasContext || (stream === undefined) !== (seq === undefined)) return null;
    const packed = this.#pack(family, json.written());
    if (packed === null) return null;
    const { packedInput, costKey } = packed;
    return { stream, seq, presentation: { family: family.name, packedInput, costKey, scene, deadlineMs } };
  }

  #family(json: JsonCursor): DirectFamily | null {
    for (const family of this.#families) if (json.was(family.text)) return family;
    return null;
  }

  #pack(family: DirectFamily, bytes: Uint8Array): DirectlyPacked | null {
    const packed = this.#packed;
    packed.open(bytes, this.#entriesMax);
    const made = family.pack(packed);
    return packed.isAtEnd ? made : null;
  }
}
