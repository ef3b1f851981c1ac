/** docs/first-tap.md: its commands are run as they stand, in one shell, and what it prints is what comes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from './gateway-under-test.rig.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/first-tap.md'), 'utf8');
const PORT_MAX = 64_000;

interface Block {
  readonly kind: 'sh' | 'text';
  readonly text: string;
}
const blocks: Block[] = [...PAGE.matchAll(/^```(sh|text)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({
  kind: kind === 'sh' ? 'sh' : 'text',
  text,
}));

/** A folder that looks like a clone, in which the page makes its own. */
function clone(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-first-tap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of readdirSync(ROOT)) {
    if (!name.startsWith('.') && name !== 'first-tap') symlinkSync(join(ROOT, name), join(folder, name));
  }
  return folder;
}

async function portBelow(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < PORT_MAX) return port;
  }
}

test.skipIf(process.platform !== 'linux')(
  'the page’s commands lead to a tap, and print what it says',
  async () => {
    const [gateway, platform] = [await portBelow(), await portBelow()];
    // The only thing that is another here: other programs of this machine may have the page's ports.
    const here = (text: string) =>
      text
        .replaceAll('9790', String(gateway + 1_000))
        .replaceAll('8790', String(gateway))
        .replaceAll('8791', String(platform));
    expect(blocks.filter(({ kind }) => kind === 'sh').length).toBeGreaterThanOrEqual(8);
    const folder = clone();
    mkdirSync(join(folder, 'home'));
    const script = blocks.map(({ kind, text }) => (kind === 'sh' ? here(text) : 'echo "--- text"\n'));
    const shell = spawn('bash', ['-e'], {
      cwd: folder,
      detached: true,
      env: { ...process.env, HOME: join(folder, 'home') },
    });
    const [exited, closed] = [once(shell, 'exit'), once(shell, 'close')];
    /** Whatever it left running is in its group, and holds its output open. */
    const killGroup = () => {
      try {
        process.kill(-(shell.pid ?? 0), 'SIGKILL');
      } catch {
        // Nothing is left.
      }
      return closed;
    };
    onTestFinished(async () => void (await killGroup()));
    let output = '';
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    shell.stdin.end(script.join('\n'));
    const [status] = await exited;
    await killGroup();
    expect(status, output).toBe(0);
    const parts = output.split('--- text\n');
    const told = blocks.filter(({ kind }) => kind === 'text').map(({ text }) => here(text));
    expect(told.length).toBeGreaterThanOrEqual(2);
    told.forEach((text, i) => {
      expect(parts[i]?.endsWith(text), `${text}\nin\n${parts[i]}`).toBe(true);
    });
    // Four decisions in the journal, and an orderly end.
    expect(output.match(/allow\.good/g)?.length).toBeGreaterThanOrEqual(6);
    expect(output).toContain('"msg":"stopped"');
  },
  170_000,
);
