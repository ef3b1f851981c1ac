/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by a gateway whose memory a test looks at: SIGUSR2 has it collect its
 * garbage, so that what is still resident afterwards is held. Nothing else of the process is other than in operation.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  process.on('SIGUSR2', () => collect());
}
