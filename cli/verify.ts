/** `onecard verify`: proof only. No policy, no lists, no replay memory, no journal. */
import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { proveRead } from '../verify/index.ts';
import { type Line, readLines } from '../workers/codecs/lines.ts';
import { parseStrictJson } from '../workers/codecs/strict-json.ts';
import { chooseEngine, EngineError } from '../workers/engine/choose.ts';
import { Prover } from '../workers/prove.ts';
import { TrustError } from '../workers/trust/error.ts';
import { UNUSABLE_EXIT_CODE, UnusableError } from './unusable.ts';
import { LINE_BYTES_MAX, readLine } from './verify-line.ts';

const REMEMBERED_BYTES = 16_777_216;
const TRUST_JSON_LIMITS = { depth: 8, entries: 65_536 };
const BATCH_LINES_MAX = 64;

/** What a shell reports for a program that SIGPIPE ended: 128 + 13. */
const BROKEN_PIPE_EXIT_CODE = 141;

const HELP = `
Each line in is one JSON object, each line out answers one, in the same order:

  in   {"id":"1","family":"transit-qr","at":"2026-11-20T08:00:00Z","credential":{"hex":"8001…"},"context":{}}
  out  {"id":"1","ok":true,"code":"proof.ok","facts":{…},"checks":[{"check":"code.size","ok":true},…]}

A line that is no JSON or not of this shape is answered with code request.malformed, and the run goes on.
docs/codes.md lists the codes.

Exit status: 0 when every line was answered, 2 when the options, the trust file or the input cannot be used.

Examples:
  $ onecard verify --trust trust.json --jsonl taps.jsonl
  $ tail -f taps.jsonl | onecard verify --trust trust.json --jsonl - | grep '"ok":false'`;

interface Options {
  readonly trust: string;
  readonly jsonl: string;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Prove credentials from a file, without policy or replay protection.')
    .requiredOption('--trust <file>', 'trust document: anchors, issuer settings, revocations (JSON)')
    .requiredOption('--jsonl <file>', 'credentials, one JSON object a line; - reads standard input')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      process.exitCode = await verify(options);
    });
}

async function verify({ trust, jsonl }: Options): Promise<number> {
  try {
    const { engine } = chooseEngine();
    const prover = new Prover(engine, REMEMBERED_BYTES);
    const revision = loadTrustFile(prover, trust);
    const input = jsonl === '-' ? process.stdin : createReadStream(jsonl);
    await pipeline(
      input,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const lines of readLines(chunks, LINE_BYTES_MAX)) {
          for (let i = 0; i < lines.length; i += BATCH_LINES_MAX) {
            yield answer(prover, revision, lines.slice(i, i + BATCH_LINES_MAX));
          }
        }
      },
      process.stdout,
      { end: false },
    );
    return 0;
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return BROKEN_PIPE_EXIT_CODE;
    const ours = error instanceof UnusableError || error instanceof EngineError;
    if (!ours && syscall === undefined) throw error;
    console.error(`onecard verify: ${message}`);
    return UNUSABLE_EXIT_CODE;
  }
}

function loadTrustFile(prover: Prover, file: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    throw new UnusableError(`cannot read the trust file ${file}: ${(cause as Error).message}`, { cause });
  }
  const json = parseStrictJson(text, TRUST_JSON_LIMITS);
  if (!json.ok) throw new UnusableError(`the trust file ${file} is no usable JSON (${json.code})`);
  try {
    return prover.loadTrust(json.value);
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new UnusableError(`the trust file ${file} cannot be used: ${cause.message}`, { cause });
  }
}

/** The answers to a batch of lines as text, in order. */
function answer(prover: Prover, revision: string, lines: readonly Line[]): string {
  const proofs = proveRead(prover, revision, lines.map(readLine));
  return proofs.map((proof) => `${JSON.stringify(proof)}\n`).join('');
}
