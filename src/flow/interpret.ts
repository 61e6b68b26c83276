import { everything } from '../domain/command.ts';
import { interpretComment } from '../domain/grammar.ts';
import type { ProjectKey } from '../domain/ids.ts';
import { writtenAt } from '../domain/late.ts';
import type { Problem } from '../domain/problem.ts';
import { fullNameOf, isFork, type Pull } from '../domain/pull.ts';
import { terraformArguments } from '../domain/tool-arguments.ts';
import type { Delivery, Trigger } from '../domain/trigger.ts';
import { keyOf } from './admit.ts';
import { type CommandRates, commandLimits } from './command-rates.ts';
import { openDues } from './dues.ts';
import { fromCommand } from './from-command.ts';
import type { PermitPorts } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { asPressed, type ButtonTrigger, pressOf, verbOf } from './press.ts';
import { notAllowed } from './receive.ts';
import { lookedTags } from './tags/looked.ts';
import type { Asked, BaseWish, Wish } from './wish.ts';

type Ports = PermitPorts & Pick<FlowPorts, 'sign'>;

/** Stage 2: from a stored delivery to what is wanted. Throws ForgeError when the forge cannot be asked. */
export const interpret = async (
  ports: Ports,
  delivery: Delivery,
  rates: CommandRates,
): Promise<Wish | BaseWish> => {
  const wish = await wishOf(ports, delivery, rates);
  if (wish.kind === 'ignore') return wish;
  // Stored under the name of then; what is allowed now is the name of now.
  const name = fullNameOf('pull' in wish ? wish.pull.ref.repo : wish.repo);
  return ports.operator.allows(name)
    ? wish
    : { kind: 'ignore', reason: `${notAllowed}, which is ${name} now` };
};

const wishOf = async (ports: Ports, delivery: Delivery, rates: CommandRates): Promise<Wish | BaseWish> => {
  const { trigger } = delivery;
  if (trigger === null) return { kind: 'ignore', reason: 'asks nothing of us' };
  // Asked here again: between the moment a delivery is stored and the one it is found to be nobody's, it is pending.
  // Our own go by what the repository was called when their work began, and the operator file may say its new name only.
  const isWebhook = ['comment', 'button', 'pull', 'rules', 'group', 'push', 'tags'].includes(trigger.kind);
  if (isWebhook && (delivery.repository === null || !ports.operator.allows(delivery.repository)))
    return { kind: 'ignore', reason: notAllowed };
  // Anybody may open issues and comment on them: of all but our own not a word is read, and nobody is answered.
  if ('onIssue' in trigger && (await ports.store.driftIssues.ofNumber(keyOf({ ref: trigger.pull }))) === null)
    return { kind: 'ignore', reason: 'it is on an issue that is not ours' };
  switch (trigger.kind) {
    case 'comment':
      return fromComment(ports, trigger, delivery.receivedAt, rates);
    case 'button':
      return fromButton(ports, trigger, delivery.receivedAt, rates);
    case 'pull':
      return fromPull(ports, await ports.forge.pull(trigger.pull), trigger.reason);
    case 'rules':
      return fromRules(ports, trigger);
    case 'group':
      return { ...trigger, asked: null, pull: await ports.forge.pull(trigger.pull) };
    case 'push':
      return fromPush(ports, trigger);
    case 'tags':
      return fromTags(ports, trigger);
    case 'pending': {
      const { repo } = await ports.forge.repository(trigger.pull.repo);
      return { kind: 'pending', repo, of: trigger.of };
    }
    case 'lock_freed':
      return automatic(ports, await ports.forge.pull(trigger.pull), trigger.project, true);
    case 'due':
      return automatic(ports, await ports.forge.pull(trigger.pull), trigger.project);
    case 'ready':
    case 'correct':
      return { ...trigger, asked: null, pull: await ports.forge.pull(trigger.pull) };
    case 'automerge':
      return { kind: 'automerge', pull: await ports.forge.pull(trigger.pull), asked: null };
    case 'look':
      return {
        kind: 'look',
        pull: await ports.forge.pull(trigger.pull),
        asked: null,
        runId: trigger.runId,
      };
    case 'stage':
      return nextStage(ports, await ports.forge.pull(trigger.pull), trigger.project);
    case 'stale':
      return automatic(ports, await ports.forge.pull(trigger.pull), trigger.project);
    default: {
      const never: never = trigger;
      return never;
    }
  }
};

