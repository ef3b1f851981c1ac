/** Everything of the platform that speaks on the bus, loaded only where there is one. */
import type { PlatformOptions } from '../server.ts';
import type { BusJournals, BusJournalsOptions } from './journals.ts';

export interface BusSide {
  readonly journals: BusJournals;
  close(): Promise<void>;
}

export interface BusSideParts extends Omit<BusJournalsOptions, 'bus' | 'onFault'> {
  readonly now: () => number;
}

/** Resolves to null where the options name none. Rejects with ClusterError `unusable`. */
export async function openBusSide(
  { bus: options, onBusFault = () => {} }: Pick<PlatformOptions, 'bus' | 'onBusFault'>,
  { now, ...parts }: BusSideParts,
): Promise<BusSide | null> {
  if (options === undefined) return null;
  const [{ openPlatformBus }, { BusJournals: Journals }] = await Promise.all([
    import('./platform-bus.ts'),
    import('./journals.ts'),
  ]);
  const bus = openPlatformBus(options, now, onBusFault);
  const journals = new Journals({ ...parts, bus, onFault: onBusFault });
  const close = async () => {
    await journals.close();
    await bus.close();
  };
  return { journals, close };
}
