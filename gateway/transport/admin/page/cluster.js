// The page at `/cluster` of the address for operators. All it shows comes from /v1/cluster.
import { said, WORDS } from '/cluster-words.js';

const PAUSE_MS = 2_000;
const OUTAGES_MAX = 20;

const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
const words = WORDS[language];
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const at = (id) => document.getElementById(id);
const put = (id, text) => {
  at(id).textContent = text;
};

let token = null;

document.documentElement.lang = language;
for (const element of document.querySelectorAll('[data-word]'))
  element.textContent = words[element.dataset.word] ?? element.textContent;
const labels = [...document.querySelectorAll('th')].map((head) => head.textContent);

class Unauthorised extends Error {}
class NoCluster extends Error {}

async function ask() {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch('/v1/cluster', { headers, cache: 'no-store' });
  if (response.status === 401) throw new Unauthorised();
  if (response.status === 404) throw new NoCluster();
  if (!response.ok) throw new Error(String(response.status));
  return await response.json();
}

function made(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function spanOf(ms) {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return words.span(number.format(seconds), 's');
  return seconds < 7_200
    ? words.span(number.format(Math.round(seconds / 60)), 'min')
    : words.span(number.format(Math.round(seconds / 3_600)), 'h');
}

const msText = (ms) => (ms === null ? '–' : ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));
const timeOf = (ms) => new Date(ms).toLocaleTimeString(language);

/** What a cell says, and how that stands: good, bad, refer, or nothing of these. */
function stateCell({ state, heard_at_ms, word }, nowMs) {
  if (state === 'gone') return [words.gone_for(spanOf(nowMs - heard_at_ms)), 'bad'];
  if (state === 'left') return [words.left(spanOf(nowMs - heard_at_ms)), ''];
  if (word.leaving) return [words.states.leaving, 'refer'];
  if (state === 'quiet') return [words.states.quiet, 'refer'];
  return word.ready ? [words.states.ready, 'good'] : [words.states.not_ready, 'bad'];
}

function storeCell({ store }, nowMs) {
  if (store === null) return ['–', ''];
  if (!store.reachable) return [words.silent(spanOf(nowMs - store.since_ms)), 'bad'];
  return [store.p50_ms === null ? words.answers : `${msText(store.p50_ms)} / ${msText(store.p99_ms)} ms`, ''];
}

function busCell({ bus }, nowMs) {
  if (bus === null) return ['–', ''];
  return bus.reachable
    ? [`${msText(bus.round_trip_ms)} ms`, '']
    : [words.cut(spanOf(nowMs - bus.since_ms)), 'bad'];
}

function cellsOf(member, nowMs) {
  const { word, state } = member;
  const speaks = state === 'here' || state === 'quiet';
  const live = (value) => [speaks ? number.format(value) : '–', 'number'];
  const { list, journal, cursors, mode } = word;
  const listText = list.revision === null ? words.no_list : `${list.revision} · ${spanOf(list.age_ms ?? 0)}`;
  const lag = cursors.length === 0 ? '–' : number.format(Math.max(...cursors.map((cursor) => cursor.lag)));
  return [
    [word.gateway, ''],
    stateCell(member, nowMs),
    [mode, mode === 'live' ? 'good' : mode === 'closed' ? 'bad' : 'refer'],
    live(word.taps_per_s),
    live(word.queue),
    [number.format(Math.max(0, journal.written - journal.confirmed)), 'number'],
    [listText, list.revision === null ? 'refer' : ''],
    storeCell(word, nowMs),
    busCell(word, nowMs),
    [lag, 'number'],
    [word.version, ''],
  ];
}

function rowOf(member, nowMs) {
  const row = made('tr', undefined, member.state === 'left' || member.state === 'gone' ? 'silent' : '');
  for (const [i, [text, className]] of cellsOf(member, nowMs).entries()) {
    const cell = made('td', text, className);
    cell.dataset.label = labels[i] ?? '';
    if (i === 0 && member.word.station !== null) cell.append(made('small', member.word.station));
    row.append(cell);
  }
  return row;
}

function problemOf(problem) {
  const [sentence, remedy] = said(problem, language);
  const item = made('li', undefined, `${problem.level}-level`);
  item.append(made('strong', sentence), made('span', remedy, 'quiet'));
  return item;
}

function drawOutages(members) {
  const outages = members
    .flatMap(({ word }) => word.outages.map((outage) => ({ ...outage, gateway: word.gateway })))
    .sort((a, b) => b.to_ms - a.to_ms)
    .slice(0, OUTAGES_MAX);
  at('outages-card').hidden = outages.length === 0;
  at('outages').replaceChildren(
    ...outages.map(({ gateway, accepted, from_ms, to_ms, compared, twice }) => {
      const item = made(
        'li',
        `${words.outage(gateway, number.format(accepted), timeOf(from_ms), timeOf(to_ms))} `,
      );
      const became =
        compared === null ? words.untold : words.compared(number.format(compared), number.format(twice));
      item.append(made('span', became, twice > 0 ? 'refer' : 'quiet'));
      return item;
    }),
  );
}

function show(report) {
  const { cluster, asked, at_ms: nowMs, ok, problems, members } = report;
  put('name', cluster);
  put('who', words.who(asked, number.format(members.length)));
  document.title = `${cluster} – Onecard Gateway`;
  at('problems').replaceChildren(...problems.map(problemOf));
  at('members').replaceChildren(...members.map((member) => rowOf(member, nowMs)));
  drawOutages(members);
  setState(
    ok ? (problems.length === 0 ? words.well : words.works) : words.wrong,
    ok ? (problems.length === 0 ? 'good' : 'refer') : 'bad',
  );
  at('shown').hidden = false;
  at('alone').hidden = true;
  at('ask').hidden = true;
}

function setState(text, className) {
  put('state', text);
  at('state').className = `badge ${className}`;
}

async function look() {
  try {
    show(await ask());
  } catch (error) {
    if (error instanceof Unauthorised) {
      if (token !== null) put('token-fault', words.token_wrong);
      token = null;
      at('ask').hidden = false;
      at('shown').hidden = true;
      return;
    }
    if (error instanceof NoCluster) {
      at('alone').hidden = false;
      return;
    }
    setState(words.gone, 'bad');
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

void look();