/** Most pushes are to branches that nothing is applied from, and those cost no question. */
const fromPush = async (
  { forge, operator }: Ports,
  { pull, branch, before, after, isDefault, sender }: Extract<Trigger, { kind: 'push' }>,
): Promise<Wish | BaseWish> => {
  const isBase = (isDefault: boolean): boolean =>
    operator.appliesInto(fullNameOf(pull.repo), { ref: branch, isDefault });
  const other: Wish = { kind: 'ignore', reason: 'nothing is applied from this branch' };
  if (isDefault !== null && !isBase(isDefault)) return other;
  const { repo, defaultBranch } = await forge.repository(pull.repo);
  const isNowDefault = branch === defaultBranch;
  const push = { kind: 'push', repo, branch, before, after, by: sender, isDefault: isNowDefault } as const;
  return isBase(isNowDefault) ? push : other;
};

/** In most repositories nobody follows tags, and those cost no question. */
const fromTags = async (
  { forge, operator, store }: Ports,
  { pull }: Extract<Trigger, { kind: 'tags' }>,
): Promise<Wish | BaseWish> => {
  const { id } = pull.repo;
  const isFollowed = (await store.tags.ofRepository(id)).length > 0;
  if (!isFollowed && (await lookedTags(store, id)) !== null)
    return { kind: 'ignore', reason: 'no project of the repository follows tags' };
  const { repo, defaultBranch: branch } = await forge.repository(pull.repo);
  return operator.appliesInto(fullNameOf(repo), { ref: branch, isDefault: true })
    ? { kind: 'tags', repo, branch }
    : { kind: 'ignore', reason: 'nothing is applied from the default branch' };
};

/** A review, or somebody's hand in our comment: what the board says may not be so any more. */
const fromRules = async (ports: Ports, trigger: Extract<Trigger, { kind: 'rules' }>): Promise<Wish> => {
  const { reason, viaAppId, commentId, sender } = trigger;
  if (reason === 'comment_edited' && viaAppId !== ports.appId)
    return { kind: 'ignore', reason: 'the comment is not ours' };
  const pull = await ports.forge.pull(trigger.pull);
  return { kind: 'look-again', pull, asked: null, commentId, by: sender.login };
};

const fromPull = async (ports: Ports, pull: Pull, reason: string): Promise<Wish> => {
  // The live state rules, not the event's: a "closed" that comes late finds a reopened pull request.
  if (pull.state === 'closed') return { kind: 'close', pull };
  if (reason === 'closed') return { kind: 'ignore', reason: 'the pull request is open again' };
  return automatic(ports, pull, null);
};

const automatic = async (
  { store }: Ports,
  pull: Pull,
  only: ProjectKey | null,
  inLine = false,
): Promise<Wish> => {
  const dues = pull.state === 'open' ? [] : await openDues(store, keyOf(pull));
  if (pull.state === 'open' || dues.some(({ project }) => project === only))
    return { kind: 'plan', pull, asked: null, selector: everything, only, inLine, extra: [] };
  return dues.length === 0
    ? { kind: 'close', pull }
    : { kind: 'ignore', reason: 'the pull request is merged, and the merge does not ask for this project' };
};

const nextStage = async ({ store }: Ports, pull: Pull, after: ProjectKey): Promise<Wish> => {
  if (pull.state === 'closed' && (await openDues(store, keyOf(pull))).length === 0)
    return { kind: 'ignore', reason: 'the pull request is over' };
  return {
    kind: 'plan',
    pull,
    asked: null,
    selector: everything,
    only: null,
    after,
    inLine: false,
    extra: [],
  };
};

