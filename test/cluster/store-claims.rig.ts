/** A store of a cluster as the contract of claims has it, whoever stands before it. */

import type { Taken, Wanted } from '../../gateway/cluster/store/taking.ts';
import type { GivenBack } from '../../gateway/cluster/store-thread/ask-records.ts';
import type { KeptClaims } from '../unit/gateway/tap/claims-contract.rig.ts';
import { wanted } from './store.rig.ts';

export interface StoreOfClaims extends Pick<KeptClaims, 'pass' | 'close'> {
  take(all: readonly Wanted[]): Promise<readonly Taken[]>;
  giveBack(one: Wanted, what: GivenBack): void;
}

export function keptInStore({ take, giveBack, pass, close }: StoreOfClaims): KeptClaims {
  const given = new Map<string, Wanted>();
  return {
    async take(names, untilMs) {
      const all = names.map((name) => wanted([name], { untilMs }));
      return (await take(all)).map(({ showing }, i) => {
        const one = all[i];
        if (showing === 'first' && one) given.set(String(one.names[0]), one);
        if (showing !== 'first' && showing !== 'seen') throw new Error(`it said ${showing}`);
        return showing;
      });
    },
    async giveBack(name) {
      const one = given.get(String(name));
      if (one) giveBack(one, { showing: true, card: false });
    },
    now: () => Date.now(),
    pass,
    close,
  };
}
