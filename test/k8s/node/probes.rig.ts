/** A probe as the kubelet runs it: again and again, with its thresholds. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerSpec, Probe } from '../objects.rig.ts';
import type { RunningContainer } from './container.rig.ts';

export interface Probed {
  readonly address: string;
  readonly spec: ContainerSpec;
  readonly container: RunningContainer;
}

/**
 * Calls back each time that so many probes in a row (`successThreshold`, `failureThreshold`) said the same, until the signal is
 * aborted.
 */
export async function runProbe(
  probe: Probe,
  probed: Probed,
  onVerdict: (healthy: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  let [row, last] = [0, false];
  await pause((probe.initialDelaySeconds ?? 0) * 1_000, signal);
  while (!signal.aborted) {
    const healthy = await asked(probe, probed);
    if (signal.aborted) return;
    row = healthy === last ? row + 1 : 1;
    last = healthy;
    if (row >= (healthy ? probe.successThreshold : probe.failureThreshold)) onVerdict(healthy);
    await pause(probe.periodSeconds * 1_000, signal);
  }
}

async function asked(probe: Probe, probed: Probed): Promise<boolean> {
  const timeout = AbortSignal.timeout(probe.timeoutSeconds * 1_000);
  try {
    if (probe.httpGet) {
      const { path, port } = probe.httpGet;
      const url = `http://${probed.address}:${portNumber(port, probed.spec)}${path}`;
      const response = await fetch(url, { signal: timeout, redirect: 'manual' });
      await response.arrayBuffer();
      return response.status >= 200 && response.status < 400;
    }
    if (probe.tcpSocket) {
      const socket = connect(portNumber(probe.tcpSocket.port, probed.spec), probed.address);
      try {
        await once(socket, 'connect', { signal: timeout });
      } finally {
        socket.destroy();
      }
      return true;
    }
    if (probe.exec) {
      const child = probed.container.exec(probe.exec.command);
      const [status] = (await once(child, 'close', { signal: timeout })) as [number | null];
      return status === 0;
    }
  } catch {
    return false;
  }
  throw new Error('this kubelet does not know the kind of the probe');
}

function portNumber(port: string | number, { ports = [] }: ContainerSpec): number {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port);
  if (named === undefined) throw new Error(`there is no port ${port}`);
  return named.containerPort;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