const fromComment = async (
  ports: Ports,
  trigger: Extract<Trigger, { kind: 'comment' }>,
  receivedAt: number,
  rates: CommandRates,
): Promise<Wish> => {
  const { sender, viaAppId, commentId, body } = trigger;
  if (sender.kind === 'bot' || viaAppId === ports.appId)
    return { kind: 'ignore', reason: 'comments of bots are never commands' };
  const meaning = interpretComment(body, {
    prefixes: ports.operator.prefixes,
    toolArguments: terraformArguments,
  });
  if (meaning.kind === 'none') return { kind: 'ignore', reason: 'not a command' };
  const { repo, number } = trigger.pull;
  const verb = meaning.kind === 'command' ? meaning.command.verb : 'help';
  // Before GitHub is asked anything: what a flood costs is its requests.
  const turn = rates.take(
    { user: sender.id, pull: `${repo.id}/${number}`, id: commentId, verb },
    ports.clock.monotonic(),
  );
  if (turn === 'drop') return { kind: 'ignore', reason: 'too many commands, and that was said' };
  const current = await ports.forge.comment(trigger.pull, commentId);
  // What counts is what was written when it was posted. An edit may be somebody else's.
  if (current === null || current.body !== body || current.author.id !== sender.id)
    return {
      kind: 'ignore',
      reason: 'the comment was edited or deleted since, or is not as the webhook says',
    };
  const pull = await ports.forge.pull(trigger.pull);
  // Not when it came: a webhook that was lost is delivered again hours later.
  const at = writtenAt(ports.clock.now(), current.ageMs, receivedAt);
  const { author, createdAt } = current;
  const asked: Asked = { id: commentId, actor: author, text: meaning.text, at, writtenAt: createdAt };
  if (turn === 'refuse') return { kind: 'refuse', pull, asked, problem: tooMany(asked) };
  if (meaning.kind === 'mistake') return { kind: 'refuse', pull, asked, problem: meaning.problem };
  return fromCommand(ports, pull, asked, meaning.command);
};

const fromButton = async (
  ports: Ports,
  trigger: ButtonTrigger,
  receivedAt: number,
  rates: CommandRates,
): Promise<Wish> => {
  const verb = verbOf(trigger, ports.appId);
  if (typeof verb !== 'string') return { kind: 'ignore', reason: verb.nobodys };
  const { pull: ref, sender, pressId: id } = trigger;
  const counted = { user: sender.id, pull: `${ref.repo.id}/${ref.number}`, id, verb };
  const turn = rates.take(counted, ports.clock.monotonic());
  if (turn === 'drop') return { kind: 'ignore', reason: 'too many commands, and that was said' };
  const pull = await ports.forge.pull(ref);
  const press = await pressOf(ports, pull, trigger, verb);
  const { text } = press;
  const asked: Asked = { id, actor: sender, text, at: receivedAt, writtenAt: receivedAt };
  if (turn === 'refuse') return { kind: 'refuse', pull, asked, problem: tooMany(asked) };
  // What a comment with the same words would come to, and only then what the button was bound to.
  const wish = await fromCommand(ports, pull, asked, { verb, selector: everything, extra: [] });
  return asPressed(ports, press, wish);
};

const tooMany = ({ text }: Asked): Problem => ({
  code: 'too-many-commands',
  sentence: `\`${text}\` was not done: more than ${commandLimits.perUser} commands came from you, or more than ${commandLimits.perPull} on this pull request, within ten minutes.`,
  advice:
    'Wait some minutes and comment it again. Those that come until then are not answered. `/cancel` still works.',
});

/**
 * Why nothing of this pull request is planned, if so: for what its comment will say. `wished`: a
 * person asked for it, now or before.
 */
export const unplannable = (
  { operator }: Pick<FlowPorts, 'operator'>,
  pull: Pull,
  wished: boolean,
): Problem | null => {
  if (isFork(pull) && !operator.trust.plansForks)
    return {
      code: 'fork',
      sentence:
        'The head branch of this pull request lives in another repository, and planning runs its code.',
      advice:
        'Somebody with write permission can push the branch to this repository and open the pull request from there.',
    };
  if (pull.draft && !wished)
    return {
      code: 'draft',
      sentence: 'Drafts are not planned by themselves.',
      advice: 'Comment `/plan`, or mark the pull request as ready for review.',
    };
  return null;
};
