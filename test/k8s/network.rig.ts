/**
 * A bridge of this machine with a network namespace for each pod, so that each has an address of its own. What the test
 * serves to pods listens on the bridge's first address. Nothing of it is reached from elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { NETWORK_PREFIX } from './leftovers.rig.ts';

/** Of the 256 addresses: the bridge, then nodes, then pods. */
const FIRST_NODE = 2;
const FIRST_POD = 16;
const LAST_POD = 254;

export interface PodNetwork {
  readonly address: string;
  /** For the container's configuration. */
  readonly namespacePath: string;
  remove(): void;
}

export class Network {
  readonly #name = NETWORK_PREFIX;
  readonly #second = 64 + randomInt(64);
  readonly #third = randomInt(256);
  readonly #taken = new Set<number>();
  readonly #pods = new Set<PodNetwork>();
  #nodes = 0;
  #next = FIRST_POD;

  constructor() {
    ip('link', 'add', this.#name, 'type', 'bridge');
    ip('addr', 'add', `${this.hostAddress}/24`, 'dev', this.#name);
    ip('link', 'set', this.#name, 'up');
  }

  get hostAddress(): string {
    return this.#address(1);
  }

  /** Addresses of services, none of which is a pod's. */
  get serviceRange(): string {
    return `10.${this.#second + 64}.${this.#third}.0/24`;
  }

  get firstServiceAddress(): string {
    return this.serviceRange.replace('.0/24', '.1');
  }

  addNode(): string {
    const address = this.#address(FIRST_NODE + this.#nodes++);
    ip('addr', 'add', `${address}/32`, 'dev', this.#name);
    return address;
  }

  addServiceAddress(address: string): void {
    ip('addr', 'add', `${address}/32`, 'dev', this.#name);
  }

  removeServiceAddress(address: string): void {
    ip('addr', 'del', `${address}/32`, 'dev', this.#name);
  }

  addPod(): PodNetwork {
    const number = this.#freeNumber();
    const namespace = `${this.#name}-${number}`;
    const link = `${this.#name}v${number}`;
    ip('netns', 'add', namespace);
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    ip('link', 'set', link, 'master', this.#name, 'up');
    ip('-n', namespace, 'addr', 'add', `${this.#address(number)}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    ip('-n', namespace, 'route', 'add', 'default', 'via', this.hostAddress);
    const network: PodNetwork = {
      address: this.#address(number),
      namespacePath: `/run/netns/${namespace}`,
      remove: () => {
        if (!this.#pods.delete(network)) return;
        ip('netns', 'del', namespace);
        this.#taken.delete(number);
      },
    };
    this.#pods.add(network);
    return network;
  }

  remove(): void {
    for (const pod of [...this.#pods]) pod.remove();
    ip('link', 'del', this.#name);
  }

  /** Not one that was just given back: whoever still speaks to it must not reach another pod. */
  #freeNumber(): number {
    for (let tries = FIRST_POD; tries <= LAST_POD; tries++) {
      const number = this.#next;
      this.#next = number === LAST_POD ? FIRST_POD : number + 1;
      if (this.#taken.has(number)) continue;
      this.#taken.add(number);
      return number;
    }
    throw new Error('there are no more addresses for pods');
  }

  #address(number: number): string {
    return `10.${this.#second}.${this.#third}.${number}`;
  }
}

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
