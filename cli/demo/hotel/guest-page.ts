/** A page of the demonstration's guests on loopback: who they are, codes to scan, cards to lay on the reader. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { qrPath } from './qr-svg.ts';
import type { SampleGuest, Words } from './sample-guests.ts';

export interface GuestPage {
  readonly url: string;
  close(): Promise<void>;
}

export interface GuestPageOptions {
  readonly guests: readonly SampleGuest[];
  /** Of the desk: a link. */
  readonly deskUrl: string;
  readonly nowMs: () => number;
  /** Lays the chip of this card on the reader; null: takes away what lies there. */
  readonly onReader: (chip: number | null) => void;
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};
const BODY_BYTES_MAX = 64;
const file = (name: string) => readFileSync(new URL(`./page/${name}`, import.meta.url));

/** Rejects when it cannot listen. */
export async function openGuestPage(options: GuestPageOptions): Promise<GuestPage> {
  const [css, script] = [file('page.css'), file('page.js')];
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string | Buffer) =>
      void response.writeHead(status, { ...HEADERS, 'Content-Type': type }).end(body);
    const path = request.url ?? '';
    if (request.method === 'POST') void takeCard(options, request, response);
    else if (path === '/') send(200, 'text/html; charset=utf-8', html(options));
    else if (path === '/page.css') send(200, 'text/css; charset=utf-8', css);
    else if (path === '/page.js') send(200, 'text/javascript; charset=utf-8', script);
    else if (path === '/guests.json') send(200, 'application/json', JSON.stringify(codes(options)));
    else send(404, 'text/plain; charset=utf-8', 'There is nothing here.');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** From this page alone: another page in the same browser could otherwise lay cards on the reader. */
async function takeCard(
  { guests, onReader }: GuestPageOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const end = (status: number) => void response.writeHead(status, HEADERS).end();
  if (request.headers['sec-fetch-site'] !== 'same-origin') return end(403);
  let body = '';
  for await (const piece of request) {
    body += String(piece);
    if (body.length > BODY_BYTES_MAX) return end(413);
  }
  const chip = guests.find(({ guest }) => guest === body)?.chip ?? null;
  if (request.url === '/lay' && chip !== null) onReader(chip);
  else if (request.url === '/take') onReader(null);
  else return end(404);
  end(204);
}

function codes({ guests, nowMs }: GuestPageOptions) {
  return guests.map(({ guest, code }) => {
    const shown = code(nowMs());
    return {
      guest,
      qr: shown === null ? null : qrPath(shown),
      text: typeof shown === 'string' ? shown : null,
    };
  });
}

const both = ({ zh, en }: Words) => `<span lang="zh">${escaped(zh)}</span> · ${escaped(en)}`;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function html(options: GuestPageOptions): string {
  const shown = new Map(codes(options).map((each) => [each.guest, each]));
  const articles = options.guests.map((each) => article(each, shown.get(each.guest)));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guests · 来宾</title>
<link rel="stylesheet" href="page.css">
<script type="module" src="page.js"></script>
</head>
<body>
<header>
<h1>Guests of the demonstration · <span lang="zh">演示来宾</span></h1>
<p>Check them in at <a href="${escaped(options.deskUrl)}">the desk</a>: hold a code before its camera, paste one, or lay a card on its reader.</p>
<p lang="zh">请到前台办理入住：用摄像头扫码、粘贴代码，或把卡放到读卡器上。</p>
<p role="status" data-laid="The card lies on the reader. · 卡已放到读卡器上。" data-taken="The reader is empty. · 读卡器上没有卡。"></p>
</header>
<main>
${articles.join('\n')}
</main>
</body>
</html>
`;
}

function article(
  { guest, person, pin, story, expect, chip }: SampleGuest,
  shown: ReturnType<typeof codes>[number] | undefined,
): string {
  const { familyName, givenName, nativeName, documentNumber, birthDate } = person;
  const latin = `${givenName} ${familyName}`;
  const name =
    nativeName === null
      ? escaped(latin)
      : `<span lang="zh">${escaped(nativeName)}</span> · ${escaped(latin)}`;
  const { qr = null, text = null } = shown ?? {};
  return `<article data-guest="${escaped(guest)}">
<h2>${name}</h2>
<p>${both(story)}</p>
<dl>
<dt><span lang="zh">证件号码</span> · Document</dt><dd>${escaped(documentNumber)}</dd>
<dt><span lang="zh">出生日期</span> · Born</dt><dd>${escaped(birthDate)}</dd>
${pin === null ? '' : `<dt><span lang="zh">密码</span> · PIN</dt><dd>${escaped(pin)}</dd>`}
</dl>
${qr === null ? '' : `<svg role="img" aria-label="QR" viewBox="0 0 ${qr.size} ${qr.size}"><path d="${qr.path}"></path></svg>`}
${text === null ? '' : `<p class="code">${escaped(text)}</p>`}
${chip === null ? '' : `<button type="button" value="${escaped(guest)}" aria-pressed="false"><span lang="zh">放到读卡器</span> · Lay it on the reader</button>`}
<p class="expect">${both(expect)}</p>
</article>`;
}
