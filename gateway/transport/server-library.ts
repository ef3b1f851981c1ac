/**
 * The one door to uWebSockets.js. It comes as built code of two packages, neither of its makers; which of them is taken
 * here is decided by `choose`, and what is taken must be, byte for byte, what stood in the registry when its hash was
 * put into `server-library-builds.ts`. Only then is it loaded.
 */

import type * as uWS from 'uWebSockets.js';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LIBRARY_PACKAGES, type LibraryPackage } from './server-library-builds.ts';
import { TransportError } from './transport.ts';

declare module 'uWebSockets.js' {
  interface TemplatedApp {
    /** It is there, though the types that come along leave it out. */
    listen(
      host: string,
      port: number,
      options: number,
      callback: (socket: uWS.us_listen_socket | false) => void,
    ): TemplatedApp;
    /** The same of these: what this app accepts is served by the apps of these descriptors, in turn. */
    addChildAppDescriptor(descriptor: AppDescriptor): TemplatedApp;
    removeChildAppDescriptor(descriptor: AppDescriptor): TemplatedApp;
    getDescriptor(): AppDescriptor;
  }
}

/** A number that means something to the library alone. */
declare const appDescriptor: unique symbol;
export type AppDescriptor = number & { readonly [appDescriptor]: never };

export type ServerLibrary = Pick<
  typeof uWS,
  'App' | 'SSLApp' | 'us_listen_socket_close' | 'us_socket_local_port'
>;

/** What decides which build can be loaded. */
export interface Surroundings {
  /** As Node names them: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
  /** `process.versions.modules`. */
  readonly abi: string;
  /** As in `2.36`; null where the C library is another, as on Alpine. */
  readonly glibc: () => string | null;
  readonly isInstalled: (pack: LibraryPackage) => boolean;
}

export interface LibraryChoice {
  readonly pack: LibraryPackage;
  /** Within the folder of the package. */
  readonly file: string;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** The first package, newest first, that is installed and has a build for here; a sentence with the remedy where none is. */
export function choose(
  packages: readonly LibraryPackage[],
  { platform, arch, abi, glibc, isInstalled }: Surroundings,
): LibraryChoice | string {
  const target = `${platform}_${arch}_${abi}`;
  const fitting = packages.filter(({ builds }) => builds[target] !== undefined);
  for (const pack of fitting) {
    const sha256 = pack.builds[target];
    if (sha256 === undefined || !isInstalled(pack)) continue;
    if (platform === 'linux' && pack.glibcMin !== null && !isAtLeast(glibc(), pack.glibcMin)) continue;
    return { pack, file: pack.fileOf(target), sha256 };
  }
  if (fitting.length === 0) {
    return `no build of the server library is known for ${platform}, ${arch} and version ${abi} of Node's interface: use Node 22, which npm ci brings along, on 64-bit Linux, macOS or Windows`;
  }
  const ways = fitting.map(({ name, version, folder, glibcMin }) => {
    const how = folder === name ? `npm install ${name}@${version}` : 'npm ci';
    return platform === 'linux' && glibcMin !== null ? `${how}, which needs glibc ${glibcMin} or newer` : how;
  });
  return `the server library is not installed, or not for this system: run ${ways.reverse().join(', or ')}`;
}

/** `2.36` is at least `2.4`: numbers, not text. */
function isAtLeast(version: string | null, least: string): boolean {
  if (version === null) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major !== leastMajor ? major > leastMajor : minor >= leastMinor;
}

const require = createRequire(import.meta.url);

/** Where Node would look for it; null where it is not. */
function libraryFolder({ folder }: LibraryPackage): string | null {
  const places = require.resolve.paths(folder) ?? [];
  return places.map((place) => join(place, folder)).find((path) => existsSync(path)) ?? null;
}

/** Folders with its builds, for every system, of the packages that are installed. */
export function buildFolders(): string[] {
  return LIBRARY_PACKAGES.flatMap((pack) => {
    const folder = libraryFolder(pack);
    return folder === null ? [] : [dirname(join(folder, pack.fileOf('')))];
  });
}

function glibcVersion(): string | null {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? null;
}

function chooseHere(): LibraryChoice {
  const choice = choose(LIBRARY_PACKAGES, {
    platform: process.platform,
    arch: process.arch,
    abi: process.versions.modules,
    glibc: glibcVersion,
    isInstalled: (pack) => libraryFolder(pack) !== null,
  });
  if (typeof choice === 'string') throw new TransportError(choice);
  return choice;
}

/** Package and version that are taken here. Throws TransportError where there is none. */
export function serverLibraryName(): string {
  const { name, version } = chooseHere().pack;
  return `${name} ${version}`;
}

let loaded: ServerLibrary | null = null;

/** Loads the library, once. Throws TransportError, with the remedy, when it is not there or not the one that is pinned. */
export function serverLibrary(): ServerLibrary {
  loaded ??= load(chooseHere());
  return loaded;
}

function load({ pack, file, sha256 }: LibraryChoice): ServerLibrary {
  const path = join(libraryFolder(pack) ?? '', file);
  const remedy = 'run npm ci';
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new TransportError(`the server library cannot be read: ${(cause as Error).message}: ${remedy}`, {
      cause,
    });
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new TransportError(
      `the server library ${path} is not the build of ${pack.name} ${pack.version} that belongs to this version (SHA-256 ${found}, not ${sha256}): it was changed or replaced, and is not loaded. Find out by whom, then remove node_modules and ${remedy}`,
    );
  }
  try {
    return require(path) as ServerLibrary;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TransportError(`the server library ${path} cannot be loaded: ${why}`, { cause });
  }
}
