/**
 * Containers' usual seccomp profile (Debian: golang-github-containers-common), as the OCI runtime specification has it: rules
 * for other processors and for capabilities that the container lacks are left out.
 */
import { readFileSync } from 'node:fs';

const FILE = '/usr/share/containers/seccomp.json';

interface Condition {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
}

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly op: string }[];
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly archMap: readonly {
    readonly architecture: string;
    readonly subArchitectures: readonly string[];
  }[];
  readonly syscalls: readonly Rule[];
}

/** For a container without any capability. */
export function usualSeccomp(): object {
  const { defaultAction, defaultErrnoRet, archMap, syscalls } = JSON.parse(
    readFileSync(FILE, 'utf8'),
  ) as Profile;
  const [processor, kernelName] = process.arch === 'arm64' ? ['arm64', 'AARCH64'] : ['amd64', 'X86_64'];
  const holds = ({ includes = {}, excludes = {} }: Rule) =>
    (includes.arches?.includes(processor) ?? true) &&
    (includes.caps ?? []).length === 0 &&
    !(excludes.arches ?? []).includes(processor);
  return {
    defaultAction,
    defaultErrnoRet,
    architectures: archMap
      .filter(({ architecture }) => architecture.endsWith(kernelName))
      .flatMap(({ architecture, subArchitectures }) => [architecture, ...subArchitectures]),
    syscalls: syscalls.filter(holds).map(({ names, action, errnoRet, args = [] }) => ({
      names,
      action,
      ...(errnoRet !== undefined && { errnoRet }),
      ...(args.length > 0 && { args }),
    })),
  };
}
