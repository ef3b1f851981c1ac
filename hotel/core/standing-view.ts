/** How the gateway and the desk stand, as the API says it. */
import { type Static, Type } from 'typebox';
import type { SceneStanding, Standing, Words } from '../../gateway/desk/desk-core.ts';
import type { DeskGaugeValues } from '../../gateway/desk/desk-gauges.ts';

const strict = { additionalProperties: false } as const;
const atMs = (description: string) => Type.Integer({ minimum: 0, description });
const count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description !== undefined && { description }) });
const WordsSchema = Type.Object({ zh: Type.String(), en: Type.String() }, strict);

export const StandingSchema = Type.Object(
  {
    mode: Type.Enum(['live', 'lists', 'stale', 'closed'], { description: 'docs/offline.md.' }),
    forced: Type.Boolean({ description: 'Whether an operator of the gateway set the mode.' }),
    since_ms: atMs('Since when it is in this mode, milliseconds since 1970 UTC.'),
    now_ms: atMs('By the gateway’s clock.'),
    list: Type.Union([
      Type.Object(
        {
          age_ms: count(),
          fresh_until_ms: atMs('After this the mode is stale, milliseconds since 1970 UTC.'),
          stale_until_ms: atMs('After this it is closed.'),
        },
        strict,
      ),
      Type.Null(),
    ]),
    outbox_waiting: count('Decisions that the platform does not have yet.'),
    scenes: Type.Array(
      Type.Object(
        {
          scene: Type.String(),
          title: Type.Union([WordsSchema, Type.Null()]),
          families: Type.Array(Type.String()),
          now: Type.Enum(['allow', 'refer', 'deny'], {
            description: 'What becomes now of a card that nothing is held against.',
          }),
          words: WordsSchema,
        },
        strict,
      ),
    ),
    referred_waiting: count('Guests referred, for whom nobody has decided yet.'),
    judged_again: Type.Object(
      { would_be_refused_now: count('Guests in the house, accepted then, who would be refused now.') },
      strict,
    ),
    reports: Type.Object(
      {
        due: count(),
        overdue: count(),
        next_due_at_ms: Type.Union([atMs('Milliseconds since 1970 UTC.'), Type.Null()]),
      },
      strict,
    ),
    webhooks_failing: count('Webhooks that take nothing.'),
  },
  { ...strict, title: 'Standing' },
);
export type StandingView = Static<typeof StandingSchema>;

/** Where the policy has no words of its own. */
const WORDS: Readonly<Record<SceneStanding['now'], Words>> = {
  allow: { zh: '照常核验', en: 'Cards are verified as usual' },
  refer: { zh: '可以读卡，每位客人须由员工核对决定', en: 'Cards are read, and staff decide for each guest' },
  deny: { zh: '现在不能核验', en: 'Nothing is verified now' },
};

export function standingView(standing: Standing, counted: DeskGaugeValues): StandingView {
  const { listAgeMs, listFreshUntilMs, listStaleUntilMs } = standing;
  return {
    ...{ mode: standing.mode, forced: standing.forced },
    ...{ since_ms: standing.sinceMs, now_ms: standing.nowMs },
    list:
      listAgeMs === null || listFreshUntilMs === null || listStaleUntilMs === null
        ? null
        : { age_ms: listAgeMs, fresh_until_ms: listFreshUntilMs, stale_until_ms: listStaleUntilMs },
    outbox_waiting: standing.outboxWaiting,
    scenes: standing.scenes.map(({ scene, title, families, now, words }) => ({
      ...{ scene, title, families: [...families], now },
      words: words ?? WORDS[now],
    })),
    referred_waiting: counted.referred_waiting,
    judged_again: { would_be_refused_now: counted.would_be_refused_now },
    reports: {
      due: counted.reports_due,
      overdue: counted.reports_overdue,
      next_due_at_ms: counted.reports_next_due_at_ms || null,
    },
    webhooks_failing: counted.webhooks_failing,
  };
}
