/** Lists for tests, from fixed keys. */
import { ListBuilder, type ListBuilderOptions } from '../../../lists/list-builder.ts';
import { type CardStatus, LISTED_STATES, type ListedState } from '../../../lists/list-handle.ts';

export const LIST_OPTIONS: ListBuilderOptions = {
  name: 'cards',
  generation: '00112233445566778899aabbccddeeff',
  hashKey: Uint8Array.from({ length: 16 }, (_, i) => i),
  revision: 7,
  chainHash: 'ab'.repeat(32),
  issuedAtMs: 1_000,
  freshUntilMs: 2_000,
  staleUntilMs: 3_000,
  covers: ['cq-rail', 'cq-campus'],
};

export interface SourceCard {
  readonly issuer: string;
  readonly id: string;
  readonly state: ListedState;
  readonly entitlements: number;
}

/** `values`: how many different entitlements there are. */
export function sourceCards(count: number, values: number): SourceCard[] {
  return Array.from({ length: count }, (_, i) => {
    const random = Math.imul(i + 1, 0x9e3779b1) >>> 0;
    return {
      issuer: random & 1 ? 'cq-rail' : 'cq-campus',
      id: `62170000${i}`,
      state: LISTED_STATES[(random >>> 8) % 13] ?? 'good',
      entitlements: (random >>> 12) % values === 0 ? 0xffff_ffff : (random >>> 12) % values,
    };
  });
}

export function builderOf(
  cards: readonly SourceCard[],
  options: Partial<ListBuilderOptions> = {},
): ListBuilder {
  const builder = new ListBuilder({ ...LIST_OPTIONS, ...options });
  for (const { issuer, id, state, entitlements } of cards) builder.add(issuer, id, state, entitlements);
  return builder;
}

export const UNKNOWN: CardStatus = { state: 'unknown', entitlements: 0 };
export const NOT_COVERED: CardStatus = { state: 'not_covered', entitlements: 0 };

/** One card's change as a test has it. */
export interface ListChange {
  readonly key: Uint8Array;
  /** 1 + index in LISTED_STATES; 0: taken off the list. */
  readonly state: number;
  readonly entitlements: number;
}

/** Changes as a delta packs them, whatever they are. */
export function packed(changes: readonly ListChange[]): Uint8Array {
  return Buffer.concat(
    changes.map(({ key, state, entitlements }) => {
      const rest = Buffer.alloc(5);
      rest.writeUInt8(state);
      rest.writeUInt32BE(entitlements, 1);
      return Buffer.concat([key, rest]);
    }),
  );
}
