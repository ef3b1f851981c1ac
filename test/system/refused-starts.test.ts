/** A start that fails says so in a sentence with the file's name, and status 2; a fault of the gateway in a line of log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { createCity } from '../../platform/city.ts';
import { createPlatform } from '../../platform/server.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import { DEVICES, enrolDevices, MAIN } from './gateway-under-test.rig.ts';

const city = createCity({ seed: 'refused', cards: 4, rsaCardKeys: 1 });
const platform = createPlatform({ city, token: 'a-token-of-sixteen' });
const SETTINGS = { gateway_id: 'gw-1', data_dir: 'data', listen: { port: 0 }, trust_file: 'trust.json' };
const BEHIND = (token = 'token', root = 'root.json') => ({
  ...SETTINGS,
  trust_file: undefined,
  platform: { url: 'http://127.0.0.1:1', root_file: root, token_file: token },
});

/** A folder with good files, changed by `prepare`. */
async function folderWith(prepare: (folder: string) => unknown) {
  const folder = temporaryFolder();
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  put('trust.json', JSON.stringify(city.trustDocument()));
  put('token', 'a-token-of-sixteen\n');
  put('root.json', platform.rootJson);
  put('gateway.json', JSON.stringify(SETTINGS));
  await prepare(folder);
  return folder;
}

/** Runs `onecard serve` until it ends by itself; `files`: how many it may open. */
async function serve(folder: string, { env = {}, files = 0, stopWhenListening = true } = {}) {
  const args = [process.execPath, MAIN, 'serve', '--config', join(folder, 'gateway.json')];
  const limited = ['sh', '-c', `ulimit -n ${files} && exec "$@"`, 'sh', ...args];
  const [command = '', ...rest] = files > 0 ? limited : args;
  const child = spawn(command, rest, { env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  let stopped = false;
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    // A second signal would end it at once.
    if (!stopWhenListening || stopped || !stdout.includes('"listening"')) return;
    stopped = child.kill('SIGTERM');
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  const lines = stdout.trim().split('\n').filter(Boolean);
  return { status, stderr, log: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const write = (name: string, content: string | Uint8Array | object) => (folder: string) => {
  const bytes =
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
};
const both =
  (...steps: ((folder: string) => unknown)[]) =>
  async (folder: string) => {
    for (const step of steps) await step(folder);
  };
const enrolled = (folder: string) => {
  mkdirSync(join(folder, 'data'));
  return enrolDevices(join(folder, 'data'), DEVICES);
};
const inDevices = (name: string, change: (file: string) => void) => (folder: string) =>
  change(join(folder, 'data', 'devices', name));
/** Puts what is no device in the place of one. */
async function damagedDevice(folder: string) {
  const environment = openEnvironment({
    folder: join(folder, 'data', 'devices'),
    syncBeforeVisible: true,
    mapBytes: 1 << 20,
    databases: 3,
  });
  await openTable(environment, 'devices')?.put(Buffer.from('gate-1'), Buffer.from('{"deviceId":'));
  await environment.close();
}

const settingsText = (text: Uint8Array) => write('gateway.json', text);
const latin1 = Buffer.from(JSON.stringify({ ...SETTINGS, data_dir: 'donn\u00e9es' }), 'latin1');

const refused: [string, (folder: string) => unknown, RegExp][] = [
  [
    'an empty token file',
    both(write('gateway.json', BEHIND()), write('token', '\n')),
    /token in .*\/token cannot be used: the file is empty/,
  ],
  [
    'a token file with letters beyond ASCII',
    both(write('gateway.json', BEHIND()), write('token', 'gehe\u00edm-genug')),
    /token in .*\/token cannot be used: it has characters other than letters/,
  ],
  [
    'a token file of two lines',
    both(write('gateway.json', BEHIND()), write('token', 'one-token\nanother')),
    /token in .*\/token cannot be used: the file has more than one line/,
  ],
  [
    'a token file that is no UTF-8',
    both(write('gateway.json', BEHIND()), write('token', Buffer.of(0xff, 0xfe))),
    /token in .*\/token cannot be used: it is not UTF-8/,
  ],
  [
    'a damaged root.json',
    both(write('gateway.json', BEHIND()), write('root.json', '{"signed":')),
    /root\.json holds no root of trust/,
  ],
  [
    'settings that are no UTF-8',
    settingsText(latin1),
    /cannot read settings from .*gateway\.json: it is not UTF-8 text/,
  ],
  [
    'scenes that are no UTF-8',
    both(write('gateway.json', { ...SETTINGS, city: 's.json' }), write('s.json', Buffer.of(0x7b, 0xff))),
    /the city in .*s\.json is not usable: it cannot be read: .*s\.json: it is not UTF-8/,
  ],
  [
    'damaged scenes',
    both(write('gateway.json', { ...SETTINGS, city: 's.json' }), write('s.json', '{"revision"')),
    /the city in .*s\.json is not usable: s\.json:1:/,
  ],
  [
    'a TLS file that is none',
    both(
      write('gateway.json', {
        ...SETTINGS,
        listen: { port: 0, tls: { cert_file: 'c.pem', key_file: 'k.pem' } },
      }),
      write('c.pem', 'x'),
    ),
    /TLS files cannot be used: .*c\.pem/,
  ],
  [
    'a data folder on a file',
    write('data', 'x'),
    /the data folder .*\/data \(data_dir\) cannot be used: there is a file in its place/,
  ],
  [
    'a data folder below a file',
    both(write('gateway.json', { ...SETTINGS, data_dir: 'trust.json/data' })),
    /trust\.json\/data \(data_dir\) cannot be used: a part of its path is a file/,
  ],
  [
    'a data folder where nobody may write',
    write('gateway.json', { ...SETTINGS, data_dir: '/sys/onecard/data' }),
    /\/sys\/onecard\/data \(data_dir\) cannot be used: this user may not write there/,
  ],
  [
    'an emptied devices file',
    both(
      enrolled,
      inDevices('data.mdb', (file) => truncateSync(file, 0)),
    ),
    /the devices in .*\/devices\/data\.mdb cannot be used: it was emptied\. Restore/,
  ],
  [
    'a devices file that is gone',
    both(
      enrolled,
      inDevices('data.mdb', (file) => rm(file)),
      inDevices('lock.mdb', (file) => rm(file)),
    ),
    /devices\/data\.mdb cannot be used: it holds no device, and there were some/,
  ],
  [
    'a devices file with other bytes',
    both(
      enrolled,
      inDevices('data.mdb', (file) => writeFileSync(file, Buffer.alloc(65_536, 7))),
    ),
    /the devices in .*\/devices\/data\.mdb cannot be used: /,
  ],
  [
    'a devices file that was cut',
    both(
      enrolled,
      inDevices('data.mdb', (file) => truncateSync(file, 8_192)),
    ),
    /the devices in .*\/devices\/data\.mdb cannot be used: /,
  ],
  [
    'a device that is damaged',
    both(enrolled, damagedDevice),
    /devices\/data\.mdb cannot be used: a device is not stored as one/,
  ],
];

describe('refused with the name of what cannot be used, in one line, with status 2', () => {
  test.each(refused)('%s', async (_what, prepare, says) => {
    const { status, stderr } = await serve(await folderWith(prepare));
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^onecard serve: /);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('token-of-sixteen');
    expect(status).toBe(2);
  });

  test.skipIf(process.platform !== 'linux')('too few open files to start at all', async () => {
    const { status, stderr } = await serve(await folderWith(() => {}), { files: 64 });
    expect(stderr).toMatch(
      /^onecard serve: the system lets this process open 64 files, and a gateway needs 128 to start: /,
    );
    expect(status).toBe(2);
  });
});

test.skipIf(process.platform !== 'linux')(
  'too few open files for the limits of connections are warned of with figures',
  async () => {
    const { status, log } = await serve(await folderWith(() => {}), { files: 2_000 });
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        open_files_max: 2_000,
        open_files_needed: 19_472,
        connections: 10_000,
      }),
    );
    expect(status).toBe(0);
  },
);

