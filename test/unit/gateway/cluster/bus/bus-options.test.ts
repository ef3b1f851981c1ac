import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkBusFiles, readCredentials } from '../../../../../gateway/cluster/bus/bus-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-bus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const CREDENTIALS = `-----BEGIN NATS USER JWT-----
eyJ0eXAiOiJKV1QifQ.e30.c2ln
------END NATS USER JWT------

************************* IMPORTANT *************************
-----BEGIN USER NKEY SEED-----
SUAIBDPBAUTWCWBKIO6XHQNINK5FWJW4OHLXC3HQ2KFE4PEJUA44CNHTC4
------END USER NKEY SEED------
`;

test('files that hold what they should are taken, and none need be named', () => {
  const good = file('good.creds', CREDENTIALS);
  expect(() => checkBusFiles({ credentialsFile: good })).not.toThrow();
  expect(Buffer.from(readCredentials(good) ?? []).toString()).toBe(CREDENTIALS);
  expect(readCredentials(undefined)).toBeNull();
});

test('others are refused by name, and what they hold is not said', () => {
  const secret = file('other.creds', 'SUAIBDPBAUTWCWBKIO6XHQNINK5FWJW4OHLXC3HQ2KFE4PEJUA44CNHTC4');
  expect(() => checkBusFiles({ credentialsFile: secret })).toThrow(
    /other\.creds does not hold the JWT and the seed/,
  );
  expect(() => checkBusFiles({ credentialsFile: secret })).not.toThrow(/SUAIB/);
  expect(() => checkBusFiles({ credentialsFile: join(folder, 'none') })).toThrow(/cannot be read/);
  expect(() => checkBusFiles({ caFile: secret })).toThrow(/holds no certificate/);
});
