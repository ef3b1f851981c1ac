/** Entry of the thread that holds the link to the platform. It speaks messages.ts with the main thread. */
import { parentPort } from 'node:worker_threads';
import { nameThread } from '../../workers/thread-name.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import { joinGuardedClock } from '../knowledge/clock/guarded-clock.ts';
import type { OpenJournalRoute } from './journal-route.ts';
import type { LinkCluster } from './link-cluster.ts';
import type { LinkDevices } from './link-devices.ts';
import { type LinkData, LinkSession } from './link-session.ts';
import type { BeginLink, FromLink, ToLink } from './messages.ts';

/** How often it says that it lives. */
const ALIVE_MS = 500;

const port = parentPort;
if (!port) throw new Error('the platform link runs as a thread');
const post = (message: FromLink) => port.postMessage(message);

/** Null: the settings name none. Its client is loaded only where they do. */
async function busOf({ settings, clock: shared }: LinkData): Promise<Bus | null> {
  const { cluster, gateway_id: gatewayId, limits } = settings;
  if (!cluster?.bus) return null;
  const [{ busOptions }, { openBus }] = await Promise.all([
    import('../cluster/bus/bus-options.ts'),
    import('../cluster/bus/connect.ts'),
  ]);
  const clock = joinGuardedClock(shared, limits.clock_tolerance_ms);
  return openBus(busOptions(gatewayId, cluster.bus, () => clock.now()));
}

/** Null: the journal goes over HTTP alone. */
async function journalRouteOf({ settings }: LinkData, bus: Bus | null): Promise<OpenJournalRoute | null> {
  const { gateway_id: gatewayId, cluster, crypto } = settings;
  if (bus === null || cluster === undefined) return null;
  const { journalRouteOver } = await import('./journal-route.ts');
  return journalRouteOver(bus, { gatewayId, profile: crypto.profile }, cluster);
}

/** Null: there are no other gateways to share them with. */
async function devicesOf({ settings }: LinkData, bus: Bus | null): Promise<LinkDevices | null> {
  if (bus === null) return null;
  const { LinkDevices } = await import('./link-devices.ts');
  return new LinkDevices({ settings, bus, post });
}

/** Null: this gateway is no one of many. */
async function clusterOf(data: LinkData, bus: Bus | null): Promise<LinkCluster | null> {
  const { settings, token, clock: shared } = data;
  if (!settings.cluster) return null;
  const { LinkCluster } = await import('./link-cluster.ts');
  const clock = joinGuardedClock(shared, settings.limits.clock_tolerance_ms);
  return new LinkCluster({ settings, token, bus, now: () => clock.now(), post });
}

nameThread('link');
post({ kind: 'alive' });
setInterval(() => post({ kind: 'alive' }), ALIVE_MS).unref();
let session: LinkSession | null = null;
let devices: LinkDevices | null = null;
let cluster: LinkCluster | null = null;
let ending: Promise<void> | null = null;
/** Null: it ends before it has anything to do. */
const begun = Promise.withResolvers<LinkData | null>();
let isAhead = true;
/** What comes before the session is there. */
const early: ToLink[] = [];
let receive = (message: ToLink): void => void early.push(message);
port.on('message', (message: ToLink | BeginLink) => {
  if (message.kind === 'begin') begun.resolve(message.data);
  else if (isAhead && message.kind === 'stop') begun.resolve(null);
  else receive(message);
  isAhead = false;
});
const data = await begun.promise;
if (data === null) port.close();
else await begin(data);

async function begin(data: LinkData): Promise<void> {
  try {
    await work(data);
  } catch (error) {
    post({ kind: 'fatal', message: (error as Error).message });
    await end();
  }
}

/** Then nothing is left that could keep the thread alive. Once: it may fail to begin, and be told to stop for it. */
function end(): Promise<void> {
  ending ??= finish();
  return ending;
}

async function finish(): Promise<void> {
  // It takes leave on the bus, which the session closes.
  await cluster?.stop();
  // Questions of the devices that are under way end with the bus, which the session closes.
  await Promise.all([session?.stop(), devices?.stop()]);
  port?.close();
}

async function work(data: LinkData): Promise<void> {
  const bus = await busOf(data);
  const started = new LinkSession(data, post, bus, await journalRouteOf(data, bus));
  session = started;
  devices = await devicesOf(data, bus);
  cluster = await clusterOf(data, bus);
  receive = (message) => {
    if (message.kind === 'stop') {
      void end();
      return;
    }
    started.receive(message);
    cluster?.receive(message);
  };
  for (const message of early.splice(0)) receive(message);
  await started.start();
}
