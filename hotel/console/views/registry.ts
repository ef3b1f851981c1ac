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
    path: 'check-in',
    title: { zh: '办理入住', en: 'Check-in' },
    scope: 'stays:write',
    load: () => import('./check-in/check-in.tsx'),
  },
  {
    path: 'guests',
    title: { zh: '今日客人', en: 'Today’s guests' },
    scope: 'stays:read',
    load: () => import('./guests/guests.tsx'),
  },
  {
    path: 'reports',
    title: { zh: '申报', en: 'Reports' },
    scope: 'reports:read',
    load: () => import('./reports/reports.tsx'),
  },
  {
    path: 'board',
    title: { zh: '运行看板', en: 'Board' },
    scope: 'board:read',
    load: () => import('./board/board.tsx'),
  },
  {
    path: 'accounts',
    title: { zh: '帐号', en: 'Accounts' },
    scope: 'accounts:write',
    load: () => import('./accounts/accounts.tsx'),
  },
  {
    path: 'audit',
    title: { zh: '审计', en: 'Audit' },
    scope: 'audit:read',
    load: () => import('./audit/audit.tsx'),
  },
  {
    path: 'me',
    title: { zh: '我的帐号', en: 'My account' },
    scope: null,
    load: () => import('./own-account/own-account.tsx'),
  },
  {
    path: 'readers',
    title: { zh: '读卡器', en: 'Readers' },
    scope: 'readers:write',
    load: () => import('./readers/readers.tsx'),
  },
];
