/**
 * The root folders of pods. The gateway's stands for its image: this machine's C library, the Node and the tree under test, read-only,
 * at the places where `deploy/image` has them; no shell and no tools. (`npm run test:image` runs the image itself.) Servers beside it have this machine's programs.
 */
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TREE = fileURLToPath(new URL('../../../', import.meta.url));
const APP = '/opt/onecard';
const NODE = '/usr/local/bin/node';
const WORKING_FOLDER = '/var/lib/onecard';
const CACHE = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const NATS_SERVER = join(
  process.env['ONECARD_CLUSTER_TOOLS'] ?? join(CACHE, 'onecard-cluster-tools'),
  'bin/nats-server',
);
/** What a program needs that is linked to the C library. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/etc/ssl'];

export interface RootFolder {
  readonly path: string;
  readonly mounts: readonly object[];
  readonly entryPoint: readonly string[];
  readonly env: readonly string[];
  readonly workingFolder: string;
}

/** By the name of a pod's image. */
export type RootFolders = (image: string) => RootFolder;

export function makeRootFolders(parent: string): RootFolders {
  const [gateway, servers] = [
    makeGatewayRoot(join(parent, 'root')),
    makeServersRoot(join(parent, 'servers')),
  ];
  return (image) => (image.startsWith('stand-in/') ? servers : gateway);
}

function makeGatewayRoot(path: string): RootFolder {
  for (const folder of [
    ...LIBRARIES,
    APP,
    '/usr/local/bin',
    '/proc',
    '/sys',
    '/dev',
    '/tmp',
    WORKING_FOLDER,
  ]) {
    mkdirSync(join(path, folder), { recursive: true });
  }
  symlinkSync('usr/lib', join(path, 'lib'));
  symlinkSync('usr/lib64', join(path, 'lib64'));
  writeFileSync(
    join(path, 'etc/passwd'),
    'root:x:0:0::/:/none\nonecard:x:10001:10001::/var/lib/onecard:/none\n',
  );
  writeFileSync(join(path, 'etc/group'), 'root:x:0:\nonecard:x:10001:\n');
  writeFileSync(join(path, 'etc/hosts'), '');
  // A link to it would need the tree's own packages to be found from where the link is.
  cpSync(join(TREE, 'node_modules/node/bin/node'), join(path, NODE), { dereference: true });
  const command = join(path, 'usr/local/bin/onecard');
  writeFileSync(command, `#!${NODE}\nimport('${APP}/cli/onecard.js');\n`);
  chmodSync(command, 0o755);
  return {
    path,
    mounts: [...LIBRARIES.map((folder) => readOnly(folder, folder)), readOnly(TREE, APP)],
    entryPoint: entryPoint(),
    env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'],
    workingFolder: WORKING_FOLDER,
  };
}

/** The Dockerfile's, with the command where a clone has it. */
function entryPoint(): string[] {
  const dockerfile = readFileSync(join(TREE, 'deploy/image/Dockerfile'), 'utf8');
  const [, words] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  if (words === undefined) throw new Error('the Dockerfile has no ENTRYPOINT');
  return (JSON.parse(words) as string[]).map((word) =>
    word === `${APP}/onecard.js` ? `${APP}/cli/onecard.js` : word,
  );
}

function readOnly(source: string, destination: string): object {
  return { source, destination, type: 'bind', options: ['rbind', 'ro', 'nosuid', 'nodev'] };
}

/** Valkey is Debian's Redis; NATS is what `.ci/cluster-tools` brings. With a shell. */
function makeServersRoot(path: string): RootFolder {
  for (const folder of ['/usr', '/opt/servers', '/etc', '/proc', '/sys', '/dev', '/tmp', '/data']) {
    mkdirSync(join(path, folder), { recursive: true });
  }
  for (const folder of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${folder}`, join(path, folder));
  writeFileSync(join(path, 'etc/hosts'), '');
  for (const program of ['server', 'cli']) {
    symlinkSync(`/usr/bin/redis-${program}`, join(path, `opt/servers/valkey-${program}`));
  }
  cpSync(NATS_SERVER, join(path, 'opt/servers/nats-server'));
  return {
    path,
    mounts: [readOnly('/usr', '/usr')],
    entryPoint: [],
    env: ['PATH=/opt/servers:/usr/bin'],
    workingFolder: '/',
  };
}
