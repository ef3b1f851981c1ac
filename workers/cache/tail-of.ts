/**
 * By which a record is looked for whose key ends with a signature: its last four bytes. They find an entry, and all bytes
 * decide.
 */
export function tailOf(key: Uint8Array): number {
  const end = key.length;
  return (
    ((key[end - 4] as number) << 24) |
    ((key[end - 3] as number) << 16) |
    ((key[end - 2] as number) << 8) |
    (key[end - 1] as number)
  );
}
