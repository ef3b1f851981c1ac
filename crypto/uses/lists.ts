import type { Use } from './use.ts';

export const LIST_USES = {} as const satisfies Readonly<Record<string, Use>>;
