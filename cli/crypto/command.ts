/** `onecard crypto`: the gateway's own keys and algorithms. */
import { Command } from 'commander';
import { holdersCommand } from './holders.ts';
import { migrateCommand } from './migrate.ts';

export function cryptoCommand(): Command {
  return new Command('crypto')
    .description("Look at the gateway's own keys and algorithms.")
    .addCommand(holdersCommand())
    .addCommand(migrateCommand());
}
