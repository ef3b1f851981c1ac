/** What happens when something is thrown that nobody catches: it is said, and the process ends with status 70. */

/** EX_SOFTWARE of sysexits.h: whoever supervises the process should start it again. */
export const EXIT_FATAL = 70;

/** As after SIGPIPE. */
const EXIT_BROKEN_PIPE = 141;

export type FaultReport = (error: Error) => void;

const onStandardError: FaultReport = (error) => {
  console.error(`onecard: a fault of its own, exit status ${EXIT_FATAL}: ${error.stack ?? error.message}`);
};

let report: FaultReport = onStandardError;

/** To be called once, before anything else can fail. An unhandled rejection comes here too. */
export function explainOwnFaults(): void {
  process.on('uncaughtException', (thrown: unknown) => {
    const error = thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`);
    if (isBrokenPipe(error)) process.exit(EXIT_BROKEN_PIPE);
    try {
      report(error);
    } catch {
      // Such as a log that cannot be written any more.
      onStandardError(error);
    } finally {
      process.exit(EXIT_FATAL);
    }
  });
}

/** Has faults reported elsewhere from now on, such as in a log. It must have written when it returns. */
export function reportOwnFaults(elsewhere: FaultReport): void {
  report = elsewhere;
}

/** Whoever read the output of a command, such as `head`, has enough of it. */
function isBrokenPipe(error: NodeJS.ErrnoException): boolean {
  return report === onStandardError && error.code === 'EPIPE' && error.syscall === 'write';
}
