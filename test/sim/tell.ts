import type { Happening, Story, Webhook } from './story.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const hookWords = (hook: Webhook): string => {
  if (hook === 'once') return '';
  if (typeof hook === 'number') return `, its webhook ${seconds(hook)} late`;
  return hook === 'lost' ? ', its webhook lost' : ', its webhook twice';
};

const words = (what: Happening): string => {
  switch (what.kind) {
    case 'push':
      return `#${what.pull}: push to ${what.to}${hookWords(what.webhook)}`;
    case 'comment':
      return `#${what.pull}: ${what.by} comments ${what.text}${hookWords(what.webhook)}`;
    case 'approve':
    case 'take back':
      return `#${what.pull}: ${what.by} ${what.kind === 'approve' ? 'approves' : 'takes the approval back'}${hookWords(what.webhook)}`;
    case 'merge':
      return `#${what.pull}: ${what.kind} (${what.way})${hookWords(what.webhook)}`;
    case 'close':
    case 'reopen':
      return `#${what.pull}: ${what.kind}${hookWords(what.webhook)}`;
    case 'base moves':
      return `main: a change in ${what.in}`;
    case 'world changes':
      return `the world of ${what.in} is ${what.back ? 'as it was applied again' : 'changed by somebody'}`;
    case 'comment on issue':
      return `the issue of ${what.of}: ${what.by} comments ${what.text}${hookWords(what.webhook)}`;
    case 'tag':
      return `a tag of the next version is put on main${hookWords(what.webhook)}`;
    case 'tag moves':
      return `the highest tag is moved to main${hookWords(what.webhook)}`;
    case 'tag goes':
      return `the highest tag is deleted${hookWords(what.webhook)}`;
    case 'tick':
      return 'time goes by';
    case 'tool':
      return `the next ${what.verb} ${what.how}`;
    case 'crash':
      return `the server dies ${what.when} its call ${what.at}, back after ${seconds(what.downMs)}${
        what.again === null ? '' : `, and dies again at call ${what.again}`
      }`;
    case 'reboot':
      return `the machine goes down for ${seconds(what.downMs)}`;
    case 'forge away':
      return `the forge is away for ${seconds(what.ms)}`;
    case 'forge limits':
      return `the forge limits, retry after ${what.retryAfterMs === null ? 'it does not say' : seconds(what.retryAfterMs)}`;
    case 'forge loses answers':
    case 'forge has it no more':
    case 'fetch fails':
      return `${what.kind}, ${what.count} times`;
    case 'clock jumps':
      return `the clock jumps by ${seconds(what.ms)}`;
    default: {
      const never: never = what;
      return never;
    }
  }
};

/** For people: the cast, then a line per event. */
export const tell = (story: Story): string => {
  const { projects, modes, guarded, pulls, parallelRuns, events } = story;
  const needs = guarded === null ? '' : `, ${guarded} needs an approval`;
  let at = 0;
  const lines = events.map(({ after, what }) => {
    at += after;
    return `  ${seconds(at).padStart(10)}  ${words(what)}`;
  });
  return [
    `seed ${story.seed}: ${pulls} pull requests by ada over ${projects.map((name, index) => `${name} (${modes[index]})`).join(', ')}${needs}, ${parallelRuns} runs at a time`,
    ...lines,
  ].join('\n');
};
