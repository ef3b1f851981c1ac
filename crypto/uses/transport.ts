import type { Use } from './use.ts';

export const TRANSPORT_USES = {} as const satisfies Readonly<Record<string, Use>>;
