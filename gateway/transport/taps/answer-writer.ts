/**
 * Encodes decisions as bytes of `onecard.gate.v1` without allocation, since every tap gets one. The bytes equal those of
 * the general encoder (`MsgpackWriter`), which takes the answers that this one does not handle.
 *
 * What repeats from answer to answer (keys, codes, scenes, names of facts) is encoded once and copied.
 */
import { MsgpackWriter } from '../../../workers/codecs/msgpack-writer.ts';
import type { DecisionAnswer } from '../../verification.ts';

/** Several times the size of an answer of today's families. */
const ROOM_BYTES = 2_048;
/** Longest head of a text, and longest number with its head. */
const HEAD_BYTES_MAX = 9;
const TEXT_UNITS_MAX = 96;
const WORD_BYTES = 4;
/** Entries of a fixmap, whose head is one byte. */
const SHORT_MAP_ENTRIES = 15;
/** Names of facts follow from the claims of families, so they are few; past this many they are no longer kept. */
const NAMES_MAX = 1_024;

/** Encoded bytes, padded to whole words: they are copied four at a time. */
interface Run {
  readonly length: number;
  readonly words: DataView;
}

/** A name of a fact. Names form a trie by the order in which they follow one another. */
interface Name {
  readonly name: string;
  readonly run: Run;
  /** The name that followed last: mostly the next one too. */
  next: Name | null;
  readonly known: Map<string, Name>;
}

/** Two texts that are encoded together: one is the key, `other` the second one, `run` the bytes of both. */
interface CachedRun {
  readonly other: string;
  readonly run: Run;
}

const writer = new MsgpackWriter();
const DECISION = runOf(writer.reset().map(9).text('t').text('decision').text('seq').copy());
const GRACE_DECISION = runOf(writer.reset().map(10).text('t').text('decision').text('seq').copy());
const ID = runOf(writer.reset().text('id').copy());
const TRUST_GRACE = runOf(writer.reset().text('trust_grace').bool(true).copy());

export class AnswerWriter {
  readonly #bytes = new Uint8Array(ROOM_BYTES);
  readonly #words = new DataView(this.#bytes.buffer);
  /** Views by length, reused. */
  readonly #views = new Array<Uint8Array | undefined>(ROOM_BYTES + 1).fill(undefined);
  /** By code, which has one outcome, and by scene, whose mode seldom changes. All are of closed sets. */
  readonly #verdicts = new Map<string, CachedRun>();
  readonly #places = new Map<string, CachedRun>();
  readonly #first: Name = { name: '', run: runOf(new Uint8Array()), next: null, known: new Map() };
  #names = 0;
  #at = 0;
  #isOrdinary = true;

  /** The bytes, valid until the next call; null when the general encoder must be used. */
  write(answer: DecisionAnswer): Uint8Array | null {
    if (answer.disclosed !== undefined) return null;
    this.#at = 0;
    this.#isOrdinary = true;
    this.#run(answer.trustGrace ? GRACE_DECISION : DECISION);
    this.#number(answer.seq);
    this.#run(ID);
    this.#text(answer.decisionId);
    this.#run(this.#verdict(answer.outcome, answer.code));
    this.#number(answer.atMs);
    this.#run(this.#place(answer.mode, answer.scene));
    this.#facts(answer.facts);
    if (answer.trustGrace) this.#run(TRUST_GRACE);
    return this.#isOrdinary ? this.#view(this.#at) : null;
  }

  #view(length: number): Uint8Array {
    const view = this.#views[length] ?? this.#bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }

