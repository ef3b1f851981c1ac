/**
 * Ways a credential comes to the desk. Each part of the desk that has one adds a line, and a panel that hands on what it got:
 * a presentation to be judged, or a verification that the desk made by itself.
 */
import type { ComponentType } from 'preact';
import type { BothWords, Verification } from '../../client/answers.ts';

export interface Presentation {
  /** Of a family, or `scan` for what a scanner read. */
  readonly family: string;
  /** As `POST /v1/verifications` takes it: hex of the bytes, or what the family says. */
  readonly credential: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  /** Of a scene other than the first. */
  readonly scene?: string;
}

export interface PanelProps {
  /** `seenAt`: `performance.now()` when the code came into view, for the time that is shown. */
  readonly onPresentation: (presentation: Presentation, seenAt: number) => void;
  readonly onVerification: (verification: Verification) => void;
}

export interface Panel {
  readonly name: string;
  readonly title: BothWords;
  /** Whether this browser and this address have it at all. */
  readonly isThere: () => boolean;
  readonly load: () => Promise<{ readonly default: ComponentType<PanelProps> }>;
}

export const PANELS: readonly Panel[] = [
  {
    name: 'reader',
    title: { zh: '读卡器', en: 'Card reader' },
    isThere: () => true,
    load: () => import('../readers/reader-panel.tsx'),
  },
  {
    name: 'camera',
    title: { zh: '摄像头', en: 'Camera' },
    isThere: () => true,
    load: () => import('./inputs/camera.tsx'),
  },
  {
    name: 'scanner',
    title: { zh: '扫码枪', en: 'Scanner' },
    isThere: () => true,
    load: () => import('./inputs/scanner.tsx'),
  },
  {
    name: 'paste',
    title: { zh: '粘贴或图片', en: 'Paste or picture' },
    isThere: () => true,
    load: () => import('./inputs/paste.tsx'),
  },
  {
    name: 'phone',
    title: { zh: '手机证件', en: 'Phone document' },
    isThere: () => true,
    load: () => import('../phone/phone-panel.tsx'),
  },
];
