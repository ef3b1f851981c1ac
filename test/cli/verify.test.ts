/** `onecard verify` as a process: what it does with bad lines, bad files and pipes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { toHex } from '../../workers/codecs/hex.ts';
import { NOW_MS, rideItem, trust } from '../fixtures/ride-codes.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'onecard-verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const trustFile = file('trust.json', JSON.stringify(trust));
const hex = toHex(rideItem().input as Uint8Array);
const at = new Date(NOW_MS).toISOString();
const good = (id: string) =>
  JSON.stringify({ id, family: 'transit-qr', at, credential: { hex }, context: {} });

function start(...options: string[]): ChildProcessWithoutNullStreams {
  const node = join(root, 'node_modules/.bin/node');
  return spawn(node, [join(root, 'cli/main.ts'), 'verify', ...options]);
}

async function run(options: string[], input: string | Uint8Array = '') {
  const child = start(...options);
  const exited = once(child, 'exit');
  // It may end without reading its input.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await exited;
  return { status, stderr, stdout, answers: stdout.split('\n').filter((line) => line !== '') };
}

const verify = (input: string | Uint8Array) => run(['--trust', trustFile, '--jsonl', '-'], input);

describe('lines', () => {
  test('every line has its answer, in order, whatever it holds', async () => {
    const nested = `${'{"a":'.repeat(7)}1${'}'.repeat(7)}`;
    const lines: [string, unknown, string | null][] = [
      [good('1'), '1', null],
      ['not json', null, 'request.malformed'],
      ['', null, 'request.truncated'],
      [good('2').slice(0, -1), null, 'request.truncated'],
      [`${good('3')}}`, null, 'request.trailing'],
      [`${good('4')} ${good('5')}`, null, 'request.trailing'],
      [`\ufeff${good('6')}`, null, 'request.malformed'],
      [good('7').replace('{', '{"id":"6",'), null, 'request.duplicate_key'],
      [good('8').replace('"context":{}', '"context":{"a":1,"\\u0061":2}'), null, 'request.duplicate_key'],
      [nested, null, 'request.too_deep'],
      [`[${'1,'.repeat(128)}1]`, null, 'request.too_many_items'],
      ['[]', null, 'request.wrong_type'],
      ['null', null, 'request.wrong_type'],
      ['{}', null, 'request.wrong_type'],
      [good('9').replace('transit-qr', 'nfc'), '9', 'request.unknown_family'],
      [good('10').replace('transit-qr', '__proto__'), '10', 'request.unknown_family'],
      [good('11').replace('"transit-qr"', '7'), '11', 'request.wrong_type'],
      [good('12').replace('"12"', '12'), 12, 'request.wrong_type'],
      [good('13').replace('"13"', '{"x":1}'), null, 'request.wrong_type'],
      [good('14').replace('"hex"', '"code"'), '14', 'request.wrong_type'],
      [good('15').replace(hex, `${hex}0`), '15', 'request.wrong_type'],
      [good('16').replace(`"${hex}"`, '332'), '16', 'request.wrong_type'],
      [good('17').replace('"context":{}', '"context":{"mode":"dda"}'), '17', 'request.wrong_type'],
      // Families that need none are shown without a context.
      [good('18').replace(',"context":{}', ''), '18', null],
      [good('19').replace('"context":{}', '"context":{},"scene":"x"'), '19', 'request.wrong_type'],
      [good('20').replace(at, '2026-11-20T08:00:00'), '20', 'request.wrong_type'],
      [good('21').replace(at, '2026-02-30T08:00:00Z'), '21', 'request.wrong_type'],
      [`  ${good('22')}\t\r`, '22', null],
    ];
    const { status, stderr, answers } = await verify(lines.map(([line]) => line).join('\n'));
    expect([status, stderr]).toEqual([0, '']);
    const parsed = answers.map((answer) => JSON.parse(answer));
    expect(parsed.map(({ id, reason }) => [id, reason ?? null])).toEqual(
      lines.map(([, id, reason]) => [id, reason]),
    );
    for (const { ok, code, reason, facts, checks } of parsed) {
      if (reason === undefined) expect([ok, code]).toEqual([true, 'proof.ok']);
      else
        expect({ ok, code, facts, checks }).toEqual({
          ok: false,
          code: 'request.malformed',
          facts: null,
          checks: [],
        });
    }
  });

  test('bytes that are no UTF-8, and a line that is too long, are answered and the run goes on', async () => {
    const latin1 = Buffer.from(good('é'), 'latin1');
    const long = Buffer.alloc(6_000_000, 0x20);
    const input = Buffer.concat([latin1, Buffer.from('\n'), long, Buffer.from(`\n${good('last')}\n`)]);
    const { status, answers } = await verify(input);
    expect(status).toBe(0);
    expect(answers.map((answer) => JSON.parse(answer)).map(({ id, reason }) => [id, reason])).toEqual([
      [null, 'request.malformed'],
      [null, 'request.too_large'],
      ['last', undefined],
    ]);
  });

  test('nothing in, nothing out', async () => {
    expect(await verify('')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('a thousand lines keep their order', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => (i % 50 === 0 ? good(String(i)) : `{"id":"${i}"}`));
    const { status, answers } = await verify(`${lines.join('\n')}\n`);
    expect(status).toBe(0);
    expect(answers.map((answer) => JSON.parse(answer).id)).toEqual(lines.map((_, i) => String(i)));
  });

  test('an answer does not wait for the next line', async () => {
    const child = start('--trust', trustFile, '--jsonl', '-');
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (const id of ['a', 'b']) {
      child.stdin.write(`${good(id)}\n`);
      const { value } = await answers.next();
      expect(JSON.parse(String(value))).toMatchObject({ id, ok: true });
    }
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('a reader that goes away ends it quietly', async () => {
    const child = start('--trust', trustFile, '--jsonl', '-');
    const stderr = text(child.stderr);
    child.stdin.on('error', () => {});
    child.stdin.write(`${good('1')}\n`);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.stdin.end(`${good('2')}\n`.repeat(2000));
    const [status] = await once(child, 'exit');
    expect([status, await stderr]).toEqual([141, '']);
  });
});

describe('what cannot be used', () => {
  const lines = file('lines.jsonl', `${good('1')}\n`);

  test.each<[string, string[], RegExp]>([
    ['no options', [], /--trust <file>/],
    ['no lines', ['--trust', trustFile], /--jsonl <file>/],
    ['an unknown option', ['--trust', trustFile, '--jsonl', lines, '--policy', 'x'], /--policy/],
    [
      'no trust file',
      ['--trust', join(folder, 'none'), '--jsonl', lines],
      /cannot read the trust file .*ENOENT/,
    ],
    ['trust that is no JSON', ['--trust', lines, '--jsonl', lines], /anchors|no usable JSON/],
    [
      'trust with a name twice',
      ['--trust', file('twice.json', '{"anchors":[],"anchors":[]}'), '--jsonl', lines],
      /request\.duplicate_key/,
    ],
    [
      'trust of another shape',
      ['--trust', file('shape.json', '{"anchors":[{"family":"transit-qr"}]}'), '--jsonl', lines],
      /anchors\/0: .*caRecordHex/,
    ],
    ['no lines file', ['--trust', trustFile, '--jsonl', join(folder, 'none')], /ENOENT/],
    ['a folder for lines', ['--trust', trustFile, '--jsonl', folder], /EISDIR/],
  ])('%s: status 2 and a word why', async (_name, options, message) => {
    const { status, stdout, stderr } = await run(options);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([status, stdout]).toEqual([2, '']);
  });

  test('help is status 0 and has an example', async () => {
    const { status, stdout } = await run(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\$ onecard verify --trust trust\.json --jsonl taps\.jsonl/);
  });
});
