/** What is around a pod on its node. */
import type { ApiClient } from '../api-client.rig.ts';
import type { Network } from '../network.rig.ts';
import type { Pod } from '../objects.rig.ts';
import type { Ledger } from './ledger.rig.ts';
import type { RootFolders } from './root-folder.rig.ts';

export interface PodWorld {
  readonly api: ApiClient;
  readonly network: Network;
  readonly roots: RootFolders;
  readonly ledger: Ledger;
  readonly node: string;
  readonly hostAddress: string;
  /** Of this node, for what its pods need. */
  readonly folder: string;
  /** The pod's `/etc/hosts`, which stands for the cluster's DNS. */
  readonly hosts: (pod: Pod, address: string) => string;
}
