/**
 * Reads a chip card and has it sign the gateway's challenge: the whole conversation, over a port, without I/O of its own.
 * What comes out is a presentation of `chip-oda` (docs/credentials.md). Nothing is judged here: the gateway does.
 */
import type { ReadingStep } from '../wire.ts';
import { CardChannel, type CardPort, joined, OK } from './apdu.ts';
import { CardError } from './card-error.ts';
import { listApplications, type Selected, selectApplication } from './directory.ts';
import { type Records, readRecords } from './records.ts';
import {
  dolValues,
  terminalValues,
  UNPREDICTABLE_NUMBER,
  UNPREDICTABLE_NUMBER_BYTES,
  type Values,
} from './terminal.ts';
import { elements, hex, readDol } from './tlv.ts';

export type { CardPort };

/** As `POST /v1/verifications` takes it, bytes in upper-case hex. */
export interface ChipPresentation {
  readonly family: 'chip-oda';
  readonly credential: {
    readonly tags: Readonly<Record<string, string>>;
    readonly staticData: string;
  };
  readonly context: {
    readonly mode: 'dda' | 'cda' | 'fdda';
    readonly terminal: Readonly<Record<string, string>>;
    readonly transactionData?: string;
  };
}

export interface ReadOptions {
  /** Four bytes: the gateway's challenge. */
  readonly unpredictableNumber: Uint8Array;
  /** Of this machine, milliseconds since 1970 UTC. */
  readonly nowMs: number;
  readonly onStep?: (step: ReadingStep) => void;
}

/**
 * All that a verifier can use. Name and number of the holder are in the static data where the issuer signed them; beside it
 * they are worth nothing, and stay on the card.
 */
const KEPT: readonly string[] = [
  ...['82', '84', '8F', '90', '92', '9F32', '93', '9F46', '9F47', '9F48', '9F49', '9F4A', '9F4B', '9F69'],
  ...['5A', '5F24', '5F25', '5F34', '9F07', '9F27', '9F36'],
];
const TRACK_2 = '57';
const CARD_NUMBER = '5A';

export class ChipReader {
  readonly #channel: CardChannel;

  constructor(port: CardPort) {
    this.#channel = new CardChannel(port);
  }

  /** Rejects with CardError. */
  async read({ unpredictableNumber, nowMs, onStep = () => {} }: ReadOptions): Promise<ChipPresentation> {
    const terminal = terminalValues(unpredictableNumber, nowMs);
    onStep('selecting');
    let why = new CardError('card.no_application', 'no application that is known here');
    for (const name of await listApplications(this.#channel)) {
      const selected = await selectApplication(this.#channel, name);
      if (selected === 'blocked') why = new CardError('card.blocked', 'its issuer blocked the application');
      if (selected === null || selected === 'blocked') continue;
      try {
        return await this.#readApplication(selected, terminal, onStep);
      } catch (cause) {
        // Another application of the card may do what this one cannot.
        if (!(cause instanceof CardError) || cause.code !== 'card.not_provable') throw cause;
        why = cause;
      }
    }
    throw why;
  }

  async #readApplication(
    selected: Selected,
    terminal: Values,
    onStep: (step: ReadingStep) => void,
  ): Promise<ChipPresentation> {
    onStep('reading');
    const pdolValues = dolValues(readDol(selected.pdol), terminal);
    const options = await this.#processingOptions(pdolValues);
    const records = await readRecords(this.#channel, options.get('94') ?? new Uint8Array());
    const objects = new Map([...options, ...records.objects]);
    objects.set('84', selected.name);
    onStep('signing');
    const signed = await this.#sign(objects, terminal, pdolValues);
    return presentation(objects, records, terminal, signed);
  }

  /** GET PROCESSING OPTIONS (EMV Book 3 clause 6.5.8): both forms of its answer, by tag. */
  async #processingOptions(values: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
    if (values.length > 252) throw new CardError('card.malformed', 'a data object list that fits no command');
    const head = values.length < 128 ? [0x83, values.length] : [0x83, 0x81, values.length];
    const { data, status } = await this.#channel.send(
      [0x80, 0xa8, 0x00, 0x00],
      joined([Uint8Array.from(head), values]),
    );
    // Conditions not satisfied: this application is not for this place; another may be.
    if (status === 0x6985) throw new CardError('card.not_provable', 'GET PROCESSING OPTIONS: 6985');
    if (status !== OK) throw refused('GET PROCESSING OPTIONS', status);
    const answer = answerObjects(data, (value) => [
      ['82', value.subarray(0, 2)],
      ['94', value.subarray(2)],
    ]);
    if (answer.get('82')?.length !== 2) throw new CardError('card.malformed', 'no interchange profile');
    return answer;
  }

