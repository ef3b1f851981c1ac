import type { Use } from './use.ts';

export const DEVICE_USES = {} as const satisfies Readonly<Record<string, Use>>;
