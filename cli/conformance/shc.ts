/**
 * Suite `shc`: cases of the SMART Health Cards developer tools. Their validator is a linter: some of its errors are about style,
 * or about the FHIR content, which is no reason to refuse a card at a gate.
 */
import { join } from 'node:path';
import { chooseEngine } from '../../workers/engine/choose.ts';
import { Prover } from '../../workers/prove.ts';
import { filesOf, readJsonFile, readTextFile } from './folder.ts';
import type { ConformanceCase, Suite } from './suite.ts';

interface Case {
  readonly name: string;
  readonly type: string;
  readonly files: readonly string[];
  readonly expectedErrors: readonly string[];
  readonly ownCheck?: readonly OwnCheck[];
}

/** What whoever collected the cases found in them. */
interface OwnCheck {
  readonly kid?: string;
  readonly iss?: string;
  readonly nbf?: number;
}

interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** The linter's own clock, seconds since 1970: the certificates of its keys end a day later. */
const CLOCK_S = 1_653_955_200;

/** Errors that the linter gives for good cards, and why they are no reason to refuse one. */
const RULES_OF_STYLE: readonly (readonly [error: RegExp, rule: string])[] = [
  [/^FHIR_SCHEMA_ERROR\b/, 'fhir-content-is-not-judged'],
];

export const shcSuite: Suite = {
  name: 'shc',
  about: 'SMART Health Cards of health-cards-dev-tools: cases.json, files/, keys/',
  *run(folder) {
    const cases = readJsonFile(folder, 'cases.json') as readonly Case[];
    const prover = new Prover(chooseEngine().engine, 0);
    const revision = prover.loadTrust({ anchors: anchorsFor(folder, cases) });
    const atMs = clockOf(cases) * 1000;
    for (const each of cases) {
      const text = presented(folder, each);
      const expected = each.expectedErrors.length > 0 ? 'rejected' : 'accepted';
      const [name, number] = [each.name, String(cases.indexOf(each) + 1).padStart(2, '0')];
      if (text === null) {
        yield { name: `${number} ${name}`, expected, actual: 'unsupported', code: `type ${each.type}` };
        continue;
      }
      const [verdict] = prover.prove([{ family: 'shc', input: text, atMs }], revision, false);
      if (verdict === undefined) throw new Error('one verdict an item');
      const { ok, code } = verdict;
      yield withRule(
        { name: `${number} ${name}`, expected, actual: ok ? 'accepted' : 'rejected', code },
        each,
      );
    }
  },
};

/** Of a case that is a card in a QR code or on its own; of several QR codes the first. Null: it is something else. */
function presented(folder: string, { type, files: [file = ''] }: Case): string | null {
  switch (type) {
    case 'qrnumeric':
      return readTextFile(folder, pathOf(file));
    case 'jws':
      return numericOf(readTextFile(folder, pathOf(file)));
    default:
      return null;
  }
}

/** Files of folders have the folders' names before them, and underscores between. */
function pathOf(file: string): string {
  return `files/${file.replaceAll('/', '_')}`;
}

/** As a QR code has it. A character that no two digits stand for is written as two that stand for none. */
function numericOf(jws: string): string {
  const pairs = [...jws].map((character) => {
    const pair = character.charCodeAt(0) - 45;
    return pair < 0 || pair > 77 ? '99' : String(pair).padStart(2, '0');
  });
  return `shc:/${pairs.join('')}`;
}

/** A key set does not say whose it is: the cards that no error is expected of do. */
function anchorsFor(folder: string, cases: readonly Case[]) {
  const issuers = new Map<string, string>();
  for (const { kid, iss } of goodChecks(cases)) {
    if (kid !== undefined && iss !== undefined) issuers.set(kid, iss);
  }
  return filesOf(join(folder, 'keys'), '.json')
    .flatMap((file) => (readJsonFile(folder, `keys/${file}`) as KeySet).keys)
    .flatMap((jwk) => {
      const issuer = issuers.get(String(jwk['kid']));
      return issuer === undefined ? [] : [{ family: 'shc', issuer, jwk }];
    });
}

/** No earlier than the last of the cards that no error is expected of was issued: the linter looked at them after that. */
function clockOf(cases: readonly Case[]): number {
  return Math.max(CLOCK_S, ...goodChecks(cases).map(({ nbf = 0 }) => nbf));
}

function goodChecks(cases: readonly Case[]): readonly OwnCheck[] {
  return cases.flatMap(({ expectedErrors, ownCheck = [] }) => (expectedErrors.length === 0 ? ownCheck : []));
}

function withRule(each: ConformanceCase, { expectedErrors }: Case): ConformanceCase {
  if (each.actual === each.expected || each.actual !== 'accepted') return each;
  const rules = expectedErrors.map((error) => RULES_OF_STYLE.find(([pattern]) => pattern.test(error))?.[1]);
  const [rule] = rules;
  return rule === undefined || rules.includes(undefined) ? each : { ...each, rule };
}
