/** The command line beside a gateway that runs in the process of the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MAIN } from '../system/gateway-under-test.rig.ts';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
}

/** Runs `onecard`; `input` is piped to it. */
export async function onecard(args: readonly string[], input = ''): Promise<Ran> {
  // Whoever runs the tests may want colours; what is read here has none.
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const child = spawn(process.execPath, [MAIN, ...args], { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  return { status, stdout, stderr, lines: stdout.split('\n').slice(0, -1) };
}
