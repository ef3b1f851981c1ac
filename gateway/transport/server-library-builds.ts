/**
 * The packages that bring uWebSockets.js built, newest first, and the SHA-256 of each build that may be loaded. A version
 * that is changed in package.json is changed here too: `sha256sum node_modules/uWebSockets.js/dist/bin/*_127.node`.
 */

export interface LibraryPackage {
  /** As the registry names it. */
  readonly name: string;
  readonly version: string;
  /** Below node_modules. */
  readonly folder: string;
  /** On Linux, the oldest C library its builds load with; null: any glibc that the version of Node runs on. */
  readonly glibcMin: string | null;
  /** By platform, architecture and version of Node's interface, `linux_x64_127`: SHA-256, hex. */
  readonly builds: Readonly<Partial<Record<string, string>>>;
  /** File of such a build, within the package. */
  fileOf(target: string): string;
}

/** Versions of Node's interface: 127 is Node 22, 137 is Node 24. */
export const LIBRARY_PACKAGES: readonly LibraryPackage[] = [
  {
    name: '@btc-vision/uwebsockets.js',
    version: '20.57.0',
    folder: '@btc-vision/uwebsockets.js',
    glibcMin: '2.38',
    fileOf: (target) => `uws_${target}.node`,
    builds: {
      darwin_arm64_127: '6180345d453e2e113feb2b0d76376493cd6a90056c3483fc22de7b0c340dc231',
      darwin_arm64_137: '2187391c702fa7ad3bf685eff7712c15cf24fa7cf324a131dfcbae3fd0f20a9a',
      darwin_x64_127: 'fd551673f3ce1f104d7cec3ba8f628d9d04853eff1045c9d95983372ed90bca0',
      darwin_x64_137: '98fd7e9456e2d37d3262b05b053d673830927f91c63c0c2ae73bde8d19eef293',
      linux_arm64_127: '82b79bd18d1e3563de336156005bd01b7f39fc387b65173d69a29da4ee79f895',
      linux_arm64_137: '88618b30ddf6b2b62310db89f40a701616676352aac5e0f6184dd8ef876199ce',
      linux_x64_127: '4b55b1f2cb7a7913febbb65a89496412b96af77e838552980092ba6b33723aac',
      linux_x64_137: '98128405dba2fb608448e921a979530f70c946a2cc9889c15f2fa70c2d00ab05',
      win32_x64_127: 'b4fa85dd015d6d32655f75e9d5b2480124b7649d9265a2b84d8dafe37f88f838',
      win32_x64_137: '84ae72d2149e6ffa2a44063344073599027b1ce8bffaab3957903f966b0c6bb9',
    },
  },
  {
    name: 'uws-pack',
    version: '20.0.8',
    folder: 'uWebSockets.js',
    // 2.27, and Node 22 itself needs 2.28.
    glibcMin: null,
    fileOf: (target) => `dist/bin/uws_${target}.node`,
    builds: {
      darwin_arm64_127: 'abbeea53d48e21c01808203e9f9835728f2cea720d2e5b154837ee3045b513be',
      darwin_x64_127: 'afd992dc1ca1e33cdc7ce0c72a60baf236e590a257fcecbbbce7bc1a35451387',
      linux_arm64_127: 'd4c4f8b2c28c5f6544b49e36d91b0beee238a5b90a07904a947f77061c8b814d',
      linux_arm_127: '0e1d4024b629a1fe17ec76cde8fe7e320101eb8bdcf7b2c4086933932e3cea23',
      linux_x64_127: '8cabc918bbf9a07323e54f89a33882491080b2eb35df0607f473ccdb1f3c31af',
      win32_x64_127: '585d6ee2dbfc750b1d5a59e6ceaef8a977e90ef3e298a82821d58b41cd72a8c0',
    },
  },
];
