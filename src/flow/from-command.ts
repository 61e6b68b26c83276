import type { Command, Recovery } from '../domain/command.ts';
import { commandText } from '../domain/command-text.ts';
import { isTooLate } from '../domain/late.ts';
import type { Problem } from '../domain/problem.ts';
import { atLeast, fullNameOf, type Permission, type Pull } from '../domain/pull.ts';
import type { Action } from '../domain/rules/requirement.ts';
import type { Scope } from '../domain/scope.ts';
import { destroying } from '../domain/tool-arguments.ts';
import { keyOf } from './admit.ts';
import { openDues } from './dues.ts';
import { isNamed, type PermitPorts } from './permit.ts';
import type { Asked, Wish } from './wish.ts';

/** From a command that was understood to what is wanted, or why it is not done. */
export const fromCommand = async (
  ports: PermitPorts,
  pull: Pull,
  writer: Asked,
  command: Command,
): Promise<Wish> => {
  const { verb, selector, extra, scope } = command;
  if (verb === 'help') return { kind: verb, pull, asked: writer };
  if (verb === 'status') {
    const { environment } = command;
    return { kind: verb, pull, asked: writer, ...(environment === undefined ? {} : { environment }) };
  }
  const action = command.consumers === true ? 'consumers' : actionOf(verb, command.recovery ?? null);
  const first = await firstLookAt(ports, pull, writer, action);
  if ('problem' in first) return { kind: 'refuse', pull, asked: writer, problem: first.problem };
  const asked: Asked = { ...writer, permission: first.permission };
  if (verb === 'why') return { kind: verb, pull, asked, selector };
  if (isTooLate(verb, ports.clock.now() - asked.at))
    return { kind: 'refuse', pull, asked, problem: foundLate(asked) };
  if (verb === 'unlock') return { kind: 'unlock', pull, asked, selector };
  // What runs, and what was left unknown, outlives the pull request.
  if (verb === 'cancel')
    return { kind: verb, pull, asked, selector, acceptBrokenState: command.acceptBrokenState === true };
  if (verb === 'recover') return { kind: verb, pull, asked, selector, recovery: command.recovery ?? null };
  if (verb === 'followup') return { kind: verb, pull, asked, reason: command.reason ?? '' };
  if (verb === 'rollback' || verb === 'adopt')
    return { kind: verb, pull, asked, reason: command.reason ?? '' };
  if (verb === 'suspend') return { kind: verb, pull, asked, selector, ...toSuspend(asked, command) };
  if (verb === 'resume') return { kind: verb, pull, asked, selector };
  if (pull.state === 'closed' && (await openDues(ports.store, keyOf(pull))).length === 0)
    return { kind: 'refuse', pull, asked, problem: closed(commandText(command), pull) };
  if (verb === 'apply') {
    const { breakGlass } = command;
    const word = breakGlass === undefined ? {} : { breakGlass };
    return { kind: 'apply', pull, asked, selector, ...wholeOf(scope), ...word };
  }
  if (command.consumers === true) return { kind: 'consumers', pull, asked };
  if (verb === 'approve')
    return { kind: 'approve', pull, asked, policy: '', reason: '', ...command.override };
  if (verb === 'trust') return { kind: 'trust', pull, asked, commit: command.commit ?? '' };
  if (verb === 'import' || verb === 'state') return toOperate(pull, asked, command);
  const ends = verb === 'destroy';
  return {
    kind: 'plan',
    pull,
    asked,
    selector,
    only: null,
    inLine: false,
    extra: ends ? destroying(extra) : extra,
    ...(scope === undefined ? {} : { scope }),
  };
};

const toSuspend = ({ text }: Asked, { suspension }: Command) => {
  if (suspension === undefined) throw new TypeError(`${text}: no reason`);
  return suspension;
};

const toOperate = (pull: Pull, asked: Asked, { selector, operation }: Command): Wish => {
  // The grammar gives every one of them what it is about.
  if (operation === undefined) throw new TypeError(`${asked.text}: nothing is meant`);
  return { kind: 'operate', pull, asked, selector, operation };
};

/** What has to be permitted for a command. `/why` costs nearly as much as the apply that it is about. */
export const actionOf = (
  verb: Exclude<Command['verb'], 'help' | 'status'>,
  recovery: Recovery | null,
): Action => {
  if (verb === 'approve') return 'override';
  if (verb === 'why' || verb === 'followup' || verb === 'rollback' || verb === 'adopt') return 'apply';
  if (verb === 'state') return 'state-rm';
  // Who may stop may go on as well.
  if (verb === 'resume') return 'suspend';
  return verb === 'recover' && recovery !== null && recovery.kind !== 'acknowledge' ? 'force-unlock' : verb;
};

/**
 * Why nobody's command that changes anything is done here, or not this one's, as far as that is known before its projects are.
 * Whoever may write, or is named by a rule, is let through to where each project is asked.
 */
export const firstLookAt = async (
  ports: PermitPorts,
  pull: Pull,
  asked: Pick<Asked, 'actor' | 'text'>,
  action: Action,
): Promise<{ readonly problem: Problem } | { readonly permission: Permission }> => {
  const { forge, operator } = ports;
  const name = fullNameOf(pull.ref.repo);
  // A comment in such a repository is not even answered; a page is.
  if (!operator.allows(name))
    return {
      problem: {
        code: 'repository-refused',
        sentence: `The operator file of Tidegate does not allow \`${name}\`.`,
        advice: 'Ask the people who run Tidegate to list it under `allow`.',
      },
    };
  const permission = await forge.permission(pull.ref.repo, asked.actor.login);
  const passes =
    atLeast(permission, 'write') || (await isNamed(ports, pull, { ...asked, permission }, action));
  return passes ? { permission } : { problem: notPermitted(asked, permission) };
};

const wholeOf = (scope: Scope | undefined): { readonly all?: string } => {
  if (scope === undefined) return {};
  // The grammar lets no other through, and to apply what is there would be more than what was asked for.
  if (scope.kind !== 'all' || scope.environment === null) throw new TypeError('no environment is named');
  return { all: scope.environment };
};

/** GitHub lost the webhook, or the server was down: what was right when it was written may destroy something now. */
const foundLate = ({ text }: Asked): Problem => ({
  code: 'found-late',
  sentence: `\`${text}\` reached Tidegate more than an hour after it was written, so nothing was done.`,
  advice: 'Look at what is planned now, and comment it again if it is still meant.',
});

const notPermitted = (asked: Pick<Asked, 'actor' | 'text'>, permission: string): Problem => ({
  code: 'not-permitted',
  sentence: `\`${asked.text}\` needs write permission to this repository, and \`${asked.actor.login}\` has \`${permission}\`.`,
  advice: 'Ask somebody who may write to the repository to comment it.',
});

const closed = (text: string, pull: Pull): Problem =>
  pull.drift === undefined ? closedPull(text, pull) : closedIssue(text);

const closedIssue = (text: string): Problem => ({
  code: 'closed',
  sentence: `\`${text}\` works here only while the issue is open, and it is closed.`,
  advice: 'It is opened by itself when something drifts. To put back what drifts now, reopen it.',
});

const closedPull = (text: string, pull: Pull): Problem => ({
  code: 'closed',
  sentence: `\`${text}\` works on open pull requests only, and this one is ${pull.merged === null ? 'closed' : 'merged'}.`,
  advice:
    pull.merged === null
      ? 'Reopen it, or open a new one.'
      : 'Open a new one; `/followup` opens one for what is left to apply, `/rollback` one that takes it back.',
});
