/** A node as its kubelet registers it, and the heartbeats that keep it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../api-client.rig.ts';

const HEARTBEAT_MS = 2_000;
const KUBELET_VERSION = 'v1.37.2';
/** Of a stand-in: so much that the manifests' requests fit, whatever this machine has. */
const CAPACITY = { cpu: '8', memory: '16Gi', 'ephemeral-storage': '100Gi', pods: '20' };

export interface NodeDescription {
  readonly name: string;
  readonly zone: string;
  readonly address: string;
  /** Of the kubelet's server, for exec and logs. */
  readonly port: number;
}

export async function registerNode(
  api: ApiClient,
  { name, zone, address, port }: NodeDescription,
): Promise<void> {
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': zone,
    'topology.kubernetes.io/region': 'test',
  };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
  if ((await api.find(`/api/v1/nodes/${name}`)) === null) await api.create('/api/v1/nodes', node);
  await api.patch(`/api/v1/nodes/${name}/status`, {
    status: {
      capacity: CAPACITY,
      allocatable: CAPACITY,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      // The API server hands `kubectl exec` through as a WebSocket.
      declaredFeatures: ['ExtendWebSocketsToKubelet'],
      nodeInfo: {
        architecture: 'amd64',
        bootID: name,
        containerRuntimeVersion: 'runc://1',
        kernelVersion: '',
        kubeProxyVersion: '',
        kubeletVersion: KUBELET_VERSION,
        machineID: name,
        operatingSystem: 'linux',
        osImage: '',
        systemUUID: name,
      },
      conditions: [readyCondition()],
    },
  });
}

export async function keepAlive(api: ApiClient, name: string, signal: AbortSignal): Promise<void> {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  while (!signal.aborted) {
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    };
    try {
      const there = await api.find(`${leases}/${name}`);
      if (there === null) {
        await api.create(leases, {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name },
          spec,
        });
      } else await api.patch(`${leases}/${name}`, { spec });
    } catch {
      // The namespace of leases comes a moment after the API server; and a heartbeat may be missed.
    }
    await sleep(HEARTBEAT_MS, undefined, { signal }).catch(() => {});
  }
}

function readyCondition(): object {
  const now = new Date().toISOString();
  return {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: '',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
}