  async #sign(
    objects: ReadonlyMap<string, Uint8Array>,
    terminal: Values,
    pdolValues: Uint8Array,
  ): Promise<Signed> {
    if (objects.has('9F4B') && objects.has('9F69')) return { mode: 'fdda', answer: new Map() };
    const profile = objects.get('82')?.[0] ?? 0;
    if (!objects.has('9F46')) throw new CardError('card.not_provable', 'no certificate of a key of its own');
    if ((profile & SUPPORTS_DDA) !== 0) return this.#internalAuthenticate(objects, terminal);
    if ((profile & SUPPORTS_CDA) !== 0) return this.#generateCryptogram(objects, terminal, pdolValues);
    throw new CardError('card.not_provable', 'neither dynamic nor combined authentication');
  }

  /** Dynamic authentication (EMV Book 2 clause 6.5.1, Book 3 clause 6.5.9). */
  async #internalAuthenticate(objects: ReadonlyMap<string, Uint8Array>, terminal: Values): Promise<Signed> {
    const asked = objects.get('9F49');
    const entries = asked === undefined ? DEFAULT_DDOL : readDol(asked);
    const signsNumber = entries.some(
      ({ tag, length }) => tag === UNPREDICTABLE_NUMBER && length >= UNPREDICTABLE_NUMBER_BYTES,
    );
    if (!signsNumber) throw new CardError('card.not_provable', 'it would not sign the challenge');
    const { data, status } = await this.#channel.send([0x00, 0x88, 0x00, 0x00], dolValues(entries, terminal));
    if (status !== OK) throw refused('INTERNAL AUTHENTICATE', status);
    return { mode: 'dda', answer: withSignature(answerObjects(data, (value) => [['9F4B', value]])) };
  }

  /** Combined authentication (EMV Book 2 clause 6.6.1): a cryptogram for the issuer, which nobody is sent. */
  async #generateCryptogram(
    objects: ReadonlyMap<string, Uint8Array>,
    terminal: Values,
    pdolValues: Uint8Array,
  ): Promise<Signed> {
    const values = dolValues(readDol(objects.get('8C') ?? new Uint8Array()), terminal);
    const { data, status } = await this.#channel.send([0x80, 0xae, 0x90, 0x00], values);
    if (status !== OK) throw refused('GENERATE AC', status);
    const [template] = elements(data);
    // A card that declines answers in the other form, without a signature.
    if (template?.tag !== '77') throw new CardError('card.not_provable', 'it declined to sign');
    const inside = elements(template.value);
    const hashed = inside.filter(({ tag }) => tag !== '9F4B').map(({ whole }) => whole);
    return {
      mode: 'cda',
      answer: withSignature(new Map(inside.map(({ tag, value }) => [tag, value]))),
      transactionData: joined([pdolValues, values, ...hashed]),
    };
  }
}

/** Bits of the first byte of the application interchange profile (EMV Book 3 annex C1). */
const SUPPORTS_DDA = 0x20;
const SUPPORTS_CDA = 0x01;
const DEFAULT_DDOL = [{ tag: UNPREDICTABLE_NUMBER, constructed: false, length: UNPREDICTABLE_NUMBER_BYTES }];

interface Signed {
  readonly mode: ChipPresentation['context']['mode'];
  readonly answer: ReadonlyMap<string, Uint8Array>;
  readonly transactionData?: Uint8Array;
}

/** Format 1 is one value in a template 80, format 2 data objects in a template 77 (EMV Book 3 clause 6.5). */
function answerObjects(
  data: Uint8Array,
  ofFormat1: (value: Uint8Array) => readonly (readonly [tag: string, value: Uint8Array])[],
): ReadonlyMap<string, Uint8Array> {
  const [template, ...more] = elements(data);
  if (template === undefined || more.length > 0)
    throw new CardError('card.malformed', 'an answer of no known format');
  if (template.tag === '80') return new Map(ofFormat1(template.value));
  if (template.tag !== '77') throw new CardError('card.malformed', 'an answer of no known format');
  return new Map(elements(template.value).map(({ tag, value }) => [tag, value]));
}

function withSignature(answer: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  if ((answer.get('9F4B')?.length ?? 0) === 0) throw new CardError('card.not_provable', 'it signed nothing');
  return answer;
}

const refused = (command: string, status: number) =>
  new CardError('card.refused', `${command}: ${status.toString(16).padStart(4, '0')}`);

function presentation(
  objects: ReadonlyMap<string, Uint8Array>,
  records: Records,
  terminal: Values,
  { mode, answer, transactionData }: Signed,
): ChipPresentation {
  const all = new Map([...objects, ...answer]);
  const kept = all.has(CARD_NUMBER) ? KEPT : [...KEPT, TRACK_2];
  const tags = Object.fromEntries(
    kept.flatMap((tag) => {
      const value = all.get(tag);
      return value === undefined ? [] : [[tag, hex(value)] as const];
    }),
  );
  return {
    family: 'chip-oda',
    credential: { tags, staticData: hex(staticData(all, records)) },
    context: {
      mode,
      terminal: Object.fromEntries(Object.entries(terminal).map(([tag, value]) => [tag, hex(value)])),
      ...(transactionData && { transactionData: hex(transactionData) }),
    },
  };
}

/** Clause 10.3: after the records the interchange profile, where the card's tag list (9F4A) names it. */
function staticData(all: ReadonlyMap<string, Uint8Array>, { authenticated }: Records): Uint8Array {
  const list = all.get('9F4A');
  if (list === undefined) return authenticated;
  if (list.length !== 1 || list[0] !== 0x82)
    throw new CardError('card.malformed', 'a tag list with other tags than the profile');
  return joined([authenticated, all.get('82') ?? new Uint8Array()]);
}
