/** As much of the library as is used, which comes without declarations. */
declare module 'fs-native-extensions' {
  /**
   * Locks a whole file for writing, against every other open of it: F_OFD_SETLK on Linux, flock on macOS, LockFileEx on
   * Windows. False when another has it; throws what the system says otherwise. Closing the descriptor lets it go.
   */
  export function tryLock(descriptor: number): boolean;
}
