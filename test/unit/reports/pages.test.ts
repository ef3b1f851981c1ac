/** Pages that stand alone: nothing from elsewhere, and no text that becomes a part of the page. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { adoptionOf } from '../../../reports/adoption.ts';
import { adoptionPage } from '../../../reports/adoption-page.ts';
import { PointsSeen } from '../../../reports/points-seen.ts';
import { usagePage } from '../../../reports/usage-page.ts';
import type { Language } from '../../../reports/words.ts';
import { pointOf, task } from './plan.rig.ts';

const MARKED = `<img src=x onerror=alert(1)>&"'`;
const points = [pointOf('a', 1), pointOf('b', 1, { accepts: { physical: false, electronic: true } })];

function adoption(language: Language): string {
  const services = [
    task(1, { title: { zh: MARKED, en: MARKED }, categories: ['identity', 'disbursement', 'payment'] }),
    task(2, { kind: 'support', categories: [], card_modes: [], plan: null }),
    task(3, { plan: { '2026': 'ministry' } }),
    task(4, { plan: null }),
  ];
  const seen = { points: new PointsSeen(points), receipts: null };
  return adoptionPage(adoptionOf(services, { points, disbursements: [] }, 2026, seen), language);
}

function usage(language: Language): string {
  const table = {
    by: ['service', 'region'] as const,
    suppressBelow: 10,
    columns: [[MARKED], ['cq']],
    rows: [{ value: MARKED, taps: [null, 12], total: null }],
    columnTotals: [null, 12],
    total: null,
    hidden: 3,
    notProven: 7,
  };
  return usagePage(table, MARKED, language, (value) => value);
}

describe.each<[string, (language: Language) => string]>([
  ['adoption', adoption],
  ['usage', usage],
])('the page of %s', (_what, make) => {
  test.each<Language>(['en', 'zh'])('in %s', (language) => {
    const html = make(language);
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;&#38;&#34;&#39;');
    expect(html).not.toMatch(/<img|<script|\sstyle=|url\(|@import|https?:|undefined|NaN|\[object/i);
    expect(html).toMatch(language === 'zh' ? /<html lang="zh-Hans">/ : /<html lang="en">/);
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    expect(html).toContain(`content="default-src 'none'; style-src 'sha256-${digest}'; img-src data:;`);
  });

  test('is a table to who cannot see it, and every cell says its column on a phone', () => {
    const html = make('en');
    expect(html).toMatch(/<table role="table">\s*<caption>[^<]+<\/caption>/);
    const heads = html.match(/<th role="columnheader" scope="col"/g)?.length ?? 0;
    const rows = html.match(/<th scope="row" role="rowheader"/g)?.length ?? 0;
    expect(heads).toBeGreaterThan(2);
    expect(html.match(/ role="cell" class="\w*" data-column="[^"]+"/g)).toHaveLength((heads - 1) * rows);
  });
});

test('who accepts a card and was never shown one is named on the page, and what has no target says so', () => {
  const html = adoption('en');
  expect(html).toContain('accepted, never shown: <span class="id">a</span>');
  expect(html).toContain('accepted, never shown: <span class="id">b</span>');
  expect(html).toContain('rests with ministries');
  expect(html).toContain('<span class="badge no_target">no target</span>');
  expect(html).toContain('<span class="badge support">supporting task</span>');
  expect(html).toContain('<span class="badge missed">missed by 2</span>');
});
