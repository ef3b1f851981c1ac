/** `onecard policy`: what the city's rules decide. */
import { Command } from 'commander';
import { policyDiffCommand } from './policy-diff.ts';
import { policyExplainCommand } from './policy-explain.ts';

export function policyCommand(): Command {
  return new Command('policy')
    .description("What the city's policies decide: of a tap, and why; of a journal, under another document.")
    .addCommand(policyExplainCommand())
    .addCommand(policyDiffCommand());
}
