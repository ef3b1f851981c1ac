/** Which files of packages go into an image for one platform. */

/** What processors, systems and C libraries are called in the names of built code. */
const PLATFORMS: ReadonlySet<string> = new Set([
  ...['linux', 'darwin', 'win32', 'android', 'ios', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix'],
  ...['x64', 'arm64', 'arm', 'ia32', 'x86', 'ppc64', 's390x', 'riscv64', 'loong64', 'universal'],
  ...['glibc', 'gnu', 'musl', 'msvc'],
]);
/** For compilers, debuggers and readers. */
const NOT_RUN = /\.(d\.[mc]?ts|ts|map|md|markdown|flow|c|cc|cpp|h|hpp|gyp|gypi|1|yml|yaml|o|a)$/;
const KEPT = /^(license|licence|notice|copying)/i;
const ABI = /^(?:abi)?(\d{2,3})$/;

export interface Target {
  readonly platform: string;
  readonly arch: string;
  /** `process.versions.modules`. */
  readonly abi: string;
}

const HERE: Target = { platform: process.platform, arch: process.arch, abi: process.versions.modules };

/** `path`: of a file or folder, from the root of the package. */
export function isOfImage(path: string, target: Target = HERE): boolean {
  const name = path.split('/').at(-1) ?? '';
  if (name.endsWith('.node')) return loads(path, target);
  return KEPT.test(name) || !NOT_RUN.test(name);
}

/** Whether every part of its name that speaks of a platform, C library or version of Node's interface speaks of this one. */
function loads(path: string, { platform, arch, abi }: Target): boolean {
  const own = new Set([platform, arch, 'glibc', 'gnu']);
  return path
    .split(/[/_.-]/)
    .every((part) => (PLATFORMS.has(part) ? own.has(part) : (ABI.exec(part)?.[1] ?? abi) === abi));
}
