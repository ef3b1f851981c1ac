/** Serial scanners by the Web Serial API (WICG), as far as it is used here. */
export interface SerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  open(options: { readonly baudRate: number; readonly bufferSize: number }): Promise<void>;
  close(): Promise<void>;
}
export interface Serial {
  getPorts(): Promise<readonly SerialPort[]>;
  requestPort(): Promise<SerialPort>;
}

/** Undefined: this browser has none, or the address is neither of this machine nor over TLS. */
export const serial = (): Serial | undefined =>
  (navigator as Navigator & { readonly serial?: Serial }).serial;

/** A code has ended when nothing comes for so long; a driver hands a long one over in pieces. */
const GAP_MS = 60;
const CODE_BYTES_MAX = 8_192;
const CR = 0x0d;
const LF = 0x0a;

/** Reads codes until it is aborted (resolves) or the port goes (rejects). */
export async function readCodes(
  port: SerialPort,
  signal: AbortSignal,
  onCode: (bytes: Uint8Array, seenAt: number) => void,
): Promise<void> {
  const reader = port.readable?.getReader();
  if (reader === undefined) return;
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop);
  let pieces: number[] = [];
  let beganAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    const bytes = Uint8Array.from(withoutEnd(pieces));
    pieces = [];
    if (bytes.length > 0 && bytes.length <= CODE_BYTES_MAX) onCode(bytes, beganAt);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (pieces.length === 0) beganAt = performance.now();
      // More than a code can have is none; what is kept of it stays bounded.
      if (pieces.length <= CODE_BYTES_MAX) pieces.push(...value);
      clearTimeout(timer);
      timer = setTimeout(end, GAP_MS);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    reader.releaseLock();
  }
}

/** Scanners end a code by CR, LF or both, as they are set. */
function withoutEnd(bytes: readonly number[]): readonly number[] {
  let { length } = bytes;
  while (length > 0 && (bytes[length - 1] === CR || bytes[length - 1] === LF)) length -= 1;
  return bytes.slice(0, length);
}
