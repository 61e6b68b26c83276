import type { Command, Recovery, Verb } from './command.ts';
import { everything, isEverything, isLockId } from './command.ts';
import { readOperation } from './operation-arguments.ts';
import { quoted } from './quote.ts';
import { isPolicyName } from './rules/override.ts';
import { scopeOf } from './scope.ts';
import {
  type Checked,
  invalid,
  type SelectorKind,
  selectorFlags,
  selectorValue,
  unknownArgument,
} from './selector-arguments.ts';
import { readResume, readSuspend } from './suspend-arguments.ts';
import { tokenise } from './tokens.ts';
import type { ToolArguments } from './tool-arguments.ts';
import { checkToolArguments } from './tool-arguments.ts';
import { isCommitName } from './trust/trust.ts';

const consumersFlag = '--consumers';
const brokenStateFlag = '--accept-broken-state';
const recoveries = ['acknowledge', 'push-state', 'force-unlock'];
const recoverUsage =
  'Write `/recover` alone to look again, or one of `/recover acknowledge`, `/recover push-state` and `/recover force-unlock LOCK_ID`.';

/** `at` stands on the word of an action; a lock's id is the word behind it. */
const recoveryOf = (tokens: readonly string[], at: number, end: number): Checked<Recovery> => {
  const word = tokens[at];
  if (word === 'acknowledge' || word === 'push-state') return { value: { kind: word } };
  const lockId = at + 1 < end ? (tokens[at + 1] ?? '') : '';
  if (isLockId(lockId)) return { value: { kind: 'force-unlock', lockId } };
  return invalid(
    lockId === '' || lockId.startsWith('-')
      ? '`force-unlock` needs the id of the lock behind it.'
      : `${quoted(lockId)} is not the id of a lock.`,
    'Copy the id from what `/recover` says: letters, digits, `.`, `_`, `:` and `-`, at most 128.',
  );
};

/** `/trust` names a commit and nothing else: it is of all that the commit brings. */
const readCommit = (tokens: readonly string[]): Checked<Command> => {
  const [word = '', ...rest] = tokens;
  const commit = word.toLowerCase();
  const advice =
    'Write `/trust` and at least the first 12 digits of the commit that you have looked at, nothing else.';
  if (word === '') return invalid('`trust` needs the commit behind it.', advice);
  if (rest.length > 0)
    return invalid(`${quoted(rest.join(' '))} is not understood after the commit.`, advice);
  if (/^[0-9a-f]{1,11}$/.test(commit)) return invalid(`${quoted(word)} is too short for a commit.`, advice);
  if (!isCommitName(commit)) return invalid(`${quoted(word)} is not a commit.`, advice);
  return { value: { verb: 'trust', selector: everything, extra: [], commit } };
};

/** Whatever else a plan takes is about projects of this repository, or about how these are planned, which is nobody's to say. */
const readConsumers = (tokens: readonly string[]): Checked<Command> =>
  tokens.length === 1
    ? { value: { verb: 'plan', selector: everything, extra: [], consumers: true } }
    : invalid(
        `\`${consumersFlag}\` stands alone behind \`plan\`.`,
        'Write `/plan --consumers`, nothing else.',
      );

const longestReason = 500;

/** `/approve` names a policy; the rest of the line is the reason, as it was written. */
const readOverride = (text: string): Checked<Command> => {
  const [, policy = '', rest = ''] = /^(\S*)\s*(.*)$/su.exec(text) ?? [];
  const reason = rest.trim();
  const advice =
    'Write `/approve POLICY REASON`, for example `/approve no-public-buckets the site is public`.';
  if (policy === '') return invalid('`approve` needs the name of a policy behind it.', advice);
  if (!isPolicyName(policy)) return invalid(`${quoted(policy)} is not the name of a policy.`, advice);
  if (reason === '') return invalid(`\`approve ${policy}\` needs a reason behind it.`, advice);
  if (reason.length > longestReason)
    return invalid(`The reason is longer than ${longestReason} characters.`, advice);
  return { value: { verb: 'approve', selector: everything, extra: [], override: { policy, reason } } };
};

/** The rest of the line is the reason, as it was written; none of these needs one. */
const readReason = (verb: 'followup' | 'rollback' | 'adopt', text: string): Checked<Command> => {
  const reason = text.trim();
  if (reason.length > longestReason)
    return invalid(
      `The reason is longer than ${longestReason} characters.`,
      `Write \`/${verb}\`, and behind it a short reason or nothing.`,
    );
  return {
    value: { verb, selector: everything, extra: [], ...(reason === '' ? {} : { reason }) },
  };
};

const overrideFlag = /^(.*?)(?<![^ \t\u00a0])--override(?![^ \t\u00a0])(.*)$/su;
const hasOverride = (text: string): boolean => overrideFlag.test(text);
const overrideUsage =
  'Write `/apply -p network --override` and behind it why, for example `--override the site is down, and nobody else is here`.';

