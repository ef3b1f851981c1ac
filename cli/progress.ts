/** How far a long command is, on standard error: one line that is drawn again on a terminal, a line now and then else. */

export interface Progress {
  /** `fraction`: from 0 to 1, or null when the end is not known. */
  at(fraction: number | null, text: string): void;
  done(): void;
}

const WIDTH = 30;
const TERMINAL_EVERY_MS = 100;
const LINES_EVERY_MS = 5_000;

export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const everyMs = stream.isTTY ? TERMINAL_EVERY_MS : LINES_EVERY_MS;
  let lastMs = performance.now();
  let drawn = false;
  return {
    at(fraction, text) {
      const nowMs = performance.now();
      if (nowMs - lastMs < everyMs) return;
      lastMs = nowMs;
      const percent = fraction === null ? '' : `${Math.floor(fraction * 100)}% `;
      if (!stream.isTTY) {
        stream.write(`${percent}${text}\n`);
        return;
      }
      const full = Math.round((fraction ?? 0) * WIDTH);
      const bar = fraction === null ? '' : `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] `;
      stream.write(`\r${bar}${percent}${text}\x1b[K`);
      drawn = true;
    },
    done() {
      if (drawn) stream.write('\r\x1b[K');
    },
  };
}
