// What the page cannot do by itself: follow the log of a run that goes on, and search in it. Everything that comes from a
// tool goes into text nodes; class names are our own and checked once more.
const log = document.getElementById('log');
const steps = document.getElementById('steps');
const live = document.getElementById('live');
const tools = document.getElementById('tools');
const follow = document.getElementById('follow');
const search = document.getElementById('search');
const hits = document.getElementById('hits');

/** Lines that stay in the page; what was above is in the download. */
const mostLines = 5000;
const ours = /^(?:ansi-[a-z-]+ ?)*$/;

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

const fill = (line, pieces) => {
  for (const { look, text } of pieces)
    line.append(look && ours.test(look) ? element('span', look, text) : document.createTextNode(text));
};

const linesOf = ({ step, command }) => {
  const found = document.querySelector(`[data-step="${Number(step)}"] > .lines`);
  if (found) return found;
  const box = element('div', 'step');
  box.id = `step-${Number(step)}`;
  box.dataset.step = String(Number(step));
  const lines = element('div', 'lines');
  box.append(element('h3', '', command), lines);
  steps.append(box);
  return lines;
};

const trim = (lines) => {
  const over = lines.childElementCount - mostLines;
  if (over <= 0) return;
  let gap = lines.querySelector('.gap');
  if (!gap) {
    gap = element('div', 'gap', '… what was here is in the download …');
    lines.prepend(gap);
  }
  for (let left = over; left > 0 && gap.nextElementSibling; left -= 1) gap.nextElementSibling.remove();
};

const add = (chunk) => {
  const lines = linesOf(chunk);
  if (chunk.left > 0)
    lines.append(element('div', 'gap', `… ${chunk.left.toLocaleString('en')} bytes are not shown here …`));
  const made = document.createDocumentFragment();
  const last = lines.lastElementChild;
  const isJoined = chunk.joins && last?.classList.contains('line');
  if (isJoined && chunk.lines.length > 0) fill(last, chunk.lines[0]);
  for (const pieces of isJoined ? chunk.lines.slice(1) : chunk.lines) {
    const line = element('div', 'line');
    fill(line, pieces);
    made.append(line);
  }
  lines.append(made);
  trim(lines);
  if (follow.checked) window.scrollTo(0, document.documentElement.scrollHeight);
  if (search.value) find();
};

/** The rest of the page as it is now: state, times, what was planned. */
const refresh = async () => {
  const answer = await fetch(location.href, { credentials: 'same-origin' });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('about');
  if (fresh) document.getElementById('about').replaceWith(document.adoptNode(fresh));
};

const listen = (address) => {
  const events = new EventSource(address);
  live.textContent = 'live';
  events.addEventListener('lines', (event) => add(JSON.parse(event.data)));
  events.addEventListener('changed', () => void refresh().catch(() => undefined));
  events.addEventListener('over', () => {
    events.close();
    live.textContent = '';
    void refresh().catch(() => undefined);
  });
  // The browser asks again by itself and says where it stopped, unless it was told no.
  events.addEventListener('error', () => {
    live.textContent = events.readyState === EventSource.CLOSED ? 'reload to see more' : 'connecting again …';
  });
  events.addEventListener('open', () => {
    live.textContent = 'live';
  });
};

let at = -1;
const all = () => [...document.querySelectorAll('#log .line')];
const find = () => {
  const wanted = search.value.toLowerCase();
  let count = 0;
  for (const line of all()) {
    const isHit = wanted !== '' && line.textContent.toLowerCase().includes(wanted);
    line.classList.toggle('hit', isHit);
    line.classList.remove('now');
    if (isHit) count += 1;
  }
  hits.textContent = wanted === '' ? '' : count === 1 ? '1 line' : `${count} lines`;
};
const go = (by) => {
  const found = [...document.querySelectorAll('#log .line.hit')];
  if (found.length === 0) return;
  for (const line of found) line.classList.remove('now');
  at = (at + by + found.length) % found.length;
  found[at].classList.add('now');
  found[at].scrollIntoView({ block: 'center' });
  hits.textContent = `${at + 1} of ${found.length} lines`;
  follow.checked = false;
};

tools.hidden = false;
search.addEventListener('input', () => {
  at = -1;
  find();
});
search.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') {
    event.preventDefault();
    go(event.shiftKey ? -1 : 1);
  }
});
if (log.dataset.follow) {
  listen(log.dataset.follow);
  // Who scrolls up wants to read.
  addEventListener(
    'wheel',
    (event) => {
      if (event.deltaY < 0) follow.checked = false;
    },
    { passive: true },
  );
} else follow.closest('label').hidden = true;
