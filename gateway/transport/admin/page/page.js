// The page at `/` of the address for operators. All it shows comes from /metrics, /mode, /readyz and /about, as anybody
// who may ask those could show it.
/** English stands in the page itself. */
const WORDS = {
  en: {
    token_wrong: 'This is not the token.',
    since: 'since',
    forced: 'set by an operator',
    slow: 'slow: JavaScript',
    no_list: 'no list',
    age: (seconds) => `${seconds} s old`,
    none: 'None yet.',
    ready: 'ready',
    not_ready: 'not ready',
    gone: 'no answer',
    cluster: 'Cluster',
  },
  zh: {
    about:
      '本网关位于闸机、柜台与城市一卡通中央平台之间：验证读到的内容，作出判定，保存判定，并在几毫秒内答复。',
    token_asked: '管理令牌（admin.token_file）。只保存在本页面中，关闭即忘。',
    token_send: '显示',
    token_wrong: '令牌不对。',
    taps: '判定',
    per_second: '次/秒',
    latency: '从刷卡到答复',
    mode: '模式',
    since: '自',
    forced: '由运维人员设定',
    engine: '签名引擎',
    slow: '较慢：JavaScript',
    gates: '已连接闸机',
    cards: '名单上的卡',
    no_list: '没有名单',
    age: (seconds) => `${seconds} 秒前`,
    decisions: '启动以来各代码的判定',
    none: '尚无。',
    ready: '就绪',
    not_ready: '未就绪',
    gone: '没有响应',
    try: '试一个乘车码',
    try_about: '演示城市的一位乘客在柜台出示乘车码。',
    try_fresh: '出示新码',
    try_again: '再次出示',
    try_forged: '出示伪造的码',
    read_on: '继续阅读',
    cluster: '集群',
  },
};
const PAUSE_MS = 2_000;
/** Over which latency is told, and how many points the line has. */
const WINDOW = 6;
const POINTS = 60;

const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
const words = WORDS[language];
const number = new Intl.NumberFormat(language);
const at = (id) => document.getElementById(id);
const put = (id, text) => {
  at(id).textContent = text;
};

let token = null;
let samples = [];

document.documentElement.lang = language;
for (const element of document.querySelectorAll('[data-word]'))
  element.textContent = words[element.dataset.word] ?? element.textContent;

async function ask(path, method = 'GET') {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(path, { method, headers, cache: 'no-store' });
  if (response.status === 401) throw new Unauthorised();
  return response;
}

class Unauthorised extends Error {}

/** Every sample of the text that Prometheus reads. */
function readMetrics(text) {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name, labels = '', value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text])),
    value: Number(value),
  }));
}

function sampleOf(metrics) {
  const codes = new Map();
  const buckets = new Map();
  for (const { name, labels, value } of metrics) {
    if (name === 'onecard_decisions_total') {
      const known = codes.get(labels.code)?.count ?? 0;
      codes.set(labels.code, { outcome: labels.outcome, count: known + value });
    }
    if (name === 'onecard_tap_seconds_bucket') buckets.set(labels.le, (buckets.get(labels.le) ?? 0) + value);
  }
  const total = [...codes.values()].reduce((sum, { count }) => sum + count, 0);
  return { atMs: performance.now(), codes, buckets, total };
}

/** Milliseconds below which this part of the taps between two samples was answered; null without any. */
function quantile(part, before, now) {
  const steps = [...now.buckets]
    .map(([le, count]) => ({
      le: le === '+Inf' ? Infinity : Number(le),
      count: count - (before?.buckets.get(le) ?? 0),
    }))
    .sort((a, b) => a.le - b.le);
  const all = steps.at(-1)?.count ?? 0;
  if (all === 0) return null;
  let below = { le: 0, count: 0 };
  for (const step of steps) {
    if (step.count >= part * all) {
      if (step.le === Infinity) return below.le * 1_000;
      const share = (part * all - below.count) / Math.max(1, step.count - below.count);
      return (below.le + share * (step.le - below.le)) * 1_000;
    }
    below = step;
  }
  return below.le * 1_000;
}

const shortly = (ms) => (ms === null ? '–' : ms < 10 ? ms.toFixed(1) : number.format(Math.round(ms)));

function rates() {
  return samples.slice(1).map((sample, i) => {
    const before = samples[i];
    return Math.max(0, (sample.total - before.total) / ((sample.atMs - before.atMs) / 1_000));
  });
}

function drawLine(values) {
  const most = Math.max(1, ...values);
  const step = 300 / (POINTS - 1);
  const from = 300 - (values.length - 1) * step;
  const points = values.map(
    (value, i) => `${(from + i * step).toFixed(1)},${(57 - (value / most) * 54).toFixed(1)}`,
  );
  at('line').firstElementChild.setAttribute('d', points.length > 1 ? `M${points.join('L')}` : '');
}

