/**
 * A chip card of the city as a terminal meets it: commands in, answers out (ISO/IEC 7816-4, EMV Book 1 clauses 11 and 12,
 * Book 3 clause 6). For tests and demonstrations: it holds keys of test cards, and nobody's money.
 */
import { joined, numberToBytes } from '../bytes.ts';
import type { ChipMode, Tags, TapOptions } from '../issue/chip-card.ts';
import type { ChipCard } from '../issue/chip-presentation.ts';
import { tlv } from '../issue/tlv.ts';

export interface ChipApplicationOptions {
  readonly chip: ChipCard<TapOptions>;
  /** How it lets itself be authenticated; default dda. */
  readonly mode?: ChipMode;
  /** Directories it has; default: the one for use without contact. */
  readonly directory?: 'contactless' | 'contact' | 'none';
  /** Longer answers are handed out in pieces of this many bytes (61xx), as over T=0. Default: whole. */
  readonly pieceBytes?: number;
  /** Data objects put into a record that the issuer did not sign, such as a name (5F20). */
  readonly unsigned?: Tags;
}

const PPSE = Buffer.from('2PAY.SYS.DDF01').toString('hex');
const PSE = Buffer.from('1PAY.SYS.DDF01').toString('hex');
const LABEL = new Uint8Array(Buffer.from('ONECARD'));
const PDOL: readonly (readonly [tag: string, bytes: number])[] = [
  ['9F66', 4],
  ['9F02', 6],
  ['9F37', 4],
  ['5F2A', 2],
  ['DF69', 1],
];
const CDOL1: readonly (readonly [tag: string, bytes: number])[] = [
  ['9F02', 6],
  ['9F1A', 2],
  ['9F37', 4],
];
/** Interchange profiles: dynamic and combined authentication; combined alone; neither, for what is done at once. */
const PROFILES: Readonly<Record<ChipMode, number>> = { dda: 0x7d, cda: 0x19, fdda: 0x20 };
const CID_ARQC = 0x80;

const STATUS = {
  ok: 0x9000,
  wrongLength: 0x6700,
  notSatisfied: 0x6985,
  fileNotFound: 0x6a82,
  recordNotFound: 0x6a83,
  unknownClass: 0x6e00,
  unknownInstruction: 0x6d00,
} as const;

interface Command {
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

export class ChipApplication {
  readonly #options: ChipApplicationOptions;
  readonly #mode: ChipMode;
  readonly #records: ReadonlyMap<string, Uint8Array>;
  #counter = 0;
  #selected = false;
  /** Values of the last GET PROCESSING OPTIONS; null: there was none since the selection. */
  #pdolValues: Uint8Array | null = null;
  #left: Uint8Array = new Uint8Array();

  constructor(options: ChipApplicationOptions) {
    this.#options = options;
    this.#mode = options.mode ?? 'dda';
    this.#records = this.#makeRecords();
  }

  /** Power or reset: nothing is selected any more. */
  reset(): void {
    this.#selected = false;
    this.#pdolValues = null;
    this.#left = new Uint8Array();
  }

  /** One command, one answer with its status bytes. */
  answer(command: Uint8Array): Uint8Array {
    const read = readCommand(command);
    if (read === null) return status(STATUS.wrongLength);
    const [cla = 0] = command;
    if (cla === 0x00 && read.ins === 0xc0) return this.#piece(read.data.length);
    const data = this.#obey(cla, read);
    return typeof data === 'number' ? status(data) : this.#handOut(data);
  }

  #obey(cla: number, command: Command): Uint8Array | number {
    const code = (cla << 8) | command.ins;
    if (code === 0x00a4) return this.#select(command);
    if (code === 0x80a8) return this.#selected ? this.#processingOptions(command) : STATUS.notSatisfied;
    if (code === 0x00b2) return this.#readRecord(command);
    if (code === 0x0088) return this.#internalAuthenticate(command);
    if (code === 0x80ae) return this.#generateCryptogram(command);
    return cla === 0x00 || cla === 0x80 ? STATUS.unknownInstruction : STATUS.unknownClass;
  }

