import type { Use } from './use.ts';

export const HOTEL_USES = {} as const satisfies Readonly<Record<string, Use>>;
