// Which Node a gateway can run on: it has a build of the server library for it, and the flags are known to it.

/**
 * Node 22; and Node 24 where the newer server library is installed and loads: the one that comes along has no build for it
 * (gateway/transport/server-library-builds.ts says what the newer needs).
 *
 * @param {{ node: string, platform: string, glibc: () => string | null, hasNewerLibrary: () => boolean }} here
 *   `glibc`: as in `2.41`; null where the C library is another.
 * @returns {boolean}
 */
export function isUsableNode({ node, platform, glibc, hasNewerLibrary }) {
  const major = Number(node.split('.')[0]);
  if (major === 22) return true;
  if (major !== 24 || !hasNewerLibrary()) return false;
  if (platform !== 'linux') return true;
  const [first = 0, second = 0] = (glibc() ?? '').split('.').map(Number);
  return first > 2 || (first === 2 && second >= 38);
}