  #verdict(outcome: string, code: string): Run {
    const known = this.#verdicts.get(code);
    if (known?.other === outcome) return known.run;
    const run = runOf(
      writer.reset().text('outcome').text(outcome).text('code').text(code).text('at_ms').copy(),
    );
    this.#verdicts.set(code, { other: outcome, run });
    return run;
  }

  #place(mode: string, scene: string): Run {
    const known = this.#places.get(scene);
    if (known?.other === mode) return known.run;
    const run = runOf(writer.reset().text('mode').text(mode).text('scene').text(scene).text('facts').copy());
    this.#places.set(scene, { other: mode, run });
    return run;
  }

  #facts(facts: DecisionAnswer['facts']): void {
    const head = this.#at++;
    let entries = 0;
    let before = this.#first;
    for (const name in facts) {
      const { next } = before;
      const entry = next !== null && next.name === name ? next : this.#nameBehind(before, name);
      if (entry === null) return;
      this.#run(entry.run);
      this.#scalar(facts[name]);
      before = entry;
      entries += 1;
    }
    if (entries > SHORT_MAP_ENTRIES || head >= ROOM_BYTES) this.#isOrdinary = false;
    else this.#bytes[head] = 0x80 | entries;
  }

  /** Null, and left to the general encoder, if names are out of order or the trie is full. */
  #nameBehind(before: Name, name: string): Name | null {
    let entry = before.known.get(name);
    if (entry === undefined) {
      if ((before !== this.#first && before.name >= name) || this.#names >= NAMES_MAX) {
        this.#isOrdinary = false;
        return null;
      }
      entry = { name, run: runOf(writer.reset().text(name).copy()), next: null, known: new Map() };
      before.known.set(name, entry);
      this.#names += 1;
    }
    before.next = entry;
    return entry;
  }

  #scalar(value: unknown): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean' && this.#hasRoom(1)) this.#bytes[this.#at++] = value ? 0xc3 : 0xc2;
    else this.#isOrdinary = false;
  }

  #run({ length, words }: Run): void {
    if (!this.#hasRoom(length + WORD_BYTES)) return;
    const target = this.#words;
    const at = this.#at;
    for (let i = 0; i < length; i += WORD_BYTES) target.setUint32(at + i, words.getUint32(i));
    this.#at = at + length;
  }

  /** ASCII only, code unit by code unit: faster than any call for texts this short. */
  #text(text: string): void {
    const units = text.length;
    if (units > TEXT_UNITS_MAX || !this.#hasRoom(HEAD_BYTES_MAX + units)) {
      this.#isOrdinary = false;
      return;
    }
    const bytes = this.#bytes;
    let at = this.#at;
    if (units >= 32) bytes[at++] = 0xd9;
    bytes[at++] = units < 32 ? 0xa0 | units : units;
    let all = 0;
    for (let i = 0; i < units; i += 1) {
      const unit = text.charCodeAt(i);
      all |= unit;
      bytes[at++] = unit;
    }
    if (all >= 0x80) this.#isOrdinary = false;
    this.#at = at;
  }

  /** Integers from 0 on, in their shortest form; wide ones as signed (`MsgpackWriter`). */
  #number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0) || !this.#hasRoom(HEAD_BYTES_MAX)) {
      this.#isOrdinary = false;
      return;
    }
    const bytes = this.#bytes;
    let at = this.#at;
    if (value < 0x80) bytes[at++] = value;
    else if (value < 0x1_0000) {
      bytes[at++] = value < 0x100 ? 0xcc : 0xcd;
      if (value >= 0x100) bytes[at++] = value >>> 8;
      bytes[at++] = value;
    } else {
      const isWide = value >= 0x1_0000_0000;
      bytes[at++] = isWide ? 0xd3 : 0xce;
      if (isWide) at = putUint32(bytes, at, Math.floor(value / 0x1_0000_0000));
      at = putUint32(bytes, at, value >>> 0);
    }
    this.#at = at;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#at + bytes <= ROOM_BYTES) return true;
    this.#isOrdinary = false;
    return false;
  }
}

function runOf(bytes: Uint8Array): Run {
  const padded = new Uint8Array(Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES);
  padded.set(bytes);
  return { length: bytes.length, words: new DataView(padded.buffer) };
}

function putUint32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}
