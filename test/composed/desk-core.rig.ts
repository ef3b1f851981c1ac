/** A composed gateway whose desk is a thread that asks what a test wants asked, over the very messages that the desk uses. */
import { expect, vi } from 'vitest';
import type { DeskCore, DeskDecision, DeskRefusal, DeskShown } from '../../gateway/desk/desk-core.ts';
import { chipTapOf } from '../system/presentations.rig.ts';
import type { ComposedOptions } from './composed-gateway.rig.ts';
import { type ComposedDesk, MATCH_KEY, PIN_SECRET, startDesk } from './desk.rig.ts';

export interface AskedCore extends DeskCore {
  /** Ends the thread as a bug would. */
  die(): Promise<void>;
  /** The modes it was told of since it started. */
  modes(): Promise<readonly string[]>;
}

export interface DeskCoreWorld {
  readonly desk: ComposedDesk;
  readonly core: AskedCore;
  /** Shows a card's chip at a desk of the hotel. */
  tap(card: number): Promise<DeskDecision | DeskRefusal>;
  /** As `tap`, of one that is taken. Throws where it is not proven. */
  shown(card: number): Promise<{ readonly decision: DeskDecision; readonly shown: DeskShown }>;
}

const ENTRY = new URL('../fixtures/desk-core-thread.ts', import.meta.url);

export async function startDeskCore(options: ComposedOptions = {}): Promise<DeskCoreWorld> {
  const desk = await startDesk({
    ...options,
    platform: {
      matchKey: Buffer.from(MATCH_KEY, 'hex'),
      pinSecret: Buffer.from(PIN_SECRET, 'hex'),
      ...options.platform,
    },
    gateway: { ...options.gateway, deskEntry: ENTRY },
  });
  const ask = async (verb: string, ...args: readonly unknown[]) => {
    const answer = await fetch(desk.url, { method: 'POST', body: JSON.stringify({ verb, args }) });
    return (await answer.json()) as never;
  };
  const core: AskedCore = {
    verify: (tap) => ask('verify', tap),
    challenge: (wish) => ask('challenge', wish),
    match: (ref, digests) => ask('match', ref, digests),
    pin: (ref, pin) => ask('pin', ref, pin),
    pinHash: (ref) => ask('pinHash', ref),
    judgeAgain: (decisionId) => ask('judgeAgain', decisionId),
    standing: () => ask('standing'),
    board: () => ask('board'),
    modes: () => ask('modes'),
    die: () => ask('die').catch(() => {}),
  };
  // Until the first probes are answered it works by its list.
  await vi.waitFor(async () => expect((await core.standing()).mode).toBe('live'), 10_000);
  const tap = (card: number) =>
    core.verify({
      desk: 'front-1',
      scene: '11/desk',
      presentation: chipTapOf(desk.composed.city, card).json,
    });
  return {
    ...{ desk, core, tap },
    async shown(card) {
      const decision = await tap(card);
      if (decision.kind !== 'decision' || decision.shown === null) {
        throw new Error(`card ${card} was not taken: ${decision.code}`);
      }
      return { decision, shown: decision.shown };
    },
  };
}
