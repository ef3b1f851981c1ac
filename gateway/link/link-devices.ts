/** The devices of this gateway and those of its cluster, kept alike over the bus. */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import { busNames } from '../cluster/bus/subjects.ts';
import { readClusterKeys } from '../cluster/cluster-keys.ts';
import { type DeviceStore, openDeviceStore } from '../devices/device-store.ts';
import { RegistryError } from '../devices/registry.ts';
import { type DeviceFault, DeviceSync } from '../devices/sharing/device-sync.ts';
import type { FromLink, RegistryState } from './messages.ts';

export interface LinkDevicesOptions {
  readonly settings: Settings;
  readonly bus: Bus;
  readonly post: (message: FromLink) => void;
}

/** What has changed is told at once, and many changes together. */
const TOLD_MS = 20;
/** Of one kind so many are said between two tellings; all are counted. */
const SAID_MAX = 4;
/** How the devices stand is told so often, where it has changed. */
const STATE_MS = 500;
const REFUSED: Readonly<Record<DeviceFault, string>> = {
  torn: 'it is not of the form that gateways write',
  forged: 'it is not sealed with the key it names',
  unknown_key: 'it is sealed with keys that are not in cluster.keys_file here',
  misplaced: "it stands under another device's name",
  rolled_back: 'it is older than what was there before',
};

export class LinkDevices {
  readonly #options: LinkDevicesOptions;
  readonly #store: DeviceStore;
  readonly #sync: DeviceSync;
  readonly #timer: NodeJS.Timeout;
  readonly #refused = new Map<DeviceFault, number>();
  /** Since the last telling. */
  readonly #said = new Map<DeviceFault, number>();
  #changed: NodeJS.Timeout | null = null;
  #told = '';

  /** Throws ClusterError and RegistryError. */
  constructor(options: LinkDevicesOptions) {
    const { settings, post } = options;
    const { cluster } = settings;
    if (!cluster) throw new TypeError('the settings name no cluster');
    this.#options = options;
    const seal = { cluster: cluster.name, keys: readClusterKeys(cluster.keys_file, settings.crypto) };
    this.#store = openDeviceStore(join(settings.data_dir, 'devices'));
    this.#sync = new DeviceSync({
      sharing: this.#store.sharing,
      seal,
      bucket: busNames(cluster.name).devices,
      events: {
        taken: () => this.#hasChanged(),
        gaveWay: ({ deviceId, revision }) =>
          post({
            kind: 'fault',
            what: 'registry',
            fault: 'gave_way',
            message: `what was enrolled or revoked here as ${deviceId} is over: revision ${revision} of another gateway holds (onecard device show)`,
          }),
        refused: (deviceId, fault) => this.#refuse(deviceId, fault),
        fault: (error) =>
          post({
            kind: 'fault',
            what: 'registry',
            fault: error instanceof RegistryError ? 'storage' : 'unreachable',
            message: `the devices of the cluster: ${(error as Error).message}`,
          }),
      },
    });
    options.bus.followers.add(this.#sync);
    options.bus.attend((session) => this.#sync.attend(session));
    this.#timer = setInterval(() => this.#tell(), STATE_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#changed !== null) clearTimeout(this.#changed);
    await this.#sync.stop();
    await this.#store.close();
  }

  #hasChanged(): void {
    this.#changed ??= setTimeout(() => {
      this.#changed = null;
      this.#options.post({ kind: 'devices_changed' });
    }, TOLD_MS);
  }

  #refuse(deviceId: string, fault: DeviceFault): void {
    this.#refused.set(fault, (this.#refused.get(fault) ?? 0) + 1);
    const said = this.#said.get(fault) ?? 0;
    if (said === SAID_MAX) return;
    this.#said.set(fault, said + 1);
    const message = `what the cluster has as ${deviceId || 'a name that no device has'} is not taken: ${REFUSED[fault]}`;
    this.#options.post({ kind: 'fault', what: 'registry', fault, message });
  }

  #tell(): void {
    this.#said.clear();
    const state: RegistryState = {
      isCaughtUp: this.#sync.isCaughtUp,
      unshared: this.#store.sharing.unsharedCount,
      refused: Object.fromEntries(this.#refused),
    };
    const text = JSON.stringify(state);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.post({ kind: 'registry', state });
  }
}
