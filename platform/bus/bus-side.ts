/** Everything of the platform that speaks on the bus, loaded only where there is one. */
import type { PlatformOptions } from '../server.ts';
import type { BusJournals, BusJournalsOptions } from './journals.ts';
import type { ListsPublisherOptions } from './lists-publisher.ts';

export interface BusSide {
  readonly journals: BusJournals;
  /** Something was published, which goes out now. */
  published(): void;
  close(): Promise<void>;
}

export interface BusSideParts extends Omit<BusJournalsOptions, 'bus' | 'onFault'> {
  readonly now: () => number;
  readonly lists: Pick<ListsPublisherOptions, 'repository' | 'chains' | 'renew'>;
}

/** Resolves to null where the options name none. Rejects with ClusterError `unusable`. */
export async function openBusSide(
  { bus: options, onBusFault = () => {} }: Pick<PlatformOptions, 'bus' | 'onBusFault'>,
  { now, lists, ...parts }: BusSideParts,
): Promise<BusSide | null> {
  if (options === undefined) return null;
  const [{ openPlatformBus }, { BusJournals: Journals }, { ListsPublisher }] = await Promise.all([
    import('./platform-bus.ts'),
    import('./journals.ts'),
    import('./lists-publisher.ts'),
  ]);
  const bus = openPlatformBus(options, now, onBusFault);
  const journals = new Journals({ ...parts, bus, onFault: onBusFault });
  const publisher = new ListsPublisher({ ...lists, bus, folder: parts.folder, onFault: onBusFault });
  const close = async () => {
    await publisher.close();
    await journals.close();
    await bus.close();
  };
  return { journals, published: () => publisher.wake(), close };
}
