/** The style of the pages that reports make. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--back:#f6f7f9;--card:#fff;--text:#1b2330;--quiet:#566173;--line:#d9dee6;--bar:#2563ab;--rest:#dfe5ee;--good:#17693a;--good-back:#e0f3e7;--bad:#a3271d;--bad-back:#fbe5e2;--none-back:#e9ecf1}
@media (prefers-color-scheme:dark){:root{--back:#10141b;--card:#181e28;--text:#e6eaf1;--quiet:#a2adbd;--line:#303947;--bar:#6ea8ea;--rest:#2c3543;--good:#86dba6;--good-back:#143323;--bad:#ff9d92;--bad-back:#44201c;--none-back:#272f3b}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.45 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1500px;margin:0 auto;padding:20px 16px}
h1{font-size:1.5rem;margin:0 0 4px}
h2{font-size:1.1rem;margin:28px 0 8px}
p{margin:4px 0}
.quiet,footer,small{color:var(--quiet)}
small{font-size:.85em;display:block}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0;padding:0;list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 16px;min-width:130px}
.tiles b{display:block;font-size:1.6rem;line-height:1.2}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:10px}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:7px 9px;text-align:left;vertical-align:top;border-top:1px solid var(--line);font-weight:400}
thead th{border-top:0;font-weight:600;white-space:nowrap}
tbody th{font-weight:600;min-width:165px}
td .bar{min-width:92px}
.id{white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums}
.bar{display:block;width:100%;min-width:70px;height:6px;margin:3px 0;border-radius:3px}
.bar .whole{fill:var(--rest)}
.bar .part{fill:var(--bar)}
.badge{display:inline-block;border-radius:6px;padding:1px 8px;font-weight:600;white-space:nowrap;background:var(--none-back)}
.badge.met{color:var(--good);background:var(--good-back)}
.badge.missed{color:var(--bad);background:var(--bad-back)}
.warn{color:var(--bad)}
.depth{font-weight:600}
ul.rules{padding-left:20px;max-width:110ch}
footer{max-width:1500px;margin:0 auto;padding:8px 16px 24px;font-size:.85rem}
@media screen and (max-width:860px){
table,tbody,tr,th,td{display:block;width:100%}
table{border:0;background:none}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr{background:var(--card);border:1px solid var(--line);border-radius:10px;margin-bottom:10px;padding:6px 2px}
tbody th{border-top:0;font-size:1.02rem}
tbody td{display:grid;grid-template-columns:38% 1fr;gap:8px;text-align:left;border-top:1px solid var(--line)}
tbody td::before{content:attr(data-column);color:var(--quiet)}
tbody td>div{min-width:0;text-align:left}
tbody td.number{text-align:left}
}
@media print{
@page{size:A4 landscape;margin:10mm}
:root{color-scheme:light;--back:#fff;--card:#fff;--text:#000;--quiet:#444;--line:#bbb;--bar:#2a4d7c;--rest:#ddd;--good:#17693a;--good-back:#fff;--bad:#a3271d;--bad-back:#fff;--none-back:#fff}
body{font-size:8.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,footer{max-width:none;padding:0}
.wide{overflow:visible}
th,td{padding:3px 5px}
tbody th{min-width:0}
tr,li{break-inside:avoid}
thead{display:table-header-group}
h2{break-after:avoid}
.badge{border:1px solid currentColor;padding:0 4px}
.tiles{margin:8px 0}
.tiles li{padding:4px 10px;min-width:0}
.tiles b{font-size:1.2rem}
}
`;
