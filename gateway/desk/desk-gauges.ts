/** What the desk counts for clerks and metrics: a closed set of names, so that nothing else ever crosses into metrics. */
export const DESK_GAUGES = {
  referred_waiting: 'Guests referred, for whom nobody has decided yet.',
  would_be_refused_now: 'Guests in the house, accepted then, who would be refused now.',
  reports_due: 'Reports to public security that are not accepted yet.',
  reports_overdue: 'Those of them whose due time is past.',
  reports_next_due_at_ms: 'When the next of them is due, milliseconds since 1970 UTC; 0: there is none.',
  webhooks_failing: 'Webhooks whose last delivery failed.',
} as const;

/** Those that metrics have: a time is for the console alone. */
export const { reports_next_due_at_ms: _, ...DESK_METRICS } = DESK_GAUGES;

export type DeskGauge = keyof typeof DESK_GAUGES;
export const DESK_GAUGE_NAMES = Object.keys(DESK_GAUGES) as readonly DeskGauge[];
export type DeskGaugeValues = Readonly<Record<DeskGauge, number>>;
