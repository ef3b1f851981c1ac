/** Looks of the page: A4 across when it is printed, and a card for each row on a phone. */
export const PAGE_STYLE = `
@page { size: A4 landscape; margin: 12mm 10mm 14mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1400px; padding: 24px; color: #1b1f24; background: #fff; font: 14px/1.55 "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
h1 { font-size: 22px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 28px 0 8px; }
h3 { font-size: 14px; margin: 18px 0 6px; }
p { margin: 4px 0; }
.quiet { color: #57606a; }
.verdict { border-left: 4px solid #1a7f37; padding: 8px 12px; background: #f0f7f2; margin: 12px 0; }
.verdict.international { border-color: #b35900; background: #fdf5ec; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { border: 1px solid #d0d7de; padding: 6px 8px; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #f6f8fa; font-weight: 600; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
h2, h3 { break-after: avoid; }
code { font: 12px ui-monospace, "Noto Sans Mono", Menlo, Consolas, monospace; }
dl { margin: 0; }
dt { float: left; clear: left; color: #57606a; margin-right: 6px; }
dd { margin: 0; }
.uses col:nth-child(1) { width: 8%; }
.uses col:nth-child(2) { width: 27%; }
.uses col:nth-child(3) { width: 10%; }
.uses col:nth-child(4) { width: 17%; }
.uses col:nth-child(5) { width: 38%; }
.clauses col:nth-child(1) { width: 7%; }
.clauses col:nth-child(2) { width: 6%; }
.clauses col:nth-child(3) { width: 18%; }
.clauses col:nth-child(4) { width: 10%; }
.clauses col:nth-child(5) { width: 35%; }
.clauses col:nth-child(6) { width: 24%; }
.by-gateway { color: #1a7f37; font-weight: 600; }
.by-both { color: #0550ae; font-weight: 600; }
.by-operator { color: #9a4300; font-weight: 600; }
@media print {
  body { max-width: none; padding: 0; font-size: 8.5pt; line-height: 1.4; }
  code { font-size: 7.5pt; }
  .verdict { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
@media screen and (max-width: 760px) {
  body { padding: 16px; font-size: 15px; }
  table, tbody, tr, td { display: block; width: 100%; }
  thead, colgroup { display: none; }
  tr { border: 1px solid #d0d7de; border-radius: 8px; margin: 0 0 12px; padding: 8px 12px; }
  td { border: 0; padding: 4px 0; }
  td[data-label]::before { content: attr(data-label); display: block; color: #57606a; font-size: 12px; }
  td:empty { display: none; }
}
`;
