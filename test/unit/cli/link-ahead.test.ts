/** Whether the thread of the platform link is started before settings are read, by what the file of settings looks like. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { linkAhead } from '../../../cli/link-ahead.ts';
import { endLinkThread } from '../../../gateway/link/link-thread-life.ts';

const folder = mkdtempSync(join(tmpdir(), 'link-ahead-'));
const started: Worker[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(endLinkThread));
  rmSync(folder, { recursive: true, force: true });
});

test('is started for a gateway that has a platform, and for no other command', async () => {
  const isStarted = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
    const worker = linkAhead(args, environment);
    if (worker) started.push(worker);
    return worker !== null;
  };
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const linked = file('linked.json', '{"gateway_id": "g", "platform": {"url": "https://platform"}}');
  const alone = file('alone.json', '{"gateway_id": "g", "trust_file": "trust.json"}');
  const broken = file('broken.json', '{"platform": ');
  expect([
    isStarted(['serve', '--config', linked]),
    isStarted(['serve', `--config=${linked}`]),
    isStarted(['serve', '--new-journal'], { ONECARD_CONFIG: linked }),
    isStarted(['serve', '--config', alone], { ONECARD_PLATFORM__URL: 'https://platform' }),
  ]).toEqual([true, true, true, true]);
  expect([
    isStarted(['serve', '--config', alone]),
    isStarted(['serve', '--config', broken]),
    isStarted(['serve', '--config', join(folder, 'none.json')]),
    isStarted(['serve', '--config', folder]),
    isStarted(['serve']),
    isStarted(['serve', '--check', '--config', linked]),
    isStarted(['serve', '--help', '--config', linked]),
    isStarted(['verify', '--config', linked]),
    isStarted([]),
  ]).toEqual(Array(9).fill(false));
});
