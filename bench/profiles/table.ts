/** The one table of profiles. */
import { capacity } from './capacity.ts';
import { flood } from './flood.ts';
import { gates } from './gates.ts';
import type { Profile } from './profile.ts';

export const PROFILES: readonly Profile[] = [gates, flood, capacity];
