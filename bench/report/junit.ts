/** A run as JUnit XML, as pipelines read it: each check of the objective is a test. */
import type { RunResult } from './result.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XML 1.0 clause 2.2: characters that no document may hold. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

export function resultJunit(result: RunResult): string {
  const { verdict, profile, seconds, started_at } = result;
  const checks = verdict?.checks ?? [];
  const failures = checks.filter(({ passed }) => !passed).length;
  const counts = `tests="${checks.length}" failures="${failures}" errors="0" skipped="0" time="${seconds.toFixed(3)}"`;
  const cases = checks.map(({ name, limit, seen, passed }) => {
    const head = `    <testcase classname="onecard.bench.${text(profile)}" name="${text(`${name}: ${limit}`)}" time="0"`;
    const fault = text(`${name} ${seen} (${limit})`);
    return passed
      ? `${head}/>`
      : `${head}>\n      <failure message="${fault}" type="objective">${fault}</failure>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="onecard bench" ${counts}>`,
    `  <testsuite name="onecard bench ${text(profile)}" timestamp="${text(started_at)}" ${counts}>`,
    ...cases,
    `    <system-out>${text(result.warnings.join('\n'))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function text(value: string): string {
  return value.replace(FORBIDDEN, '').replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);
}
