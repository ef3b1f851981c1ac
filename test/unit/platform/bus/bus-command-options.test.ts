import { Command } from 'commander';
import { expect, test } from 'vitest';
import {
  type BusCommandOptions,
  busCommandOptions,
  busFrom,
} from '../../../../platform/bus/bus-command-options.ts';

function read(...words: readonly string[]): BusCommandOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of busCommandOptions()) command.addOption(option);
  return command.parse(words, { from: 'user' }).opts();
}

test('servers and the cluster go together, and without them there is no bus', () => {
  expect(busFrom(read())).toBeUndefined();
  expect(busFrom(read('--bus', 'tls://a:4222', 'nats://b:4222', '--bus-cluster', 'city'))).toEqual({
    cluster: 'city',
    servers: ['tls://a:4222', 'nats://b:4222'],
    replicas: 1,
  });
  expect(
    busFrom(read('--bus', 'nats://a:4222', '--bus-cluster', 'c', '--bus-credentials', 'f', '--bus-ca', 'g')),
  ).toMatchObject({ credentialsFile: 'f', caFile: 'g' });
});

test('what cannot be used is said', () => {
  expect(() => busFrom(read('--bus', 'nats://a:4222'))).toThrow(/--bus-cluster/);
  expect(() => busFrom(read('--bus-cluster', 'city'))).toThrow(/--bus/);
  for (const server of ['http://a', 'a:4222', 'nats://'])
    expect(() => read('--bus', server), server).toThrow();
  expect(() => read('--bus', 'nats://a', '--bus-cluster', 'My City')).toThrow();
  expect(() => read('--bus-replicas', '9')).toThrow();
});
