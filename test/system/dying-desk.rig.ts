/**
 * Preloaded (`node --import`, in NODE_OPTIONS) by a gateway that is to die in the middle of a check-in: at the step that the file
 * holds which ONECARD_TEST_DIES_FILE names, the process kills itself, as the system would (SIGKILL). Methods of the desk's thread
 * are wrapped for it; nothing else of the process is other than in operation.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import type { CheckInStep } from './desk-steps.rig.ts';

const file = process.env['ONECARD_TEST_DIES_FILE'] ?? '';
const die = () => void process.kill(process.pid, 'SIGKILL');
const isAt = (step: CheckInStep) => existsSync(file) && readFileSync(file, 'utf8') === step;
const dieAt = (step: CheckInStep) => {
  if (isAt(step)) die();
};

type Method = (this: unknown, ...given: readonly unknown[]) => unknown;
interface Around {
  readonly before?: () => void;
  /** In the same turn. */
  readonly called?: () => void;
  readonly resolved?: () => void;
}

function wrap(
  of: { readonly prototype: object },
  name: string,
  { before, called, resolved }: Around,
  isMeant: (given: readonly unknown[]) => boolean = () => true,
): void {
  const methods = of.prototype as Record<string, Method>;
  const method = methods[name];
  if (method === undefined) throw new Error(`there is no ${name} to die in`);
  methods[name] = function (...given) {
    if (!isMeant(given)) return method.apply(this, [...given]);
    before?.();
    const answer = method.apply(this, [...given]);
    called?.();
    // Before whoever waits for it goes on.
    if (resolved !== undefined && answer instanceof Promise) {
      return answer.then((value: unknown) => {
        resolved();
        return value;
      });
    }
    return answer;
  };
}

const hasStay = ([change]: readonly unknown[]) =>
  (change as { readonly puts: readonly { readonly table: string }[] }).puts.some(
    ({ table }) => table === 'stay',
  );

/** Called in the desk's thread, and before its entry. */
async function arm(): Promise<void> {
  const { EventLog } = await import('../../hotel/events/event-log.ts');
  const { Idempotency } = await import('../../hotel/http/idempotency.ts');
  const { AuditFile } = await import('../../hotel/people/audit-file.ts');
  const { KeyFile } = await import('../../hotel/register/lmdb/key-file.ts');
  const { LmdbRowStore } = await import('../../hotel/register/lmdb/lmdb-row-store.ts');
  const { SealedRegister } = await import('../../hotel/register/sealed-register.ts');
  const { Verifications } = await import('../../hotel/verification/verifications.ts');
  wrap(Verifications, 'reserve', { called: () => dieAt('verification reserved') });
  const isCheckIn = ([entry]: readonly unknown[]) =>
    (entry as { readonly action: string }).action === 'stay.check_in';
  const audit = { called: () => dieAt('audit begun'), resolved: () => dieAt('audited') };
  wrap(AuditFile, 'append', audit, isCheckIn);
  wrap(SealedRegister, 'commit', { before: () => dieAt('before the commit') }, hasStay);
  wrap(KeyFile, 'add', {
    before: () => dieAt('before its key is kept'),
    called: () => dieAt('its key is kept'),
  });
  wrap(
    LmdbRowStore,
    'commit',
    {
      before: () => dieAt('sealed'),
      called: () => {
        dieAt('in the commit queue');
        if (isAt('being written')) setImmediate(die);
        if (isAt('being written or written')) setTimeout(die, 1);
      },
      resolved: () => dieAt('written'),
    },
    hasStay,
  );
  wrap(EventLog, 'commit', { resolved: () => dieAt('events told') }, hasStay);
  wrap(Idempotency, 'kept', { resolved: () => dieAt('before the answer') });
}

const isDesk = !isMainThread && (workerData as { hotel?: unknown } | null)?.hotel !== undefined;
if (isDesk) await arm();
