/** A container of a pod's specification as config.json of the OCI runtime specification: a pure mapping. */
import { bytesOf } from '../../deploy/manifests.rig.ts';
import { usualSeccomp } from '../../image/seccomp.rig.ts';
import type { ContainerSpec, Pod, SecurityContext } from '../objects.rig.ts';
import type { RootFolder } from './root-folder.rig.ts';

/** Processor time is given in parts of this, microseconds. */
const CPU_PERIOD_US = 100_000;
/** A kubelet's own setting (`podPidsLimit`), which no pod names. */
const PIDS_MAX = 256;

export interface BundleOptions {
  readonly pod: Pod;
  readonly container: ContainerSpec;
  readonly root: RootFolder;
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this machine for each volume of the pod. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly hostsFile: string;
  readonly networkPath: string;
}

export function bundleOf({
  pod,
  container,
  root,
  env,
  volumes,
  hostsFile,
  networkPath,
}: BundleOptions): object {
  const rights: SecurityContext = { ...pod.spec.securityContext, ...container.securityContext };
  const { runAsUser = 0, runAsGroup = 0 } = rights;
  if (rights.runAsNonRoot === true && runAsUser === 0)
    throw new Error('container has runAsNonRoot and would run as root');
  const dropsAll = rights.capabilities?.drop?.includes('ALL') === true && !rights.capabilities.add?.length;
  if (!dropsAll) throw new Error('this kubelet runs containers without capabilities alone');
  const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: {
        uid: runAsUser,
        gid: runAsGroup,
        additionalGids: [pod.spec.securityContext?.fsGroup ?? []].flat(),
      },
      args: [...(container.command ?? root.entryPoint), ...(container.args ?? [])].map((word) =>
        word.replace(/\$\(([A-Z_]+)\)/g, (whole, name: string) => env[name] ?? whole),
      ),
      env: [...root.env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      cwd: root.workingFolder,
      capabilities: none,
      noNewPrivileges: rights.allowPrivilegeEscalation === false,
    },
    root: { path: root.path, readonly: rights.readOnlyRootFilesystem === true },
    hostname: pod.metadata.name,
    mounts: [
      ...systemMounts(),
      ...root.mounts,
      bind(hostsFile, '/etc/hosts', true),
      ...(container.volumeMounts ?? []).map(({ name, mountPath, readOnly = false, subPath }) => {
        const source = volumes.get(name);
        if (source === undefined) throw new Error(`there is no volume ${name}`);
        return bind(subPath === undefined ? source : `${source}/${subPath}`, mountPath, readOnly);
      }),
    ],
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        { type: 'network', path: networkPath },
      ],
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        pids: { limit: PIDS_MAX },
        ...limits(container),
      },
      ...(rights.seccompProfile?.type === 'RuntimeDefault' && { seccomp: usualSeccomp() }),
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

function limits({ resources }: ContainerSpec): object {
  const { cpu, memory } = resources?.limits ?? {};
  const cores = cpu?.endsWith('m') ? Number.parseInt(cpu, 10) / 1_000 : Number(cpu ?? 0);
  return {
    ...(memory !== undefined && { memory: { limit: bytesOf(memory) } }),
    ...(cores > 0 && { cpu: { quota: cores * CPU_PERIOD_US, period: CPU_PERIOD_US } }),
  };
}

function bind(source: string, destination: string, readOnly: boolean): object {
  return {
    source,
    destination,
    type: 'bind',
    options: ['rbind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'],
  };
}

function systemMounts(): object[] {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  const shm = [...quiet, 'mode=1777', 'size=65536k'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: quiet },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: shm },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, 'ro'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...quiet, 'relatime', 'ro'],
    },
  ];
}
