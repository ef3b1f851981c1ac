/** `onecard desk`: keys, purge and upkeep of the hotel desk, beside a gateway that is stopped. */
import { Command } from 'commander';
import { auditCommand } from './audit.ts';
import { checkCommand } from './check.ts';
import { compactCommand } from './compact.ts';
import { eraseCommand } from './erase.ts';
import { exportCommand } from './export.ts';
import { keyCommand } from './key.ts';
import { openExportCommand } from './open-export.ts';
import { operatorCommand } from './operator.ts';
import { purgeCommand } from './purge.ts';
import { rotateKeyCommand } from './rotate-key.ts';

const HELP = `
The register of guests belongs to the gateway while it runs. Whatever writes it here wants the gateway stopped, and says so;
purge, erasure and export are there at its API too: POST /v1/register/purge, /erase and /export.

Exit status: 0 when it was done, 1 when check or audit verify found something, 2 when options, keys, files or the data folder cannot be used.

Examples:
  $ onecard desk key new /etc/onecard/register.key
  $ onecard desk check --config gateway.json
  $ onecard desk purge --config gateway.json --yes
  $ onecard desk audit verify --config gateway.json
  $ onecard desk operator reset manager --config gateway.json`;

export function deskCommand(): Command {
  return new Command('desk')
    .description(
      'Keys of the hotel desk, upkeep of its register of guests, its audit log, and who is locked out.',
    )
    .addHelpText('after', HELP)
    .addCommand(keyCommand())
    .addCommand(checkCommand())
    .addCommand(purgeCommand())
    .addCommand(eraseCommand())
    .addCommand(exportCommand())
    .addCommand(openExportCommand())
    .addCommand(rotateKeyCommand())
    .addCommand(compactCommand())
    .addCommand(auditCommand())
    .addCommand(operatorCommand());
}
