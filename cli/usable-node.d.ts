/** What `usable-node.js` exports, which runs on any Node and so is no TypeScript. */
export interface NodeHere {
  /** As in `24.1.0`. */
  readonly node: string;
  readonly platform: string;
  /** As in `2.41`; null where the C library is another. */
  readonly glibc: () => string | null;
  readonly hasNewerLibrary: () => boolean;
}

export function isUsableNode(here: NodeHere): boolean;
