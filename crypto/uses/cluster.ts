import type { Use } from './use.ts';

export const CLUSTER_USES = {} as const satisfies Readonly<Record<string, Use>>;
