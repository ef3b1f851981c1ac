/** docs/services.md: its commands are run as they stand beside a running gateway, and end in a tap at the scene they add. */
import { spawn } from 'node:child_process';
import type { JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { MAIN, startGateway } from './gateway-under-test.rig.ts';
import { goodCards, rideCodeOf } from './presentations.rig.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/services.md', import.meta.url)), 'utf8');
const READ_AGAIN = 'SIGHUP: the settings were read again';
/** Bit 0 of the card list. */
const SENIOR = 1;
const RELOAD = 'systemctl reload onecard-gateway';

interface Block {
  readonly kind: string;
  readonly text: string;
}
const blocks: readonly Block[] = [...PAGE.matchAll(/^```(sh|text|json)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = '', text = '']) => ({ kind, text }),
);

/** Counts and digests are of the document that comes along: they change with it. */
const masked = (text: string) =>
  text.replace(/\d+ scenes of \d+ services, revision \S+/g, 'N scenes of N services, revision R');

test('the page’s commands add a scene and a service to a running gateway, and a gate taps there', async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  const bash = async (script: string) => {
    const shell = spawn('bash', ['-e'], { cwd: gateway.folder });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk;
      });
    }
    shell.stdin.end(`onecard() { "${process.execPath}" "${MAIN}" "$@"; }\n${script}`);
    const [status] = await once(shell, 'close');
    return { status, said };
  };
  let output = '';
  let reloads = 0;
  for (const { kind, text } of blocks) {
    if (kind === 'json') {
      const settings = JSON.parse(readFileSync(gateway.configFile, 'utf8')) as object;
      const said = JSON.parse(`{${text}}`) as object;
      writeFileSync(gateway.configFile, JSON.stringify({ ...settings, ...said }));
    } else if (kind === 'text') {
      expect(masked(output).endsWith(masked(text)), `${text}\nin\n${output}`).toBe(true);
    } else {
      const { status, said } = await bash(text.replace(RELOAD, ''));
      output = said;
      expect(status, output).toBe(0);
      if (!text.includes(RELOAD)) continue;
      const from = gateway.logLines.length;
      process.kill(gateway.pid, 'SIGHUP');
      expect((await gateway.logged(READ_AGAIN, from))['taken']).toEqual(['scenes']);
      reloads += 1;
    }
  }
  expect([blocks.length, reloads]).toEqual([11, 2]);
  expect(output).toContain('48/pier');

  const privateKey = JSON.parse(readFileSync(join(gateway.folder, 'night-bus-1.jwk'), 'utf8')) as JsonWebKey;
  const client = await PlainClient.connect({ ...gateway.target(), deviceId: 'night-bus-1', privateKey });
  const { city } = gateway;
  const isSenior = (card: number) => (city.identity(card).entitlements & SENIOR) !== 0;
  const good = goodCards(city, 'sm2');
  const fares = [];
  for (const card of [good.find((each) => !isSenior(each)) ?? 0, good.find(isSenior) ?? 0]) {
    const shown = { scene: '29/night-bus', ...rideCodeOf(city, card).binary };
    const { message } = await client.tap(fares.length, shown);
    expect(message['code']).toBe('allow.good');
    fares.push((message['facts'] as { readonly fare?: string }).fare);
  }
  expect(fares).toEqual(['night', 'free']);
  await client.bye();
}, 170_000);
