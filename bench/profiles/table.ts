/** The one table of profiles. */
import { capacity } from './capacity.ts';
import { cluster } from './cluster.ts';
import { cold } from './cold.ts';
import { crypto } from './crypto.ts';
import { desk } from './desk.ts';
import { engine } from './engine.ts';
import { flood } from './flood.ts';
import { gates } from './gates.ts';
import { hotel } from './hotel.ts';
import { idle } from './idle.ts';
import { lists } from './lists.ts';
import { outage } from './outage.ts';
import { policy } from './policy.ts';
import type { Profile } from './profile.ts';
import { register } from './register.ts';
import { replay } from './replay.ts';
import { rushHour } from './rush-hour.ts';
import { sm } from './sm.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';

export const PROFILES: readonly Profile[] = [
  gates,
  desk,
  rushHour,
  cold,
  replay,
  outage,
  flood,
  capacity,
  cluster,
  sm,
  soak,
  lists,
  register,
  crypto,
  engine,
  policy,
  hotel,
  start,
  idle,
];
