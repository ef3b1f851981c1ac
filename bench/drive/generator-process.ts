/** A generator: a process of its own that signs its taps beforehand, and sends them at their times. */
import { readFleet } from '../fleet/fleet.ts';
import { FleetThreads } from '../fleet/threads.ts';
import { LoadConnection } from '../load/connection.ts';
import { prepareTaps } from './prepared.ts';
import type { FromGenerator, OpenMessage, RunMessage, ToGenerator } from './protocol.ts';
import { type PreparedTaps, Sender } from './sender.ts';

let threads: FleetThreads | null = null;
let connections: LoadConnection[] = [];
let prepared: PreparedTaps | null = null;
let sender: Sender | null = null;

/** At once: a gateway lets few connect at once from one address (`limits.hellos_per_address`). */
const CONNECTING_MAX = 32;

const tell = (message: FromGenerator) => void process.send?.(message);

process.on('message', (message: ToGenerator) => {
  act(message).catch((error: Error) => tell({ kind: 'failed', reason: error.stack ?? error.message }));
});
process.on('disconnect', () => process.exit());

async function act(message: ToGenerator): Promise<void> {
  if (message.kind === 'open') {
    await open(message);
    tell({ kind: 'opened' });
  } else if (message.kind === 'prepare') {
    if (threads === null) throw new Error('open comes first');
    prepared = await prepareTaps(threads, message, (part) => tell({ kind: 'preparing', part }));
    tell({ kind: 'prepared' });
  } else {
    await run(message);
  }
}

async function open({ gate, tokens, city, fleetFile, cards }: OpenMessage): Promise<void> {
  for (const connection of connections) connection.close();
  connections = [];
  for (let at = 0; at < tokens.length; at += CONNECTING_MAX) {
    const some = tokens.slice(at, at + CONNECTING_MAX).map((token) =>
      LoadConnection.open({
        url: gate,
        token,
        onAnswer: (seq, code) => sender?.answered(seq, code),
        onClosed: (reason) => sender?.connectionClosed(reason),
      }),
    );
    connections.push(...(await Promise.all(some)));
  }
  if (threads !== null) return;
  const fleet = readFleet(fleetFile, cards);
  if (fleet === null) throw new Error(`the fleet ${fleetFile} is not what was made`);
  threads = new FleetThreads({ city, records: fleet.records });
}

async function run(message: RunMessage): Promise<void> {
  if (prepared === null) throw new Error('prepare comes first');
  sender = new Sender(prepared, message);
  const outcomes = await sender.run(connections, (sent, answered) =>
    tell({ kind: 'second', sent, answered }),
  );
  tell({ kind: 'outcomes', outcomes });
}
