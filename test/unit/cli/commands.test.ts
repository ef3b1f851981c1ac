/** Commands are found by the name that they have themselves. */
import { expect, test } from 'vitest';
import { COMMANDS, loadedCommands } from '../../../cli/commands.ts';

test.each([...COMMANDS.keys()])('onecard %s is loaded alone, and is called so', async (name) => {
  expect((await loadedCommands(COMMANDS, name)).map((command) => command.name())).toEqual(
    name === 'completion' ? [...COMMANDS.keys()] : [name],
  );
});

test.each([undefined, '--help', 'help', 'jurnal'])('%s: all are there', async (first) => {
  expect(await loadedCommands(COMMANDS, first)).toHaveLength(COMMANDS.size);
});
