/** What a presentation has behind its own names, as bits of one byte: how many shared names, and whether former ones. */
export const FURTHER_NAMES = { shared: 3, former: 4 } as const;
