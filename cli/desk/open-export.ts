/** `onecard desk open-export`: the register that was exported in profile `sm`, for whoever has the recipient's key. */
import { createReadStream, createWriteStream, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { CryptoError } from '../../crypto/crypto-error.ts';
import { type DecryptionKey, decryptionKeyFrom } from '../../crypto/sealing/decryption-key.ts';
import { openFile } from '../../crypto/sealing/open-file.ts';
import { type Progress, startProgress } from '../progress.ts';
import { runOrExplain, UnusableError } from '../unusable.ts';

const HELP = `
For exports of crypto.profile sm, without a gateway and without its settings; those of age are opened with age itself. When the
command fails, nothing is left in the new file: an export that was changed or cut off does not open.

Example:
  $ onecard desk open-export register.jsonl.sealed --key key.pem --out register.jsonl`;

interface Options {
  readonly key: string;
  readonly out: string;
}

export function openExportCommand(): Command {
  return new Command('open-export')
    .description('Open an export that was sealed for a key of SM2.')
    .argument('<file>', 'the export')
    .requiredOption('--key <file>', "the recipient's private key of SM2 in PEM")
    .requiredOption('--out <file>', 'new file for it, readable by you alone')
    .addHelpText('after', HELP)
    .action((file: string, { key, out }: Options) =>
      runOrExplain('desk open-export', [], async () => {
        const own = keyIn(key);
        // What is there already is somebody else's, and stays.
        const opened = createWriteStream(out, { fd: openSync(out, 'wx', 0o600) });
        const progress = startProgress();
        try {
          await pipeline(openFile(own, readWith(progress, file)), opened);
        } catch (cause) {
          rmSync(out, { force: true });
          if (cause instanceof CryptoError) throw new UnusableError(`${file}: ${cause.message}`, { cause });
          throw cause;
        } finally {
          progress.done();
        }
        console.log(`${file} is open in ${out}`);
      }),
    );
}

async function* readWith(progress: Progress, file: string): AsyncGenerator<Buffer> {
  let read = 0;
  let bytes: number | null = null;
  for await (const part of createReadStream(file) as AsyncIterable<Buffer>) {
    read += part.length;
    bytes ??= statSync(file).size;
    progress.at(Math.min(1, read / bytes), file);
    yield part;
  }
}

/** Throws UnusableError. */
function keyIn(file: string): DecryptionKey {
  try {
    return decryptionKeyFrom(readFileSync(file));
  } catch (cause) {
    throw new UnusableError(`${file} cannot be used: ${(cause as Error).message}`, { cause });
  }
}
