/** `onecard cluster`: many gateways as one. */
import { Command } from 'commander';
import { statusCommand } from './status.ts';

const HELP = `
Exit status: 0 when all is well, 1 when something is not, 2 when nobody could be asked.

Examples:
  $ onecard cluster status --config gateway.json
  $ onecard cluster status --gateway https://gw-1:9790 --token-file admin-token --watch`;

export function clusterCommand(): Command {
  return new Command('cluster')
    .description('Show how the gateways of a cluster stand.')
    .addHelpText('after', HELP)
    .addCommand(statusCommand());
}
