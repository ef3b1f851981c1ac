import type { Use } from './use.ts';

export const RECEIPT_USES = {} as const satisfies Readonly<Record<string, Use>>;
