/** Builds the webhooks of a desk from its settings. */
import type { DeskContext } from '../context.ts';
import { Webhooks } from './webhooks.ts';

/** Rejects with HotelError as the register does. */
export function openWebhooks({
  hotel,
  crypto,
  register,
  events,
  gauges,
  now,
  log,
}: DeskContext): Promise<Webhooks> {
  const { retry_ms, answer_ms, alarm_ms, private_networks } = hotel.webhooks;
  return Webhooks.open({
    ...{ register, events, now, log, hotelId: hotel.hotel_id, profile: crypto.profile },
    ...{ retryMs: retry_ms, answerMs: answer_ms, alarmMs: alarm_ms, allowsPrivate: private_networks },
    subscriptionsMax: hotel.limits.subscriptions,
    onFailing: (webhooks_failing) => gauges.set({ webhooks_failing }),
  });
}
