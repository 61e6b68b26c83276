import type { Command, Selector } from './command.ts';
import { lastingMs } from './lasting.ts';
import { quoted } from './quote.ts';
import {
  type Checked,
  environmentFlags,
  invalid,
  selectorFlags,
  selectorValue,
  unknownArgument,
} from './selector-arguments.ts';
import { firstToken } from './tokens.ts';
import type { ToolArguments } from './tool-arguments.ts';

const longestReason = 500;
const usage =
  'Write which project, for how long if that matters, and why: `/suspend network 4h the database is being moved`. `-d DIR`, `-l LABEL` and `-e ENVIRONMENT` choose several.';

type Lists = { [kind in keyof Required<Selector>]: string[] };
type Read = {
  readonly selector: Selector;
  /** Null: no name stands there alone. */
  readonly bare: string | null;
  /** As it was written. */
  readonly rest: string;
};

const isDash = (token: string): boolean => /^[-\u2013\u2014]/u.test(token);

/** Selectors first, each with its value, then one word alone, which is a project's name. Whatever comes then is left. */
const readWhich = (
  verb: 'suspend' | 'resume',
  text: string,
  tools: ToolArguments,
  known: Selector | null = null,
): Checked<Read> => {
  const lists: Lists = { names: [], dirs: [], workspaces: [], labels: [], environments: [] };
  for (const kind of ['names', 'dirs', 'workspaces', 'labels', 'environments'] as const)
    lists[kind].push(...(known?.[kind] ?? []));
  const unreadable = (why: string) =>
    invalid(why, 'Quote a value as `-p "two words"`, all on the first line.');
  for (let rest = text; ; ) {
    const first = firstToken(rest);
    const { environments, ...others } = lists;
    const selector = { ...others, ...(environments.length === 0 ? {} : { environments }) };
    // A reason may begin with a quote that nothing ends.
    if ('unreadable' in first) {
      const isSelected = Object.values(lists).some((list) => list.length > 0);
      return isSelected && verb === 'suspend'
        ? { value: { selector, bare: null, rest } }
        : unreadable(first.unreadable);
    }
    const { token } = first;
    if (token === null) return { value: { selector, bare: null, rest: '' } };
    if (!isDash(token)) return { value: { selector, bare: token, rest } };
    const equals = token.indexOf('=');
    const flag = equals > 0 ? token.slice(0, equals) : token;
    const kind = environmentFlags.includes(flag)
      ? 'environments'
      : Object.hasOwn(selectorFlags, flag)
        ? selectorFlags[flag]
        : undefined;
    if (kind === undefined) return unknownArgument(token, tools, verb);
    let value = token.slice(equals + 1);
    rest = first.rest;
    if (flag === token) {
      const next = firstToken(rest);
      if ('unreadable' in next) return unreadable(next.unreadable);
      value = next.token ?? '';
      rest = next.rest;
    }
    const checked = selectorValue(kind, flag, value);
    if ('problem' in checked) return checked;
    if (!lists[kind].includes(checked.value)) lists[kind].push(checked.value);
  }
};

const isChosen = ({ names, dirs, workspaces, labels, environments = [] }: Selector): boolean =>
  [names, dirs, workspaces, labels, environments].some((list) => list.length > 0);

/** One word without a flag: the name of a project. */
const withName = (selector: Selector, word: string): Checked<Selector> => {
  const checked = selectorValue('names', '-p', word);
  return 'problem' in checked
    ? checked
    : { value: { ...selector, names: [...selector.names, checked.value] } };
};

/**
 * `/suspend WHICH [4h] REASON`. What is meant has to be named: a word that was meant as a reason must not
 * suspend everything, nor must a name be taken for a reason.
 */
export const readSuspend = (text: string, tools: ToolArguments): Checked<Command> => {
  const read = readWhich('suspend', text, tools);
  if ('problem' in read) return read;
  let { selector, rest } = read.value;
  if (!isChosen(selector)) {
    const { bare } = read.value;
    if (bare === null || lastingMs(bare) !== null)
      return invalid('`suspend` needs to be told which project is meant.', usage);
    const named = withName(selector, bare);
    if ('problem' in named) return named;
    selector = named.value;
    const first = firstToken(rest);
    rest = 'rest' in first ? first.rest : '';
  }
  const word = /^[ \t\u00a0]*(\S*)/u.exec(rest)?.[1] ?? '';
  const lastsMs = lastingMs(word);
  if (lastsMs === null && /^\d+[a-z]{0,7}$/iu.test(word))
    return invalid(
      `${quoted(word)} is no time that \`suspend\` reads.`,
      `Times are written as \`90m\`, \`4h\` or \`2d\`. ${usage}`,
    );
  if (lastsMs !== null) rest = rest.slice(rest.indexOf(word) + word.length);
  const reason = rest.replace(/^[ \t\u00a0]+|[ \t\u00a0]+$/g, '');
  if (reason === '') return invalid('`suspend` needs a reason.', usage);
  // Most likely a selector behind a name, or behind a dash that a phone has put in.
  if (isDash(reason)) return unknownArgument(reason.split(/\s/u)[0] ?? reason, tools, 'suspend');
  if (reason.length > longestReason)
    return invalid(`The reason is longer than ${longestReason} characters.`, usage);
  return { value: { verb: 'suspend', selector, extra: [], suspension: { lastsMs, reason } } };
};

/** `/resume WHICH`: several names may stand there. Alone it is about the projects of its pull request. */
export const readResume = (text: string, tools: ToolArguments): Checked<Command> => {
  let selector: Selector | null = null;
  for (let rest = text; ; ) {
    const read: Checked<Read> = readWhich('resume', rest, tools, selector);
    if ('problem' in read) return read;
    const { bare } = read.value;
    selector = read.value.selector;
    if (bare === null) return { value: { verb: 'resume', selector, extra: [] } };
    const named = withName(selector, bare);
    if ('problem' in named) return named;
    if (!selector.names.includes(bare)) selector = named.value;
    const first = firstToken(read.value.rest);
    rest = 'rest' in first ? first.rest : '';
  }
};
