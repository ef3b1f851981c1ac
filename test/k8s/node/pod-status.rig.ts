/** What a kubelet tells of a pod with one container: a pure mapping from how it is. */
import type { Pod } from '../objects.rig.ts';

export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message: string } }
  | { readonly running: { readonly startedAt: string } }
  | {
      readonly terminated: {
        readonly exitCode: number;
        readonly reason: string;
        readonly startedAt: string;
        readonly finishedAt: string;
      };
    };

export interface PodNow {
  readonly state: ContainerState;
  readonly started: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  readonly address: string | null;
  readonly hostAddress: string;
  /** When readiness last became another. */
  readonly readyChangedAt: string;
}

export function statusOf(pod: Pod, now: PodNow): object {
  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error('a pod has a container');
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: now.readyChangedAt,
  });
  const scheduled = (pod.status?.conditions ?? []).filter(({ type }) => type === 'PodScheduled');
  return {
    phase: phaseOf(now),
    hostIP: now.hostAddress,
    hostIPs: [{ ip: now.hostAddress }],
    ...(now.address !== null && { podIP: now.address, podIPs: [{ ip: now.address }] }),
    conditions: [
      ...scheduled,
      condition('Initialized', true),
      condition('ContainersReady', now.ready),
      condition('Ready', now.ready),
    ],
    containerStatuses: [
      {
        name: container.name,
        image: container.image,
        imageID: container.image,
        state: now.state,
        started: now.started,
        ready: now.ready,
        restartCount: now.restarts,
      },
    ],
  };
}

function phaseOf({ state }: PodNow): string {
  if ('waiting' in state) return 'Pending';
  if ('running' in state) return 'Running';
  return state.terminated.exitCode === 0 ? 'Succeeded' : 'Failed';
}
