/**
 * Entry of the thread that asks the store: the connection, what is asked, and what an answer means. The main thread lays into one ring
 * what taps want, and reads from another what they have.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { nameThread } from '../../../workers/thread-name.ts';
import { joinGuardedClock } from '../../knowledge/clock/guarded-clock.ts';
import { joinRealtime } from '../../scheduling/realtime.ts';
import { ClusterError } from '../cluster-error.ts';
import { StoreClient } from '../store/connect-store.ts';
import { Store, type StoreEvents } from '../store/store.ts';
import { storeNames } from '../store/store-names.ts';
import { TakenNames } from '../store/taken-names.ts';
import { Taking } from '../store/taking.ts';
import { writeEvent, writeTaken } from './answer-records.ts';
import { readAsk } from './ask-records.ts';
import { RingReader, RingWriter } from './byte-ring.ts';
import { Calls } from './calls.ts';
import { type FromStoreThread, type StoreThreadData, type ToStoreThread, WORDS } from './messages.ts';

/** What is written to see that it can be is gone so soon. */
const LOOK_KEPT_MS = '10000';
const BREAKER_LOOK_MS = 10;

const port = parentPort;
if (!port) throw new Error('the store is asked by a thread');
const post = (message: FromStoreThread) => port.postMessage(message);
const data = workerData as StoreThreadData;

function open(): void {
  const { store: settings, cluster, keys, crypto } = data;
  const words = new Int32Array(data.words);
  const [asks, answers] = [new RingReader(data.asks), new RingWriter(data.answers)];
  const clock = joinGuardedClock(data.clock, data.clockToleranceMs);
  const now = () => clock.now();
  let onThere = () => {};
  const client = new StoreClient(settings, {
    there(address) {
      publish();
      onThere();
      post({ kind: 'there', address });
    },
    away(detail) {
      publish();
      post({ kind: 'away', detail });
    },
    unfit: (sentence) => post({ kind: 'unfit', sentence }),
  });
  const event =
    (name: keyof StoreEvents) =>
    (count: number, elapsedMs = 0) =>
      writeEvent(answers, name, count, elapsedMs);
  const store = new Store(client, settings, {
    ...{ answered: event('answered'), late: event('late') },
    ...{ failed: event('failed'), refused: event('refused') },
  });
  const taking = new Taking({ store, cluster, keys, crypto, now });
  const taken = new TakenNames({ store, cluster, now });
  onThere = () => taken.begin();
  let again: NodeJS.Timeout | null = null;
  const publish = (): void => {
    const { isThere, underWay } = store;
    Atomics.store(words, WORDS.underWay, underWay);
    Atomics.store(words, WORDS.isThere, isThere ? 1 : 0);
    // The main thread asks nothing meanwhile, so nothing else would say that the pause of the breaker is over.
    if (isThere || !client.isReady || again !== null) return;
    again = setTimeout(() => {
      again = null;
      publish();
    }, BREAKER_LOOK_MS).unref();
  };
  const calls = new Calls({
    ...{ words, answers, now: () => performance.now() },
    call: () => post({ kind: 'read' }),
  });
  const onAsk = (from: number): void => {
    const ask = readAsk(asks.bytes, from);
    if (ask.kind === 'give_back') {
      taking.giveBack(ask.wanted, ask.what);
      return;
    }
    taking.takeAll(ask.all, (all) => {
      writeTaken(answers, ask.number, all);
      publish();
      calls.answered();
    });
  };
  const read = (): void => {
    Atomics.store(words, WORDS.isThreadCalled, 0);
    asks.readAll(onAsk);
    publish();
  };
  const look = [{ command: 'set', args: [storeNames(cluster).look, '1', 'PX', LOOK_KEPT_MS] }];
  port?.on('message', (message: ToStoreThread) => {
    if (message.kind === 'read') read();
    else if (message.kind === 'look') store.askAll(look, () => calls.answered());
    else if (message.kind === 'names') {
      const { number, names, untilMs } = message;
      void taken.take(names, untilMs).then((answer) => post({ kind: 'named', number, answer }));
    } else {
      read();
      calls.end();
      client.close();
      port?.close();
    }
  });
  void client.firstTry().then(
    () => post({ kind: 'tried', refusal: null }),
    (cause: Error) => post({ kind: 'tried', refusal: cause.message }),
  );
}

nameThread('store');
joinRealtime();
try {
  open();
} catch (cause) {
  // Files of the settings; whatever else went wrong ends the thread.
  if (!(cause instanceof ClusterError)) throw cause;
  post({ kind: 'tried', refusal: cause.message });
  port.close();
}
