/** Which threads of a running gateway go before the rest of the machine, as the kernel tells it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, getPriority } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from './gateway-under-test.rig.ts';

const SCHED_OTHER = 0;
const SCHED_FIFO = 1;

let gateway: GatewayUnderTest | null = null;
const PATH = process.env['PATH'];
afterEach(async () => {
  process.env['PATH'] = PATH;
  await gateway?.stop();
  gateway = null;
});

interface Thread {
  readonly name: string;
  readonly niceness: number;
  readonly policy: number;
  readonly priority: number;
}

/** As it was started, by a test that may itself be nice. Whoever serves operators gives way to everybody. */
const ordinary = ({ name }: Thread) => ({
  policy: SCHED_OTHER,
  niceness: name === 'admin' ? 10 : getPriority(),
});

/** proc(5), /proc/PID/task/TID/stat: fields 19 niceness, 40 real-time priority, 41 policy. */
function threadsOf(pid: number): Thread[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((id) => {
    const stat = readFileSync(`${folder}/${id}/stat`, 'utf8');
    const [name = '', rest = ''] = [
      stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      stat.slice(stat.lastIndexOf(')') + 2),
    ];
    const fields = rest.split(' ').map(Number);
    const [niceness = 0, priority = 0, policy = 0] = [fields[16], fields[37], fields[38]];
    return { name: id === String(pid) ? 'main' : name, niceness, policy, priority };
  });
}

const ofName = (threads: readonly Thread[], name: string) => {
  const found = threads.filter((thread) => thread.name === name);
  expect(found.length).toBeGreaterThan(0);
  return found;
};

/** Whether this test may itself do what the gateway wants to do. */
const permitted = availableParallelism() >= 2 && spawnSync('chrt', ['--fifo', '1', 'true']).status === 0;

describe.skipIf(process.platform !== 'linux')('threads of a gateway', () => {
  test.skipIf(!permitted)('go first where every tap passes them, and nowhere else', async () => {
    gateway = await startGateway({ settings: { scheduling: 'require' } });
    expect(await gateway.logged('listening')).toMatchObject({ scheduling: 'realtime' });
    const threads = threadsOf(gateway.pid);
    const first = { policy: SCHED_FIFO, priority: 1 };
    for (const name of ['main', 'libuv-worker']) {
      for (const thread of ofName(threads, name)) expect(thread).toMatchObject(first);
    }
    expect(ofName(threads, 'prove')).toMatchObject([{ policy: SCHED_OTHER, niceness: -10 }]);
    const others = threads.filter(({ name }) => !['main', 'libuv-worker', 'prove'].includes(name));
    expect(others.length).toBeGreaterThan(0);
    for (const thread of others) expect(thread).toMatchObject(ordinary(thread));
  });

  test('are like others when that is asked for', async () => {
    gateway = await startGateway({ settings: { scheduling: 'fair' } });
    expect(await gateway.logged('listening')).toMatchObject({ scheduling: 'fair' });
    for (const thread of threadsOf(gateway.pid)) {
      expect(thread).toMatchObject(ordinary(thread));
    }
  });

  test('are like others where the system does not permit it, and the gateway says why', async () => {
    process.env['PATH'] = '/nowhere';
    gateway = await startGateway();
    expect(await gateway.logged('listening')).toMatchObject({
      scheduling: 'fair',
      scheduling_why: expect.stringMatching(/chrt|cores/),
    });
    for (const { policy } of threadsOf(gateway.pid)) expect(policy).toBe(SCHED_OTHER);
  });

  test('keep the gateway from starting when real time is required and not to be had', async () => {
    process.env['PATH'] = '/nowhere';
    await expect(startGateway({ settings: { scheduling: 'require' } })).rejects.toThrow(
      /ended \(2\).*scheduling is "require", and is not to be had: /s,
    );
  });
});
