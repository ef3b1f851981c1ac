/**
 * Hosts of a test: network namespaces on one bridge, each with an address of its own, whose links can be cut and healed.
 * The test itself has an address on the bridge too, so it reaches them all. Needs root and iproute2.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';

export interface TestHost {
  readonly name: string;
  /** Name of its network namespace. */
  readonly namespace: string;
  readonly address: string;
  /** Nothing goes in or out any more; what is connected is not told. */
  cut(): void;
  heal(): void;
}

export interface TestNetwork {
  /** Address of the test itself. */
  readonly address: string;
  host(name: string): TestHost;
  remove(): void;
}

/** Why there are no hosts here; null: there can be. */
export function hostsMissing(): string | null {
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  if (!['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].some(existsSync)) return 'iproute2 is not here';
  return null;
}

/** A network of the test's own: 10.A.B.0/24, drawn at random. */
export function makeNetwork(): TestNetwork {
  const id = randomBytes(3).toString('hex');
  const [a = 0, b = 0] = randomBytes(2);
  const address = (last: number) => `10.${64 + (a % 128)}.${b}.${last}`;
  const bridge = `ocb${id}`;
  ip('link', 'add', bridge, 'type', 'bridge');
  ip('addr', 'add', `${address(1)}/24`, 'dev', bridge);
  ip('link', 'set', bridge, 'up');
  const namespaces: string[] = [];
  return {
    address: address(1),
    host(name) {
      const number = namespaces.length + 2;
      const namespace = `oc${id}-${number}`;
      const [outer, inner] = [`oco${id}${number}`, `oci${id}${number}`];
      ip('netns', 'add', namespace);
      namespaces.push(namespace);
      ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner);
      ip('link', 'set', inner, 'netns', namespace);
      ip('link', 'set', outer, 'master', bridge);
      ip('link', 'set', outer, 'up');
      ip('-n', namespace, 'addr', 'add', `${address(number)}/24`, 'dev', inner);
      ip('-n', namespace, 'link', 'set', inner, 'up');
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
      return {
        ...{ name, namespace, address: address(number) },
        // Taken off the bridge, the link itself stays up: nobody is told, as when a cable is cut elsewhere.
        cut: () => ip('link', 'set', outer, 'nomaster'),
        heal: () => ip('link', 'set', outer, 'master', bridge),
      };
    },
    remove() {
      for (const namespace of namespaces) ip('netns', 'del', namespace);
      ip('link', 'del', bridge);
    },
  };
}

/** The command as it is run on a host. */
export function inHost(host: TestHost | undefined, command: readonly string[]): readonly string[] {
  return host === undefined ? command : ['ip', 'netns', 'exec', host.namespace, ...command];
}

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
