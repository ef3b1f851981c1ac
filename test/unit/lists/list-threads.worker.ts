/** Reads every list it is sent, all its cards, and says whether all were of that revision. */
import { parentPort } from 'node:worker_threads';
import { CardList } from '../../../lists/card-list.ts';
import type { ListHandle } from '../../../lists/list-handle.ts';

parentPort?.on('message', (handle: ListHandle) => {
  if (!handle.base.parts.every((part) => part instanceof SharedArrayBuffer)) throw new Error('it was copied');
  const list = new CardList(handle);
  const { revision } = handle.head;
  let torn = 0;
  for (let i = 0; i < list.size; i += 1) {
    const { state, entitlements } = list.lookup('cq-rail', String(i));
    if (state !== 'good' || entitlements !== revision) torn += 1;
  }
  parentPort?.postMessage({ revision, torn, asked: list.size });
});
