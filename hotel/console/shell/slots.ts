/** What parts of the desk show around every view: above it, and in the bar at the top. Loaded once somebody is signed in. */
import type { ComponentType } from 'preact';
import type { Scope } from '../../people/actor.ts';

export interface Slotted {
  readonly name: string;
  readonly scope: Scope | null;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

/** Below the bar: how the gateway stands, what is overdue. */
export const BANNERS: readonly Slotted[] = [
  {
    name: 'reports-overdue',
    scope: 'reports:write',
    load: () => import('../views/reports/overdue-banner.tsx'),
  },
  {
    name: 'standing',
    scope: 'stays:read',
    load: () => import('../views/standing/standing-banner.tsx'),
  },
];
/** In the bar, small. */
export const IN_BAR: readonly Slotted[] = [];
