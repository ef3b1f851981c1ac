/** A line that must leave no trace: typed without being shown, or piped in. Never an argument of a command. */
import type { ReadStream } from 'node:tty';
import { UnusableError } from './unusable.ts';

const CHARACTERS_MAX = 256;
const [INTERRUPT, END, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];

/** Rejects with UnusableError when nothing is typed, it is interrupted, or it is too long. */
export async function readSecretLine(prompt: string, input: ReadStream = process.stdin): Promise<string> {
  const line = input.isTTY ? await typed(prompt, input) : await piped(input);
  if (line.trim() === '') throw new UnusableError(`nothing was given for: ${prompt}`);
  return line.trim();
}

async function piped(input: ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    const end = text.search(/[\r\n]/);
    if (end >= 0) return text.slice(0, end);
    requireShort(text);
  }
  return text;
}

/** In raw mode the terminal shows nothing of what is typed. */
async function typed(prompt: string, input: ReadStream): Promise<string> {
  process.stderr.write(`${prompt}: `);
  input.setRawMode(true);
  let text = '';
  try {
    for await (const chunk of input) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n' || character === END) return text;
        if (character === INTERRUPT) throw new UnusableError('interrupted');
        text = character === BACKSPACE || character === DELETE ? text.slice(0, -1) : text + character;
      }
      requireShort(text);
    }
    return text;
  } finally {
    input.setRawMode(false);
    process.stderr.write('\n');
  }
}

function requireShort(text: string): void {
  if (text.length > CHARACTERS_MAX) throw new UnusableError(`more than ${CHARACTERS_MAX} characters`);
}
