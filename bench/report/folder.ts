/** The folder that a run leaves. */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writableError } from '../writable.ts';
import type { ComparedRuns } from './compare.ts';
import { resultPage } from './html.ts';
import { resultJunit } from './junit.ts';
import { resultMarkdown } from './markdown.ts';
import type { RunResult } from './result.ts';

/** Made before the run, so that nobody waits ten minutes to read that it cannot be. Throws OptionsError. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw writableError('the report cannot be written', folder, '--out', cause);
  }
}

/** Throws OptionsError when it cannot be written. */
export function writeFolder(folder: string, result: RunResult, compared?: ComparedRuns): void {
  const files = {
    'result.json': `${JSON.stringify(result)}\n`,
    'report.html': resultPage(result, compared),
    'report.md': resultMarkdown(result),
    'junit.xml': resultJunit(result),
  };
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  } catch (cause) {
    throw writableError('the report cannot be written', folder, '--out', cause);
  }
}
