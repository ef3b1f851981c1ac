/** The two written forms of what a reader hands over of a chip card. */
import { toHex } from '../../workers/codecs/hex.ts';
import type { ChipMode, DynamicData, Tags, TapOptions } from './chip-card.ts';

/** Byte strings as they are; the form for MessagePack. */
export interface ChipPresentation {
  readonly credential: { readonly tags: Tags; readonly staticData: Uint8Array };
  readonly context: {
    readonly mode: ChipMode;
    readonly terminal: Tags;
    /** CDA only. */
    readonly transactionData?: Uint8Array;
  };
}

export interface ChipCard<Options extends TapOptions> {
  readonly alg: 'sm2' | 'rsa';
  /** All a terminal reads before it asks for a signature. */
  readonly tags: Tags;
  readonly staticData: Uint8Array;
  tap(options: Options): ChipPresentation;
}

export function chipPresentation(
  tags: Tags,
  staticData: Uint8Array,
  options: TapOptions,
  dynamic: DynamicData,
  signed: Uint8Array,
): ChipPresentation {
  const { transactionData } = dynamic;
  return {
    credential: { tags: { ...tags, ...dynamic.tags, '9F4B': signed }, staticData },
    context: {
      mode: options.mode,
      terminal: options.terminal,
      ...(transactionData && { transactionData }),
    },
  };
}

/** The same as JSON has it: every byte string in upper-case hex. */
export function presentationAsHex({ credential, context }: ChipPresentation) {
  const tags = (values: Tags) =>
    Object.fromEntries(Object.entries(values).map(([tag, value]) => [tag, hex(value)]));
  return {
    credential: { tags: tags(credential.tags), staticData: hex(credential.staticData) },
    context: {
      mode: context.mode,
      terminal: tags(context.terminal),
      ...(context.transactionData && { transactionData: hex(context.transactionData) }),
    },
  };
}

function hex(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase();
}