const STANDING = { allow: 'good', deny: 'bad', refer: 'refer' };

function drawCodes({ codes }) {
  const rows = [...codes].sort(([, a], [, b]) => b.count - a.count);
  const most = rows[0]?.[1].count ?? 1;
  const list = at('codes');
  list.replaceChildren(
    ...rows.map(([code, { outcome, count }]) => {
      const [row, name, track, bar, told] = ['li', 'code', 'div', 'div', 'span'].map((tag) =>
        document.createElement(tag),
      );
      name.textContent = code;
      track.className = `track ${STANDING[outcome] ?? ''}`;
      bar.className = 'bar';
      bar.style.width = `${Math.max(0.5, (100 * count) / most)}%`;
      track.append(bar);
      told.className = 'count';
      told.textContent = number.format(count);
      row.append(name, track, told);
      return row;
    }),
  );
  if (rows.length === 0) list.textContent = words.none;
}

function show(metrics, mode, ready) {
  const now = sampleOf(metrics);
  // A gateway that was started again counts from nothing.
  if (now.total < (samples.at(-1)?.total ?? 0)) samples = [];
  samples = [...samples, now].slice(-POINTS - 1);
  const seen = rates();
  put('rate', seen.length === 0 ? '–' : number.format(Math.round(seen.at(-1))));
  drawLine(seen);
  const before = samples.length > 1 ? samples.at(-Math.min(WINDOW, samples.length)) : null;
  put('p50', shortly(quantile(0.5, before, now)));
  put('p99', shortly(quantile(0.99, before, now)));
  drawCodes(now);
  put('mode', mode.mode);
  at('mode').className = `figure ${mode.mode === 'live' ? 'good' : mode.mode === 'closed' ? 'bad' : 'refer'}`;
  const since = new Date(mode.since).toLocaleTimeString(language);
  put('since', `${words.since} ${since}${mode.forced ? `, ${words.forced}` : ''}`);
  const value = (name) => metrics.find((each) => each.name === name)?.value ?? 0;
  const engine = metrics.find(({ name, value }) => name === 'onecard_engine_info' && value === 1)?.labels
    .engine;
  put('engine', engine ?? '–');
  put('engine-about', engine === 'portable' ? words.slow : '');
  put('gates', number.format(value('onecard_connections')));
  put('cards', number.format(value('onecard_listed_cards')));
  const { list_age_ms: ageMs } = ready.checks;
  put('cards-age', ageMs === null ? words.no_list : words.age(number.format(Math.round(ageMs / 1_000))));
  setState(ready.ok ? words.ready : words.not_ready, ready.ok);
  at('shown').hidden = false;
  at('ask').hidden = true;
}

function setState(text, isGood) {
  put('state', text);
  at('state').className = `badge ${isGood ? 'good' : 'bad'}`;
}

function link(text, to) {
  const [item, anchor] = ['li', 'a'].map((tag) => document.createElement(tag));
  anchor.textContent = text;
  anchor.href = to;
  item.append(anchor);
  return item;
}

async function about() {
  const { gateway, version, http, canTry, hasCluster, docs } = await (await ask('/about')).json();
  put('who', `${gateway}, ${version}`);
  document.title = `${gateway} – Onecard Gateway`;
  at('try').hidden = !canTry;
  const pages = docs.map((name) => link(name.replace(/\.md$/, ''), `/docs/${name}`));
  const cluster = hasCluster ? [link(words.cluster, '/cluster')] : [];
  at('links').replaceChildren(...cluster, link('OpenAPI', `${http}/openapi.json`), ...pages);
}

async function look() {
  try {
    if (at('who').textContent === '') await about();
    const [metrics, mode, ready] = await Promise.all(
      ['/metrics', '/mode', '/readyz'].map((path) => ask(path)),
    );
    show(readMetrics(await metrics.text()), await mode.json(), await ready.json());
  } catch (error) {
    if (error instanceof Unauthorised) {
      if (token !== null) put('token-fault', words.token_wrong);
      token = null;
      at('ask').hidden = false;
      at('shown').hidden = true;
      return;
    }
    setState(words.gone, false);
  }
  setTimeout(again, PAUSE_MS);
}

/** A page that nobody sees asks nothing. */
function again() {
  if (document.hidden) document.addEventListener('visibilitychange', again, { once: true });
  else void look();
}

at('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  token = at('token').value;
  at('token').value = '';
  put('token-fault', '');
  void look();
});

for (const button of document.querySelectorAll('[data-try]')) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const { outcome, code } = await (await ask(`/try/${button.dataset.try}`, 'POST')).json();
      put('tried', outcome === undefined ? code : `${outcome}: ${code}`);
      at('tried').className = STANDING[outcome] ?? '';
    } catch {
      put('tried', words.gone);
    }
    button.disabled = false;
  });
}

void look();
