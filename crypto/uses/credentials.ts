import type { Use } from './use.ts';

export const CREDENTIAL_USES = {} as const satisfies Readonly<Record<string, Use>>;
