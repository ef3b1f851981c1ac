/** All views of the console, in the order of navigation. Each is loaded when it is opened first. */
import type { ComponentType } from 'preact';
import type { Scope } from '../../people/actor.ts';
import type { BothWords } from '../client/answers.ts';

export interface View {
  /** Behind `#/`. */
  readonly path: string;
  readonly title: BothWords;
  /** Who has it in the navigation; null: everybody signed in. */
  readonly scope: Scope | null;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

export const VIEWS: readonly View[] = [
  {
    path: 'reports',
    title: { zh: '申报', en: 'Reports' },
    scope: 'reports:read',
    load: () => import('./reports/reports.tsx'),
  },
];
