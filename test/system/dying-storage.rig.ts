/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by a gateway that is to die in the middle of beginning an epoch: from when
 * the file that ONECARD_TEST_DIES_FILE names says where, the process kills itself there, as the system would (SIGKILL).
 * Nothing else of the process is other than in operation.
 */
import { registerHooks } from 'node:module';

const LIBRARY = new URL('./dying-lmdb.rig.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'lmdb' && context.parentURL?.endsWith('/storage/lmdb-environment.ts')
      ? { url: LIBRARY, shortCircuit: true }
      : next(specifier, context),
});
