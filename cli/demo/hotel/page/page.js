/** The guests' page: codes are made anew while it is looked at, and a card lies on the reader or does not. */
const NEW_CODES_MS = 60_000;
const said = document.querySelector('[role=status]');

async function refresh() {
  const reply = await fetch('guests.json');
  for (const { guest, qr, text } of await reply.json()) {
    const article = document.querySelector(`[data-guest="${guest}"]`);
    const svg = article?.querySelector('svg');
    if (svg && qr) {
      svg.setAttribute('viewBox', `0 0 ${qr.size} ${qr.size}`);
      svg.querySelector('path').setAttribute('d', qr.path);
    }
    const code = article?.querySelector('.code');
    if (code && text) code.textContent = text;
  }
}

async function lay(button) {
  const lies = button.getAttribute('aria-pressed') === 'true';
  const reply = await fetch(lies ? 'take' : 'lay', { method: 'POST', body: button.value });
  if (!reply.ok) return;
  for (const other of document.querySelectorAll('button')) other.setAttribute('aria-pressed', 'false');
  button.setAttribute('aria-pressed', String(!lies));
  said.textContent = lies ? said.dataset.taken : said.dataset.laid;
}

for (const button of document.querySelectorAll('button'))
  button.addEventListener('click', () => void lay(button));
setInterval(() => void refresh(), NEW_CODES_MS);
document.addEventListener('visibilitychange', () => document.hidden || void refresh());
