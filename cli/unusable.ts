/** How commands fail that cannot use what they were given: one clear line, and exit status 2. */
import type { Command } from 'commander';
import { OnecardError } from '../config/onecard-error.ts';

export const UNUSABLE_EXIT_CODE = 2;

/** What the user gave cannot be used; the message says why. */
export class UnusableError extends OnecardError {
  override readonly name = 'UnusableError';
  readonly code = 'unusable';
}

/**
 * Runs a command's action. Errors of the named classes, of UnusableError and of the operating system end it with their
 * message and status 2; any other is a fault of ours and is thrown on.
 */
export async function runOrExplain(
  command: string,
  explained: readonly (abstract new (...args: never[]) => Error)[],
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    const ours = [UnusableError, ...explained].some((kind) => error instanceof kind);
    if (!ours && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    console.error(`onecard ${command}: ${saidBy(error as Error)}`);
    process.exitCode = UNUSABLE_EXIT_CODE;
  }
}

/** Never nothing: where several addresses of a host were tried, Node says the reasons one level down. */
export function saidBy(error: Error): string {
  if (error.message !== '') return error.message;
  const within = error instanceof AggregateError ? (error.errors as readonly Error[]) : [error.cause];
  const said = within.filter((each) => each instanceof Error).map(saidBy);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return said.join('; ') || [syscall, code].filter(Boolean).join(' ') || error.name;
}

/** Commander ends with 1 over options and commands that there are not, which says otherwise here (docs/exit-statuses.md). */
export function endUnusableWith2(command: Command): void {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : UNUSABLE_EXIT_CODE));
  for (const each of command.commands) endUnusableWith2(each);
}