  #select({ data }: Command): Uint8Array | number {
    const { chip, directory = 'contactless' } = this.#options;
    const name = Buffer.from(data).toString('hex');
    const own = chip.tags['84'] ?? new Uint8Array();
    this.reset();
    if (name === PPSE && directory === 'contactless') {
      const entry = tlv('61', joined(tlv('4F', own), tlv('50', LABEL), tlv('87', Uint8Array.of(1))));
      return fileControl(data, tlv('BF0C', entry));
    }
    // Directory in the file with short identifier 1.
    if (name === PSE && directory === 'contact') return fileControl(data, tlv('88', Uint8Array.of(1)));
    if (data.length < 5 || !Buffer.from(own).subarray(0, data.length).equals(data))
      return STATUS.fileNotFound;
    this.#selected = true;
    return fileControl(own, joined(tlv('50', LABEL), tlv('9F38', list(PDOL))));
  }

  #processingOptions({ data }: Command): Uint8Array | number {
    const bytes = total(PDOL);
    if (data[0] !== 0x83 || data[1] !== bytes || data.length !== bytes + 2) return STATUS.wrongLength;
    this.#pdolValues = data.slice(2);
    this.#counter += 1;
    const profile = this.#profile();
    // Files 2 and 3; of the first, its record is signed by the issuer.
    const files = [...this.#records.keys()].filter((key) => key.startsWith('3.')).length;
    const locator = Uint8Array.of(2 << 3, 1, 1, 1, 3 << 3, 1, files, 0);
    const common = joined(tlv('82', profile), tlv('94', locator));
    if (this.#mode !== 'fdda') return tlv('77', common);
    const { credential } = this.#tap('fdda', valuesOf(PDOL, this.#pdolValues));
    const { '9F4B': signed = new Uint8Array(), '9F69': related = new Uint8Array() } = credential.tags;
    return tlv(
      '77',
      joined(common, tlv('9F36', this.#counterBytes()), tlv('9F4B', signed), tlv('9F69', related)),
    );
  }

  #readRecord({ p1, p2 }: Command): Uint8Array | number {
    const file = p2 >> 3;
    if (!this.#selected && file === 1 && p1 === 1 && this.#options.directory === 'contact') {
      const own = this.#options.chip.tags['84'] ?? new Uint8Array();
      return tlv('70', tlv('61', joined(tlv('4F', own), tlv('50', LABEL))));
    }
    if (this.#pdolValues === null) return this.#selected ? STATUS.notSatisfied : STATUS.recordNotFound;
    return this.#records.get(`${file}.${p1}`) ?? STATUS.recordNotFound;
  }

  #internalAuthenticate({ data }: Command): Uint8Array | number {
    if (this.#pdolValues === null || this.#mode !== 'dda') return STATUS.notSatisfied;
    if (data.length !== 4) return STATUS.wrongLength;
    const { credential } = this.#tap('dda', { '9F37': data });
    return tlv('80', credential.tags['9F4B'] ?? new Uint8Array());
  }

  #generateCryptogram({ p1, data }: Command): Uint8Array | number {
    if (this.#pdolValues === null || this.#mode !== 'cda') return STATUS.notSatisfied;
    // A cryptogram for the issuer, with the combined signature.
    if (p1 !== 0x90 || data.length !== total(CDOL1)) return STATUS.notSatisfied;
    const answer = joined(tlv('9F27', Uint8Array.of(CID_ARQC)), tlv('9F36', this.#counterBytes()));
    const { credential } = this.#options.chip.tap({
      ...{ mode: 'cda', terminal: valuesOf(CDOL1, data), counter: this.#counter },
      transactionData: joined(this.#pdolValues, data, answer),
      cryptogramInformation: CID_ARQC,
    });
    return tlv('77', joined(answer, tlv('9F4B', credential.tags['9F4B'] ?? new Uint8Array())));
  }

  #tap(mode: ChipMode, terminal: Tags) {
    return this.#options.chip.tap({ mode, terminal, counter: this.#counter });
  }

  #counterBytes(): Uint8Array {
    return numberToBytes(this.#counter, 2);
  }

  /** What the issuer signed, where it did. */
  #profile(): Uint8Array {
    return this.#options.chip.tags['82'] ?? Uint8Array.of(PROFILES[this.#mode], 0);
  }

  #makeRecords(): ReadonlyMap<string, Uint8Array> {
    const { chip, unsigned = {} } = this.#options;
    const of = (...names: string[]) =>
      joined(...names.flatMap((tag) => (chip.tags[tag] ? [tlv(tag, chip.tags[tag])] : [])));
    const beside = joined(
      ...(this.#mode === 'cda' ? [tlv('8C', list(CDOL1))] : []),
      ...Object.entries(unsigned).map(([tag, value]) => tlv(tag, value)),
    );
    const contents = [of('8F', '90'), of('92', '9F32', '9F47', '9F48'), of('9F46'), beside].filter(
      ({ length }) => length > 0,
    );
    return new Map([
      ['2.1', tlv('70', chip.staticData)],
      ...contents.map((content, index): [string, Uint8Array] => [`3.${index + 1}`, tlv('70', content)]),
    ]);
  }

  #handOut(data: Uint8Array): Uint8Array {
    this.#left = data;
    return this.#options.pieceBytes === undefined ? this.#piece(data.length) : more(data.length);
  }

  #piece(bytes: number): Uint8Array {
    const size = Math.min(bytes || 256, this.#options.pieceBytes ?? this.#left.length, this.#left.length);
    const piece = this.#left.subarray(0, size);
    this.#left = this.#left.slice(size);
    return joined(piece, this.#left.length > 0 ? more(this.#left.length) : status(STATUS.ok));
  }
}

/** Null where the length is wrong. The data of GET RESPONSE is as many zeros as it asks for. */
function readCommand(command: Uint8Array): Command | null {
  const [, ins = 0, p1 = 0, p2 = 0, length = 0] = command;
  if (command.length < 4) return null;
  if (command.length <= 5) return { ins, p1, p2, data: new Uint8Array(ins === 0xc0 ? length || 256 : 0) };
  if (command.length !== 5 + length && command.length !== 6 + length) return null;
  return { ins, p1, p2, data: command.slice(5, 5 + length) };
}

const status = (value: number) => numberToBytes(value, 2);
const more = (left: number) => Uint8Array.of(0x61, Math.min(left, 0xff));
const fileControl = (name: Uint8Array, proprietary: Uint8Array) =>
  tlv('6F', joined(tlv('84', name), tlv('A5', proprietary)));

type ListEntries = readonly (readonly [tag: string, bytes: number])[];
const total = (entries: ListEntries) => entries.reduce((sum, [, bytes]) => sum + bytes, 0);
const list = (entries: ListEntries) =>
  joined(
    ...entries.map(([tag, bytes]) => joined(new Uint8Array(Buffer.from(tag, 'hex')), Uint8Array.of(bytes))),
  );

function valuesOf(entries: ListEntries, data: Uint8Array): Tags {
  let at = 0;
  return Object.fromEntries(
    entries.map(([tag, bytes]) => {
      at += bytes;
      return [tag, data.slice(at - bytes, at)];
    }),
  );
}
