/** The `onecard` command line. */
import { Command } from 'commander';
import { verifyCommand } from './verify.ts';

await new Command('onecard')
  .description('Identity-verification edge gateway for a city card.')
  .addCommand(verifyCommand())
  .parseAsync();
