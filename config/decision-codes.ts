/** Codes of judged taps, other than those of a failed proof: part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

const decision = (outcome: 'allow' | 'deny' | 'refer', meaning: string): CodeEntry => ({
  kind: 'decision',
  outcome,
  http: 200,
  retry: false,
  meaning,
});

export const DECISION_CODES = {
  'allow.good': decision('allow', 'The credential is proven, its status is good, and the policy accepts it.'),
  'allow.unlisted': decision(
    'allow',
    'Proven; its card is on no list (nor known to the platform where that was asked), and the policy accepts that here.',
  ),
  'allow.list_too_old': decision(
    'allow',
    'Proven and good on a list that is older than the policy likes; the policy lets it pass here.',
  ),
  'deny.family_not_accepted': decision('deny', 'The scene does not accept this family of credential.'),
  'deny.region_not_accepted': decision('deny', 'The scene does not accept credentials of this region.'),
  'deny.holder_not_bound': decision(
    'deny',
    'Anybody with a copy could show it as well, and the scene takes only what proves possession of a key (`holder` of its policy).',
  ),
  'deny.replayed': decision('deny', 'This presentation was used before, within the time it is remembered.'),
  'deny.replayable_too_long': decision(
    'deny',
    'The same bytes stay good for longer than the scene remembers a presentation (`replayable_ms_max` of its policy).',
  ),
  'deny.status_suspended': decision('deny', 'The issuer has suspended the card.'),
  'deny.status_lost': decision('deny', 'The card is reported lost.'),
  'deny.status_replaced': decision('deny', 'The card was replaced by a newer one.'),
  'deny.status_cancelled': decision('deny', 'The card is cancelled.'),
  'deny.status_unknown': decision(
    'deny',
    'The card is on no list, nor known to the platform where that was asked, and the policy wants it known.',
  ),
  'allow.no_list': decision(
    'allow',
    'Proven; no card list could be asked, and the policy lets it pass here.',
  ),
  'deny.no_list': decision('deny', 'Proven, but no card list could be asked.'),
  'refer.no_list': decision('refer', 'Proven, but no card list could be asked: a person must look.'),
  'deny.list_too_old': decision('deny', 'The card list is older than the policy takes.'),
  'refer.status_unknown': decision('refer', 'The card is on no list: a person must look.'),
  'refer.list_too_old': decision(
    'refer',
    'The card list is older than the policy takes: a person must look.',
  ),
  'allow.not_covered': decision(
    'allow',
    "Proven; neither list nor platform says anything of this issuer's cards, and the policy accepts that here.",
  ),
  'deny.not_covered': decision('deny', "Neither list nor platform says anything of this issuer's cards."),
  'refer.not_covered': decision(
    'refer',
    "Neither list nor platform says anything of this issuer's cards: a person must look.",
  ),
  'deny.could_not_ask': decision(
    'deny',
    'The scene wants the status of the moment, and the platform could not be asked in time.',
  ),
  'refer.could_not_ask': decision(
    'refer',
    'The scene wants the status of the moment, and the platform could not be asked in time: a person must look.',
  ),
  'deny.not_resolved': decision(
    'deny',
    'An online code, and the platform that knows what it means could not be asked in time.',
  ),
  'refer.not_resolved': decision(
    'refer',
    'An online code, and the platform that knows what it means could not be asked in time: a person must look.',
  ),
  'deny.not_named': decision('deny', 'The card is not on the list of those who may pass here.'),
  'refer.not_named': decision(
    'refer',
    'The card is not on the list of those who may pass here: a person must look.',
  ),
  'deny.named_list_missing': decision('deny', 'The list of those who may pass here is not at hand.'),
  'refer.named_list_missing': decision(
    'refer',
    'The list of those who may pass here is not at hand: a person must look.',
  ),
  'deny.requirement_not_met': decision(
    'deny',
    'The scene requires something more, such as belonging to a group, and it is not so: `requirement` says what.',
  ),
  'refer.requirement_not_met': decision(
    'refer',
    'The scene requires something more, and it is not so (`requirement`): a person must look.',
  ),
  'deny.requirement_unknown': decision(
    'deny',
    'The scene requires something more, and nobody can say whether it is so: `requirement` says what.',
  ),
  'refer.requirement_unknown': decision(
    'refer',
    'The scene requires something more, and nobody can say whether it is so (`requirement`): a person must look.',
  ),
  'deny.passback': decision(
    'deny',
    'Whoever this is entered a moment ago: the credential was handed back, or shown by two.',
  ),
  'refer.passback': decision(
    'refer',
    'Whoever this is entered a moment ago, and shows it at an entry again: a person must look.',
  ),
  'deny.entered_twice': decision('deny', 'Whoever this is is inside already, and has not left.'),
  'refer.entered_twice': decision(
    'refer',
    'Whoever this is is inside already, and has not left: a person must look.',
  ),
  'deny.not_entered': decision('deny', 'Whoever this is wants to leave, and has not entered.'),
  'refer.not_entered': decision(
    'refer',
    'Whoever this is wants to leave, and has not entered: a person must look.',
  ),
  'deny.risk_budget_spent': decision(
    'deny',
    'Good on a list past its freshness, and no more may pass on its word: a budget is spent.',
  ),
  'refer.risk_budget_spent': decision(
    'refer',
    'Good on a list past its freshness, and no more may pass on its word: a person must look.',
  ),
  'refer.replay_unshared': decision(
    'refer',
    'Whether it was used at another gateway could not be asked in time: a person must look.',
  ),
  'allow.closed': decision('allow', 'Nothing usable is known of the cards; the scene opens then.'),
  'deny.closed': decision('deny', 'Nothing usable is known of the cards; the scene stays shut then.'),
  'refer.closed': decision('refer', 'Nothing usable is known of the cards: a person must look.'),
} as const satisfies Record<string, CodeEntry>;
