/** Processor time by thread: a thread that names itself and works is found under its name. */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { threadTimes, usPerTap } from '../../bench/drive/thread-times.ts';

const NAMING = new URL('../../workers/thread-name.ts', import.meta.url).href;
/** Names itself, then works for as long as it is told, and stays. */
const BUSY = `
  const { parentPort, workerData } = require('node:worker_threads');
  import('${NAMING}').then(({ nameThread }) => {
    nameThread('link');
    for (const end = performance.now() + workerData; performance.now() < end; );
    parentPort.postMessage('done');
    setInterval(() => {}, 1_000);
  });
`;

describe.skipIf(!existsSync('/proc/thread-self/schedstat'))('processor time of a process', () => {
  test('goes to the thread that used it', async () => {
    const before = threadTimes(process.pid);
    const worker = new Worker(BUSY, { eval: true, workerData: 100 });
    await new Promise((done) => worker.once('message', done));
    const after = threadTimes(process.pid);
    await worker.terminate();
    const spent = usPerTap(before, after, 1) ?? {};
    expect(spent['link to the platform']).toBeGreaterThan(0);
    expect(Object.keys(spent)).toEqual([
      ...['main', 'proving', 'link to the platform', 'questions to the store'],
      ...['storage and files', 'V8 and others'],
    ]);
  });

  test('of a process that is gone is not told', () => {
    expect(threadTimes(2 ** 30)).toBeNull();
  });
});

test('time is divided by taps, and a thread that ended counts nothing', () => {
  const before = new Map([
    ['main', 1_000],
    ['proving', 5_000],
  ]);
  const after = new Map([
    ['main', 3_000],
    ['proving', 4_000],
  ]);
  expect(usPerTap(before, after, 100)).toEqual({ main: 20, proving: 0 });
  expect(usPerTap(null, after, 100)).toBeNull();
  expect(usPerTap(before, after, 0)).toBeNull();
});
