/** A command that `onecard.js` started ends with it: a gateway that nobody waits for would keep its port and its data. */

/** Has no effect in a process that was started otherwise. To be called before anything else listens for its parent. */
export function endWithLauncher(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Waiting for it alone keeps no command from ending.
  process.channel?.unref();
}
