/**
 * Runs the image as a kubelet would the pod of `deploy/k8s`: with the image's own entry point, the manifest's arguments, user,
 * rights, limits and mounts, under runc. The network is the test's own, so that everything stays on the loopback.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, type Field } from '../deploy/manifests.rig.ts';
import { usualSeccomp } from './seccomp.rig.ts';

/** Processor time is given in parts of this, microseconds. */
const CPU_PERIOD_US = 100_000;
const PIDS_MAX = 256;

export interface ContainerOptions {
  readonly image: string;
  /** Of a pod: its only container and what is around it. */
  readonly pod: Field;
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this machine for each volume of the pod. */
  readonly volumes: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Container {
  readonly #id = `onecard-${randomUUID()}`;
  readonly #folder = mkdtempSync(join(tmpdir(), 'onecard-bundle-'));
  readonly #working: string;
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  output = '';

  constructor(options: ContainerOptions) {
    this.#working = run('buildah', ['from', '--pull-never', options.image]).trim();
    const root = run('buildah', ['mount', this.#working]).trim();
    writeFileSync(join(this.#folder, 'config.json'), JSON.stringify(configOf(options, root)));
    this.#child = spawn('runc', ['run', '--bundle', this.#folder, this.#id], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.exited = once(this.#child, 'close').then(([status, signal]) => ({ status, signal }) as Exit);
  }

  /** Of its first process, as this machine counts. */
  get pid(): number {
    return (JSON.parse(run('runc', ['state', this.#id])) as { readonly pid: number }).pid;
  }

  /** In it, as `kubectl exec -i`: what the command wrote. Throws when it fails. */
  exec(command: readonly string[], input = ''): string {
    return run('runc', ['exec', this.#id, ...command], input);
  }

  kill(signal: 'TERM' | 'KILL'): void {
    run('runc', ['kill', this.#id, signal]);
  }

  /** Whatever is left of it. */
  async remove(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      spawnSync('runc', ['kill', this.#id, 'KILL']);
      await this.exited;
    }
    spawnSync('runc', ['delete', '--force', this.#id]);
    spawnSync('buildah', ['rm', this.#working]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
}

export function imageConfig(image: string): ImageConfig {
  const told = JSON.parse(run('buildah', ['inspect', '--type', 'image', image])) as {
    readonly OCIv1: { readonly config: ImageConfig };
  };
  return told.OCIv1.config;
}

/** config.json of the OCI runtime specification. */
function configOf({ image, pod, env, volumes }: ContainerOptions, root: string): object {
  const own = pod.at('containers', 0);
  const { Entrypoint, Env, WorkingDir } = imageConfig(image);
  const limits = own.at('resources', 'limits');
  const cores = Number(limits.at('cpu').text);
  const mounts = own
    .at('volumeMounts')
    .each()
    .map((mount) => {
      const name = mount.at('name').text;
      const source = volumes[name];
      if (source === undefined)
        throw new Error(`the pod has a volume ${name} that the test has no folder for`);
      const readOnly = (mount.value as { readonly readOnly?: boolean }).readOnly === true;
      return {
        destination: mount.at('mountPath').text,
        type: 'bind',
        source,
        options: ['rbind', readOnly ? 'ro' : 'rw'],
      };
    });
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: {
        uid: pod.at('securityContext', 'runAsUser').number,
        gid: pod.at('securityContext', 'runAsGroup').number,
      },
      args: [
        ...Entrypoint,
        ...own
          .at('args')
          .each()
          .map(({ text }) => text),
      ],
      env: [...Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      cwd: WorkingDir,
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: own.at('securityContext', 'allowPrivilegeEscalation').value === false,
    },
    root: { path: root, readonly: own.at('securityContext', 'readOnlyRootFilesystem').value === true },
    hostname: 'onecard-gateway-0',
    mounts: [...systemMounts(), ...mounts],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        memory: { limit: bytesOf(limits.at('memory').text) },
        cpu: { quota: cores * CPU_PERIOD_US, period: CPU_PERIOD_US },
        pids: { limit: PIDS_MAX },
      },
      seccomp: usualSeccomp(),
      maskedPaths: [
        '/proc/acpi',
        '/proc/kcore',
        '/proc/keys',
        '/proc/timer_list',
        '/proc/scsi',
        '/sys/firmware',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

function systemMounts(): object[] {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: quiet },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...quiet, 'mode=1777', 'size=65536k'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, 'ro'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...quiet, 'relatime', 'ro'],
    },
  ];
}

/** A folder as a volume is handed to a pod: the pod's. */
export function volume(parent: string, name: string, owner: number): string {
  const folder = join(parent, name);
  mkdirSync(folder, { mode: 0o770 });
  run('chown', [`${owner}:${owner}`, folder]);
  return folder;
}

/** What the kernel holds a process to. */
export function statusOf(pid: number): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return new Map(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
}

export function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: status ${status}\n${stdout}${stderr}`, { cause: error });
  return stdout;
}
