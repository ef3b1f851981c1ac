/** `onecard policy`: what the city's rules decide. */
import { Command } from 'commander';
import { policyDiffCommand } from './policy-diff.ts';

export function policyCommand(): Command {
  return new Command('policy')
    .description("What the city's policies decide: of a journal, under another document.")
    .addCommand(policyDiffCommand());
}
