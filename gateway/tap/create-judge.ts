/** The judge of a pipeline: what it is not given is rebuilt from the journal. */
import { modeStateByList } from './4-status/status.ts';
import type { Passages } from './5-decide/passages.ts';
import { longestInsideMs, rebuiltPassages } from './5-decide/rebuilt-passages.ts';
import { ownNames, rememberedNames } from './5-decide/remembered-names.ts';
import { rebuiltBudget } from './5-decide/risk-budget.ts';
import { Judge } from './judge.ts';
import type { PipelineOptions } from './pipeline.ts';

export function createJudge(options: PipelineOptions, wallClockMs: () => number): Judge {
  const { cardList, limits, journal, replay } = options;
  const mode = options.mode ?? (() => modeStateByList(cardList(), wallClockMs()));
  const namesOf = options.former ? rememberedNames : ownNames;
  return new Judge({
    replay,
    budget: options.budget ?? rebuiltBudget(limits.budget_cards, journal, cardList(), mode(), namesOf),
    passages: options.passages ?? passagesOf(options, options.forgetMs ?? wallClockMs),
    cardList,
    namedList: options.namedList ?? (() => null),
    ...(options.tokenStatus && { tokenStatus: options.tokenStatus }),
    mode,
    replayWindowMs: limits.replay_window_ms,
    forgetMs: options.forgetMs ?? wallClockMs,
  });
}

function passagesOf({ journal, limits, scenes }: PipelineOptions, forgetMs: () => number): Passages {
  const nowMs = forgetMs();
  const longestMs = longestInsideMs(scenes);
  const records = longestMs === 0 ? [] : journal.since(nowMs - longestMs);
  return rebuiltPassages(limits.passages, records, scenes, nowMs);
}
