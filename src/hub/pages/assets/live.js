// Keeps a pull request's page true while things happen. Everything works without it, after a reload.
const live = document.getElementById('live');

for (const select of document.querySelectorAll('select[data-submit]')) {
  select.addEventListener('change', () => select.form.requestSubmit());
  const button = select.form.querySelector('button');
  if (button !== null) button.hidden = true;
}

/** Which folds are open, by what they are about: their text changes while a plan runs. */
const keyOf = (details) => {
  const summary = details.querySelector('summary');
  const name = summary?.querySelector('b, .name') ?? summary;
  return details.dataset.key ?? name?.textContent ?? '';
};

const carryOver = (before, after) => {
  const folds = new Map([...before.querySelectorAll('details')].map((one) => [keyOf(one), one.open]));
  for (const details of after.querySelectorAll('details')) {
    const open = folds.get(keyOf(details));
    if (open !== undefined) details.open = open;
  }
  for (const select of before.querySelectorAll('select')) {
    const next = after.querySelector(`select[name="${CSS.escape(select.name)}"]`);
    if (next !== null) next.value = select.value;
  }
};

const show = (text) => {
  const page = new DOMParser().parseFromString(text, 'text/html');
  const wanted = [...page.querySelectorAll('.item')];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...live.children]) if (!ids.has(item.id)) item.remove();
  let place = live.firstElementChild;
  for (const next of wanted) {
    const old = document.getElementById(next.id);
    const item = document.importNode(next, true);
    if (old === null) {
      item.classList.add('new');
      live.insertBefore(item, place);
    } else {
      if (old.dataset.version !== next.dataset.version) {
        carryOver(old, item);
        old.replaceWith(item);
        place = item.nextElementSibling;
      } else {
        place = old.nextElementSibling;
      }
    }
  }
};

const follow = async () => {
  let wait = 1000;
  try {
    // Somebody about to press a button in what would be replaced is not disturbed.
    const busy = live.contains(document.activeElement) && document.activeElement.matches('select');
    if (!document.hidden && !busy) {
      const answer = await fetch(live.dataset.source, {
        headers: { 'if-none-match': `"${live.dataset.version}"` },
        cache: 'no-store',
      });
      if (answer.status === 200) {
        show(await answer.text());
        live.dataset.version = (answer.headers.get('etag') ?? '').replaceAll('"', '');
      }
      live.classList.toggle('stale', answer.status >= 400);
    }
  } catch {
    // The hub is gone, or on its way back.
    live.classList.add('stale');
    wait = 3000;
  }
  setTimeout(follow, wait);
};

if (live !== null) setTimeout(follow, 1000);
