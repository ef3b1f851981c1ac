/** The console's files: only those that were built, each under the policy it needs. */
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from './desk.rig.ts';

let desk: ComposedDesk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk?.stop());

const pathsIn = (text: string) => [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');

test('the page is under a policy that lets nothing in from elsewhere and nothing inline, and is kept by nobody', async () => {
  const page = await fetch(`${desk.url}/`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = page.headers.get('content-security-policy') ?? '';
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    expect(policy.split('; ')).toContain(rule);
  }
  expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
  expect(page.headers.get('permissions-policy')).toBe('camera=(self), serial=(self)');
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  const text = await page.text();
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
  const paths = pathsIn(text);
  expect(paths.length).toBeGreaterThanOrEqual(3);
  for (const path of paths) {
    expect(path).toMatch(/^\/assets\/[\w.-]+-[\w-]{8}\.\w+$/);
    const file = await fetch(desk.url + path);
    expect([path, file.status]).toEqual([path, 200]);
    expect(file.headers.get('cache-control')).toContain('immutable');
    // Only a folder of its own has a policy that compiles WebAssembly.
    expect(file.headers.get('content-security-policy')).not.toContain('unsafe');
  }
});

test('what is compressed is the same', async () => {
  const text = await (await fetch(`${desk.url}/`)).text();
  const script = pathsIn(text).find((path) => path.endsWith('.js')) ?? '';
  const [brotli, plain] = await Promise.all(
    ['br', 'identity'].map((accept) =>
      fetch(desk.url + script, { headers: { 'Accept-Encoding': accept } }).then(async (answer) => ({
        encoding: answer.headers.get('content-encoding'),
        text: await answer.text(),
      })),
    ),
  );
  expect([brotli?.encoding, plain?.encoding]).toEqual(['br', null]);
  expect(brotli?.text).toBe(plain?.text);
});

test.each([
  '/assets/../index.html',
  '/assets/%2e%2e/index.html',
  '/assets/..%2findex.html',
  '/assets/%2fetc%2fpasswd',
  '/workers/..%5c..%5cmain.tsx',
  '/assets/',
  '/index.html',
  '/main.tsx',
])('no other path is a file: %s', async (path) => {
  // As it stands: fetch would make it another path.
  const { port } = new URL(desk.url);
  const [answer] = await once(request({ host: '127.0.0.1', port, path }).end(), 'response');
  answer.resume();
  expect(answer.statusCode).toBe(404);
});
