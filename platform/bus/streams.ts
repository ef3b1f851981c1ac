/** Streams of a cluster, as the platform makes them. */
import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { BusNames } from '../../gateway/cluster/bus/subjects.ts';
import type { PlatformBusSettings } from './platform-bus.ts';

export type StreamWanted = Pick<StreamConfig, 'name' | 'subjects'> & Partial<StreamConfig>;

/** Sent again within this time, a message of the same id is not kept twice; later its expected sequence sees to it. */
const DUPLICATE_WINDOW_MS = 120_000;
/** What servers take by default. */
const JOURNAL_MESSAGE_BYTES_MAX = 1_048_576;
const CONFIRMATION_BYTES_MAX = 65_536;

export function streamsOf(
  names: BusNames,
  { replicas, listsAgeMs, streamBytes }: PlatformBusSettings,
): readonly StreamWanted[] {
  const kept = {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    max_bytes: streamBytes,
  };
  return [
    {
      ...kept,
      name: names.lists,
      description: 'Signed lists, deltas and trust, from the platform to all gateways',
      subjects: [names.deltas, names.files, names.metadata],
      max_age: nanos(listsAgeMs),
      discard: DiscardPolicy.Old,
    },
    {
      ...kept,
      name: names.journals,
      description: 'Journals of gateways, until the platform has read them',
      subjects: [names.everyJournal, names.everyReport],
      // What is not read yet makes no room: gateways wait.
      discard: DiscardPolicy.New,
      max_msg_size: JOURNAL_MESSAGE_BYTES_MAX,
    },
    {
      ...kept,
      name: names.confirmations,
      description: 'What the platform confirms, the last word to each gateway',
      subjects: [names.everyConfirmation],
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.Old,
      max_msg_size: CONFIRMATION_BYTES_MAX,
    },
  ];
}

/** Makes it, or brings it to what is wanted where it is there already. Rejects with the server's error. */
export async function makeStream(manager: JetStreamManager, wanted: StreamWanted): Promise<void> {
  const { name } = wanted;
  const known = await manager.streams.info(name).catch(() => null);
  if (known === null) await manager.streams.add(wanted);
  else await manager.streams.update(name, wanted);
}
