/** Systems that the engine is built for as a package, `@onecard/engine-<name>`, and what building for each takes. */

export interface EngineTarget {
  /** System, processor and, on Linux, C library: as `platformName` says of a system. */
  readonly name: string;
  /** As the compiler calls it. */
  readonly rust: string;
  /** As cargo names what it builds. */
  readonly library: string;
  /** As npm calls them: a package is installed only where they fit. */
  readonly os: string;
  readonly cpu: string;
  readonly libc?: 'glibc' | 'musl';
  /** Of another processor, where the compiler's default cannot. */
  readonly linker?: string;
  readonly rustFlags?: string;
}

const SO = 'libonecard_engine_node.so';
const DYLIB = 'libonecard_engine_node.dylib';
/** A library that Node loads cannot have the C library within it. */
const DYNAMIC = '-C target-feature=-crt-static';

export const ENGINE_TARGETS: readonly EngineTarget[] = [
  {
    ...{ name: 'linux-x64-gnu', rust: 'x86_64-unknown-linux-gnu', library: SO },
    ...{ os: 'linux', cpu: 'x64', libc: 'glibc' },
  },
  {
    ...{ name: 'linux-arm64-gnu', rust: 'aarch64-unknown-linux-gnu', library: SO },
    ...{ os: 'linux', cpu: 'arm64', libc: 'glibc', linker: 'aarch64-linux-gnu-gcc' },
  },
  {
    ...{ name: 'linux-x64-musl', rust: 'x86_64-unknown-linux-musl', library: SO },
    ...{ os: 'linux', cpu: 'x64', libc: 'musl', linker: 'musl-gcc', rustFlags: DYNAMIC },
  },
  {
    ...{ name: 'linux-arm64-musl', rust: 'aarch64-unknown-linux-musl', library: SO },
    ...{ os: 'linux', cpu: 'arm64', libc: 'musl', linker: 'aarch64-linux-musl-gcc', rustFlags: DYNAMIC },
  },
  { name: 'darwin-arm64', rust: 'aarch64-apple-darwin', library: DYLIB, os: 'darwin', cpu: 'arm64' },
  { name: 'darwin-x64', rust: 'x86_64-apple-darwin', library: DYLIB, os: 'darwin', cpu: 'x64' },
  {
    ...{ name: 'win32-x64', rust: 'x86_64-pc-windows-msvc', library: 'onecard_engine_node.dll' },
    ...{ os: 'win32', cpu: 'x64' },
  },
];

export function engineTarget(name: string): EngineTarget | null {
  return ENGINE_TARGETS.find((target) => target.name === name) ?? null;
}