/** Selectors first, as ever; the rest of the line is the reason, as it was written. */
const readBreakGlass = (text: string, tools: ToolArguments): Checked<Command> => {
  const [, before = '', rest = ''] = overrideFlag.exec(text) ?? [];
  const read = readArguments('apply', before, tools);
  if ('problem' in read) return read;
  if (read.value.scope !== undefined || before.includes(' -- '))
    return invalid(
      '`--override` goes with projects, and not with `--all` or arguments for the tool.',
      overrideUsage,
    );
  const reason = rest.replace(/^[ \t\u00a0]+|[ \t\u00a0]+$/g, '');
  if (reason === '') return invalid('`--override` needs a reason behind it.', overrideUsage);
  if (reason.length > longestReason)
    return invalid(`The reason is longer than ${longestReason} characters.`, overrideUsage);
  return { value: { ...read.value, breakGlass: { reason } } };
};

/** `/status ENV`: an environment is a word, as a selector's value is. */
const readEnvironment = (word: string): Checked<Command> => {
  const checked = selectorValue('names', 'status', word);
  return 'problem' in checked
    ? checked
    : { value: { verb: 'status', selector: everything, extra: [], environment: checked.value } };
};

/** Reads what follows the verb: selectors, then tool arguments behind `--`. */
export const readArguments = (verb: Verb, text: string, tools: ToolArguments): Checked<Command> => {
  if (verb === 'approve') return readOverride(text);
  if (verb === 'followup' || verb === 'rollback' || verb === 'adopt') return readReason(verb, text);
  if (verb === 'suspend') return readSuspend(text, tools);
  if (verb === 'resume') return readResume(text, tools);
  if (verb === 'apply' && hasOverride(text)) return readBreakGlass(text, tools);
  const read = tokenise(text);
  if ('unreadable' in read)
    return invalid(read.unreadable, 'Quote a value as `-p "two words"`, all on the first line.');
  const selector: Record<Exclude<SelectorKind, 'environments'>, string[]> = {
    names: [],
    dirs: [],
    workspaces: [],
    labels: [],
  };
  const { tokens } = read;
  const end = tokens.includes('--') ? tokens.indexOf('--') : tokens.length;
  if (verb === 'help' && tokens.length > 0)
    return invalid('`help` takes no arguments.', 'Write `/help` alone.');
  if (verb === 'trust') return readCommit(tokens);
  if (verb === 'status' && tokens.length === 1 && !(tokens[0] ?? '').startsWith('-'))
    return readEnvironment(tokens[0] ?? '');
  if (verb === 'plan' && tokens.includes(consumersFlag)) return readConsumers(tokens);
  let recovery: Recovery | null = null;
  let acceptBrokenState = false;
  const words: string[] = [];
  const isScoped = verb === 'plan' || verb === 'apply';
  const scoped = { all: false, noLimit: false, environment: null as string | null };
  for (let index = 0; index < end; index++) {
    const token = tokens[index] ?? '';
    if (verb === 'cancel' && token === brokenStateFlag) {
      acceptBrokenState = true;
      continue;
    }
    if (verb === 'recover' && recoveries.includes(token)) {
      if (recovery !== null) return invalid('Two things are asked for at once.', recoverUsage);
      const checked = recoveryOf(tokens, index, end);
      if ('problem' in checked) return checked;
      recovery = checked.value;
      if (recovery.kind === 'force-unlock') index++;
      continue;
    }
    if ((verb === 'import' || verb === 'state') && !token.startsWith('-')) {
      words.push(token);
      continue;
    }
    if (isScoped && token === '--all') {
      scoped.all = true;
      continue;
    }
    if (verb === 'plan' && token === '--no-limit') {
      scoped.noLimit = true;
      continue;
    }
    const equals = token.indexOf('=');
    const flag = token.startsWith('-') && equals > 0 ? token.slice(0, equals) : token;
    const kind = Object.hasOwn(selectorFlags, flag) ? selectorFlags[flag] : undefined;
    const isEnvironment = isScoped && flag === '--env';
    if (kind === undefined && !isEnvironment)
      return verb === 'recover' && !token.startsWith('-')
        ? invalid(`${quoted(token)} is not understood after \`recover\`.`, recoverUsage)
        : unknownArgument(token, tools, verb);
    let value = '';
    if (flag !== token) {
      value = token.slice(equals + 1);
    } else {
      index++;
      value = index < end ? (tokens[index] ?? '') : '';
    }
    const checked = selectorValue(kind ?? 'names', flag, value);
    if ('problem' in checked) return checked;
    if (kind === undefined) {
      if (scoped.environment !== null) return invalid('`--env` is given twice.', 'Name one environment.');
      scoped.environment = checked.value;
    } else if (!selector[kind].includes(checked.value)) selector[kind].push(checked.value);
  }
  const extra = checkToolArguments(verb, tokens.slice(end + 1), tools);
  if ('problem' in extra) return extra;
  const scope = isScoped ? scopeOf(verb, scoped, !isEverything(selector), extra.extra) : { value: null };
  if ('problem' in scope) return scope;
  const operation = verb === 'import' || verb === 'state' ? readOperation(verb, words) : null;
  if (operation !== null && 'problem' in operation) return operation;
  return {
    value: {
      verb,
      selector,
      extra: extra.extra,
      ...(scope.value === null ? {} : { scope: scope.value }),
      ...(operation === null ? {} : { operation: operation.value }),
      ...(recovery === null ? {} : { recovery }),
      ...(acceptBrokenState ? { acceptBrokenState: true } : {}),
    },
  };
};
