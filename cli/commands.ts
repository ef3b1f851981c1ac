/** The commands by name. Each is loaded when it is asked for: one that lists scenes does not wait for a gateway's parts. */
import type { Command } from 'commander';
import { linkAhead } from './link-ahead.ts';

type Load = () => Promise<Command>;

/** In the order of the help. */
export const COMMANDS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['demo', async () => (await import('./demo/demo.ts')).demoCommand()],
  ['tap', async () => (await import('./tap/command.ts')).tapCommand()],
  ['serve', loadServe],
  ['config', async () => (await import('./config.ts')).configCommand()],
  ['verify', async () => (await import('./verify.ts')).verifyCommand()],
  ['conformance', async () => (await import('./conformance/command.ts')).conformanceCommand()],
  ['desk', async () => (await import('./desk/command.ts')).deskCommand()],
  ['device', async () => (await import('./device.ts')).deviceCommand()],
  ['scenes', async () => (await import('./scenes/command.ts')).scenesCommand()],
  ['policy', async () => (await import('./policy.ts')).policyCommand()],
  ['journal', async () => (await import('./journal.ts')).journalCommand()],
  ['report', async () => (await import('./report.ts')).reportCommand()],
  ['receipt', async () => (await import('./receipt.ts')).receiptCommand()],
  ['crypto', async () => (await import('./crypto/command.ts')).cryptoCommand()],
  ['compliance', async () => (await import('./compliance/command.ts')).complianceCommand()],
  ['cluster', async () => (await import('./cluster/command.ts')).clusterCommand()],
  ['mode', async () => (await import('./mode.ts')).modeCommand()],
  ['list', async () => (await import('./list.ts')).listCommand()],
  ['reader', async () => (await import('./reader/command.ts')).readerCommand()],
  ['engine', async () => (await import('./engine.ts')).engineCommand()],
  ['completion', async () => (await import('./completion.ts')).completionCommand()],
  ['platform', async () => (await import('../platform/command.ts')).platformCommand()],
  ['issue', async () => (await import('../platform/issue/command.ts')).issueCommand()],
  ['virtual-card', async () => (await import('../platform/virtual-card/command.ts')).virtualCardCommand()],
]);

/** Most of its start is reading modules, on two threads beside each other. */
async function loadServe(): Promise<Command> {
  const ahead = linkAhead(process.argv.slice(2), process.env);
  return (await import('./serve.ts')).serveCommand(ahead);
}

/** The one that is named first; all where none is, as for the help, or where all are looked at, as for a completion. */
export async function loadedCommands(
  commands: ReadonlyMap<string, Load>,
  first: string | undefined,
): Promise<readonly Command[]> {
  const one = first === undefined || first === 'completion' ? undefined : commands.get(first);
  const loads = one === undefined ? [...commands.values()] : [one];
  return Promise.all(loads.map((load) => load()));
}
