/** `onecard device`: who may tap. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { meant } from '../config/nearest-name.ts';
import { ScenesError } from '../config/scenes.ts';
import { SettingsError } from '../config/settings.ts';
import { DeviceKeyError } from '../gateway/devices/device-key.ts';
import { type DeviceStore, openDeviceStore } from '../gateway/devices/device-store.ts';
import { type EnrolledDevice, isDeviceId, RegistryError } from '../gateway/devices/registry.ts';
import type { KnownAt } from '../gateway/devices/sharing/shared-devices.ts';
import { DEVICE_CLASSES, type DeviceClass } from '../gateway/verification.ts';
import {
  addDataFolderOptions,
  type DataFolderOptions,
  dataFolder,
  existing,
  settingsOf,
} from './data-folder.ts';
import { joinPeers, type Untold } from './device-cluster.ts';
import { addKeyOptions, type DeviceKeyOptions, publicKeyFor } from './device-key.ts';
import { tokenCommand } from './device-token.ts';
import { loadedScenes } from './scenes-in-force.ts';
import { runOrExplain, UnusableError } from './unusable.ts';

const UNTOLD_EXIT_CODE = 1;

const ENROLL_HELP = `
The device keeps the private key; the gateway is given the public one. A device may name only the scenes it is
enrolled for; the first is meant when a tap names none. A running gateway knows the device at once.

Scenes are those of the settings, those of --scenes, or those that come along: onecard scenes shows them.

Examples:
  $ onecard device enroll --config gateway.json --id gate-1 --class gate --scene 29/entry --public-key gate-1.pem
  $ onecard device enroll --data data --id desk-1 --class desk --scene 11/desk \\
      --generate --private-key-out desk-1.key.jwk`;

const ADD_KEY_HELP = `
The device may sign with either key as long as crypto.changing_over is true; its connections and sessions go on. A device has at
most one key beside its first: another takes its place. Enrolled anew (enroll --replace) it has one key again.

Example:
  $ onecard device add-key --config gateway.json --id gate-1 --public-key gate-1-sm2.pem`;

const HELP = `
Devices are named like gate-1: small letters, digits, and . _ - after the first character, up to 63 in all.

With --config of a gateway in a cluster (cluster.bus) the other gateways know at once, whether this one runs or not. Where the
bus is out of reach, what was done holds here, and the gateway tells the others as soon as it reaches it.

Exit status: 0 when it was done, 1 when it was done here and is not yet known to all gateways of the cluster, 2 when the options, the key or the data folder cannot be used.`;

interface EnrollOptions extends DataFolderOptions, DeviceKeyOptions {
  readonly id: string;
  readonly class: DeviceClass;
  readonly scene: readonly string[];
  readonly replace?: boolean;
  readonly scenes?: string;
}

interface OneDeviceOptions extends DataFolderOptions {
  readonly id: string;
}

type AddKeyOptions = OneDeviceOptions & DeviceKeyOptions;

interface ListOptions extends DataFolderOptions {
  readonly json?: boolean;
}

export function deviceCommand(): Command {
  const command = new Command('device')
    .description('Enrol, list and revoke the devices that may tap, and make tokens to try them.')
    .addHelpText('after', HELP)
    .addCommand(enrollCommand())
    .addCommand(addKeyCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(revokeCommand())
    .addCommand(tokenCommand());
  return command;
}

function enrollCommand(): Command {
  return addKeyOptions(addDataFolderOptions(new Command('enroll')))
    .description('Let a device tap.')
    .requiredOption('--id <name>', 'name of the device')
    .addOption(
      new Option('--class <class>', 'gates go before desks, desks before batch clients')
        .choices(DEVICE_CLASSES)
        .makeOptionMandatory(),
    )
    .requiredOption('--scene <scene...>', 'scene it may name, such as 29/entry; may be repeated')
    .option('--scenes <file>', 'scenes and policies that the gateway follows')
    .option('--replace', 'take the place of a device of this name, enrolled or revoked')
    .addHelpText('after', ENROLL_HELP)
    .action((options: EnrollOptions) =>
      explained('enroll', async () => {
        if (!isDeviceId(options.id))
          throw new UnusableError(`${JSON.stringify(options.id)} cannot name a device`);
        const folder = join(dataFolder(options), 'devices');
        requireScenes(options);
        const told = await change(folder, options, ({ registry }) => enroll(registry, options));
        sayChanged('enrolled', told);
        if (options.privateKeyOut) console.log(`its private key is in ${options.privateKeyOut}`);
      }),
    );
}

function addKeyCommand(): Command {
  return addKeyOptions(addDataFolderOptions(new Command('add-key')))
    .description('Give a device a second key, of the other profile, while its gateways change over.')
    .requiredOption('--id <name>', 'name of the device')
    .addHelpText('after', ADD_KEY_HELP)
    .action((options: AddKeyOptions) =>
      explained('add-key', async () => {
        const told = await change(changedFolder(options), options, async ({ registry }) => {
          if (registry.find(options.id) === null) throw new UnusableError(`there is no device ${options.id}`);
          return registry.addKey(options.id, publicKeyFor(options, settingsOf(options)));
        });
        sayChanged('changed', told);
        if (options.privateKeyOut) console.log(`its second private key is in ${options.privateKeyOut}`);
      }),
    );
}

/** A device enrolled for a scene that does not exist would be refused at its first tap. Throws UnusableError. */
function requireScenes(options: EnrollOptions): void {
  const { scenes } = loadedScenes(options);
  const unknown = options.scene.find((scene) => !scenes.includes(scene));
  if (unknown === undefined) return;
  throw new UnusableError(`there is no scene ${JSON.stringify(unknown)}; ${meant(unknown, scenes)}`);
}

