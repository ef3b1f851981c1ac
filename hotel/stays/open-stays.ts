/** The routes of stays and guests, and the judging again of those who came without the platform. */
import type { DeskContext } from '../context.ts';
import type { Routes } from '../http/server.ts';
import { guestRoutes } from './guest-routes.ts';
import { JudgeAgain } from './judge-again.ts';
import { lookRoutes } from './look-routes.ts';
import { rowIds } from './row-ids.ts';
import { stayRoutes } from './stay-routes.ts';
import { Stays } from './stays.ts';

/** Between two looks whether a newer list came. */
const AGAIN_MS = 5_000;

export const staysRoutes: Routes = async (app, context: DeskContext) => {
  const { register, events, audit, hotel, rules, time, now, core, gauges, modes, log } = context;
  const newId = rowIds(now);
  const onChange = () => again.changed();
  const stays = new Stays({ register, events, audit, hotel, rules, time, now, newId, onChange });
  const again = new JudgeAgain({ core, register, stays, gauges, log });
  const timer = setInterval(() => void again.run(), AGAIN_MS);
  modes.follow(() => void again.run());
  again.changed();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await again.settled();
  });
  for (const add of [stayRoutes(stays, newId), guestRoutes(stays), lookRoutes(stays)])
    await add(app, context);
};