test.each([
  ['thrown', "setTimeout(()=>{throw new Error('nobody caught this')},3000)"],
  ['a promise', "setTimeout(()=>void Promise.reject(new Error('nobody caught this')),3000)"],
])('what nobody caught (%s) is one line of the log and status 70', async (_how, code) => {
  const folder = await folderWith(() => {});
  const script = `import{isMainThread}from'node:worker_threads';if(isMainThread)${code}`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` };
  const { status, stderr, log } = await serve(folder, { env, stopWhenListening: false });
  const fatal = log.filter(({ level }) => level === 'fatal');
  expect(fatal).toEqual([
    expect.objectContaining({
      msg: 'a fault of the gateway itself: ending, so that a clean start can follow',
      err: expect.objectContaining({ message: 'nobody caught this' }),
    }),
  ]);
  expect([status, stderr]).toEqual([70, '']);
});

test('an algorithm that does not give its known answer, by its name', async () => {
  const script = [
    "import crypto from'node:crypto';import{syncBuiltinESMExports}from'node:module';const{hash}=crypto;",
    "crypto.hash=(name,data,encoding)=>hash(name,name==='sm3'?'other':data,encoding);syncBuiltinESMExports()",
  ].join('');
  const env = {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}`,
    ONECARD_CRYPTO__PROFILE: 'sm',
  };
  const { status, stderr } = await serve(await folderWith(() => {}), { env });
  expect(stderr).toMatch(
    /^onecard serve: SM3 gives another: its known answer is that of GB\/T 32905-2016 A\.1\./,
  );
  expect(status).toBe(2);
});

function rm(file: string) {
  rmSync(file, { force: true });
}