async function enroll(registry: DeviceStore['registry'], options: EnrollOptions): Promise<EnrolledDevice> {
  const known = registry.find(options.id);
  // Before a key is made, so that no useless one is left behind.
  if (known && !options.replace) {
    const state = known.revokedAtMs === null ? 'enrolled' : 'revoked';
    throw new UnusableError(`there is already a device ${options.id} (${state}); --replace takes its place`);
  }
  const device = {
    deviceId: options.id,
    class: options.class,
    scenes: [...new Set(options.scene)],
    publicKeyJwk: publicKeyFor(options, settingsOf(options)),
    enrolledAtMs: Date.now(),
  };
  return await registry.enrol(device, options.replace);
}

function listCommand(): Command {
  return addDataFolderOptions(new Command('list'))
    .description('List the devices, also revoked ones.')
    .option('--json', 'one JSON object a line')
    .action((options: ListOptions) =>
      explained('list', async () => {
        const devices = await withStore(devicesFolder(options), async (store) =>
          store.registry.list().map((device) => ({ device, known: knownAt(store, device) })),
        );
        if (devices.length === 0 && !options.json) console.log('no device is enrolled');
        for (const { device, known } of devices) {
          const inCluster = known === null ? {} : { known_at: known };
          console.log(options.json ? JSON.stringify({ ...device, ...inCluster }) : describe(device, known));
        }
      }),
    );
}

function showCommand(): Command {
  return addDataFolderOptions(new Command('show'))
    .description('Show one device with its public key, as JSON.')
    .requiredOption('--id <name>', 'name of the device')
    .action((options: OneDeviceOptions) =>
      explained('show', async () => {
        const device = await withStore(devicesFolder(options), async ({ registry }) =>
          registry.find(options.id),
        );
        if (!device) throw new UnusableError(`there is no device ${options.id}`);
        console.log(JSON.stringify(device, null, 2));
      }),
    );
}

function revokeCommand(): Command {
  return addDataFolderOptions(new Command('revoke'))
    .description(
      'Let a device tap no more, here and at all gateways of the cluster. Its connections end in a second or two, its sessions at their next use.',
    )
    .requiredOption('--id <name>', 'name of the device')
    .action((options: OneDeviceOptions) =>
      explained('revoke', async () => {
        const told = await change(changedFolder(options), options, ({ registry }) =>
          registry.revoke(options.id, Date.now()),
        );
        sayChanged('revoked', told);
      }),
    );
}

/** A gateway of a cluster may have none of its own yet, and revoke what others enrolled. */
function changedFolder(options: DataFolderOptions): string {
  return settingsOf(options)?.cluster?.bus ? join(dataFolder(options), 'devices') : devicesFolder(options);
}

interface Changed {
  readonly device: EnrolledDevice;
  /** Null: the other gateways know, or there are none. */
  readonly untold: Untold | null;
  readonly knownAt: KnownAt | null;
}

/** Learns what the other gateways know of the device, changes it here, and tells them. */
function change(
  folder: string,
  options: OneDeviceOptions,
  action: (store: DeviceStore) => Promise<EnrolledDevice>,
): Promise<Changed> {
  return withStore(folder, async (store) => {
    const peers = await joinPeers(settingsOf(options), store.sharing);
    try {
      if (isDeviceId(options.id)) await peers.learn(options.id);
      const changed = await action(store);
      const untold = await peers.tell(options.id);
      return { device: changed, untold, knownAt: knownAt(store, changed) };
    } finally {
      await peers.leave();
    }
  });
}

function sayChanged(what: string, { device, untold, knownAt: at }: Changed): void {
  console.log(`${what} ${describe(device, at)}`);
  if (untold === null) return;
  const { deviceId } = device;
  console.error(
    'why' in untold
      ? `onecard device: ${deviceId} is ${what} here, and that is not yet known to all gateways of the cluster: ${untold.why}`
      : `onecard device: that is over: another gateway was first, and its revision ${untold.holds.revision} of ${deviceId} holds (onecard device show)`,
  );
  process.exitCode = UNTOLD_EXIT_CODE;
}

/** Null where no cluster was ever seen from this folder. */
function knownAt({ sharing }: DeviceStore, device: EnrolledDevice): KnownAt | null {
  return sharing.hasCluster ? sharing.knownAt(device) : null;
}

function devicesFolder(options: DataFolderOptions): string {
  return existing(join(dataFolder(options), 'devices'), 'enrolled device');
}

async function withStore<T>(folder: string, use: (store: DeviceStore) => Promise<T>): Promise<T> {
  const store = openDeviceStore(folder);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function describe(device: EnrolledDevice, known: KnownAt | null): string {
  const { deviceId, class: deviceClass, scenes, publicKeyJwk, otherKeyJwk } = device;
  const { enrolledAtMs, revokedAtMs } = device;
  const keys = otherKeyJwk ? `${publicKeyJwk.crv} and ${otherKeyJwk.crv} keys` : `${publicKeyJwk.crv} key`;
  const since = new Date(enrolledAtMs).toISOString();
  const end = revokedAtMs === null ? '' : `, revoked ${new Date(revokedAtMs).toISOString()}`;
  const at = known === null ? '' : known === 'all' ? '; known to the cluster' : '; known here alone';
  return `${deviceId}: ${deviceClass} for ${scenes.join(', ')}; ${keys}; enrolled ${since}${end}${at}`;
}

function explained(command: string, action: () => Promise<void>): Promise<void> {
  return runOrExplain(
    `device ${command}`,
    [RegistryError, DeviceKeyError, SettingsError, ScenesError],
    action,
  );
}
