/** What becomes of what the thread of the platform link says. */
import type { TrustInForce } from '../knowledge/trust/trust-in-force.ts';
import type { LinkEvents } from '../link/link.ts';
import type { PlatformSideOptions } from './platform-side.ts';
import { carriesText, tellOfBus } from './told-of-bus.ts';

type LinkEventsParts = Pick<
  PlatformSideOptions,
  'settings' | 'journal' | 'space' | 'epochs' | 'metrics' | 'log' | 'watch' | 'onCity'
>;

export function linkEvents({
  settings,
  journal,
  space,
  epochs,
  metrics,
  log,
  watch,
  onCity,
  onTrust,
  ownReplays,
  devicesChanged,
  epochBegan,
  listsChanged,
}: LinkEventsParts & {
  readonly ownReplays: LinkEvents['ownReplays'];
  readonly devicesChanged: () => void;
  readonly epochBegan: () => void;
  /** Also when one is the same, and fresh for longer. */
  readonly listsChanged: () => void;
  readonly onTrust: (trust: TrustInForce) => void;
}): LinkEvents {
  const revisions = new Map<string, string>();
  return {
    trust: onTrust,
    ownReplays,
    devicesChanged,
    city: onCity,
    list({ head, revision, size }, deltas) {
      metrics.outage.deltasApplied(deltas);
      listsChanged();
      if (revisions.get(head.name) === revision) return;
      revisions.set(head.name, revision);
      log.info({ list: head.name, revision, cards: size }, 'new list in force');
    },
    listRemoved(name) {
      listsChanged();
      log.info({ list: name }, 'a list is no longer published');
    },
    signedTime: (signedAtMs, atMs) => watch.headSigned(signedAtMs, atMs),
    confirmed(epoch, position) {
      if (epoch === journal.epoch) space.confirmed(position);
    },
    bus: tellOfBus(log, settings.cluster?.station ?? null),
    busCarries: (carries) => log.info({ carries }, carriesText(carries)),
    conflict: (conflict) => epochs.conflict(conflict, epochBegan),
    rejudged(epoch, { position, judged, differing, cannot }) {
      if (epoch === journal.epoch) space.rejudged(position);
      metrics.outage.rejudged(judged, differing, cannot);
      if (differing > 0) log.warn({ judged, differing }, 'decisions made offline would be others now');
      if (Object.keys(cannot).length > 0)
        log.warn({ cannot }, 'decisions made offline cannot be judged again');
    },
    fault(what, fault, message) {
      metrics.outage.linkFault(what, fault);
      log.warn({ what, fault, error: message }, 'the platform link has a fault; what was in force stays');
    },
  };
}
