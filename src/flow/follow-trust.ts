import { commentIdOf } from '../domain/asked.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Held } from '../domain/trust/finding.ts';
import { admitPlan, keyOf } from './admit.ts';
import { answer } from './answer.ts';
import { notesOf } from './batch-notes.ts';
import { trustForConsumers } from './consumers/trusted.ts';
import { discover } from './discover.ts';
import { spokenFor, wordsWanted } from './endings.ts';
import { heldOf, leftOf, shownOf } from './follow-plan.ts';
import { type Followed, nothing } from './followed.ts';
import { unplannable } from './interpret.ts';
import { lastLook } from './last-look.ts';
import { queueFull, tooMany } from './limits.ts';
import { permit, refusals } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';
import { progressNow, progressWith, stagedAmong } from './stages.ts';
import { refuseTrust } from './trust.ts';
import type { Wish } from './wish.ts';

type TrustWish = Extract<Wish, { kind: 'trust' }>;

/**
 * `/trust`: the word and the plans that it lets begin are written down together, so that a crash finds neither or both. What
 * was planned already stays.
 */
export const followTrust = async (ports: FlowPorts, wish: TrustWish): Promise<Followed> => {
  const { pull, asked } = wish;
  const refuse = async (problem: Problem): Promise<Followed> => {
    await answer(ports, wish, problem);
    return nothing;
  };
  const wrong = refuseTrust(ports, wish) ?? unplannable(ports, pull, true);
  if (wrong !== null) return refuse(wrong);
  const discovery = await discover(ports, pull);
  if (discovery.problem !== null) return refuse(discovery.problem);
  const moved = refuseTrust(ports, {
    ...wish,
    pull: { ...pull, head: { ...pull.head, sha: discovery.headSha } },
  });
  if (moved !== null) return refuse(moved);
  const before = await lastLook(ports.store, keyOf(pull));
  const held = await heldOf(ports, pull, discovery, [], before);
  const isHeld = ({ key }: Project, by: Held['answer']) =>
    held.some((one) => one.project === key && one.answer === by);
  if (!held.some((one) => one.answer === 'trust')) {
    const given = await trustForConsumers(ports, wish, discovery.headSha);
    if (given === 'given') return nothing;
    return refuse(given ?? nothingToTrust(held));
  }
  const about = discovery.projects.filter((project) => isHeld(project, 'trust'));
  const problemOfWord = await permit(ports, pull, asked, 'trust', about);
  if (problemOfWord !== null) return refuse(problemOfWord);
  const known = before?.headSha === discovery.headSha ? before.affected : [];
  const shown = shownOf(discovery, before);
  // Where nobody has followed this commit yet, all of it is planned.
  const meant = spokenFor(
    discovery,
    shown.filter((project) => isHeld(project, 'trust') || (known.length === 0 && !isHeld(project, 'refuse'))),
    [],
  );
  // Whoever trusts does not ask for a plan: it begins by itself.
  const waiting = await refusals(ports, { pull, asker: null, action: 'plan', projects: meant, discovery });
  const progress = await progressNow(ports, pull, discovery, shown);
  const staged = stagedAmong(progressWith(progress, pull, discovery, meant), meant);
  const chosen = meant.filter(
    ({ key }) =>
      !waiting.some(({ project }) => project?.key === key) &&
      !staged.some(({ project }) => project.key === key),
  );
  const full = await queueFull(ports, chosen.length);
  const problem = chosen.map(discovery.badPlace).find((found) => found !== null) ?? full;
  if (problem !== null) return refuse(problem);
  // The word counts all the same: those who may plan as many do it with a command of their own.
  const { headSha } = discovery;
  const beyond = await tooMany(ports, pull, { headSha, chosen, before, startsOver: false });
  const { repositoryId, pullNumber } = keyOf(pull);
  const { actor, id } = asked;
  const trust = {
    repositoryId,
    pullNumber,
    headSha: discovery.headSha,
    actor,
    commentId: commentIdOf(id),
    at: ports.clock.now(),
  };
  const admitted = await admitPlan(ports, {
    pull,
    asked,
    discovery,
    chosen,
    held: held.filter((one) => one.answer === 'refuse'),
    left: [
      ...leftOf(waiting, before?.headSha === discovery.headSha ? before.left : [], shown),
      ...wordsWanted(discovery, meant),
    ],
    aside: staged.map(({ project }) => project.key),
    extra: [],
    notes: await notesOf(ports, pull, discovery),
    problem: beyond,
    trust: { trust, of: held.filter((one) => one.answer === 'trust') },
  });
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted, superseded: admitted?.superseded ?? [] };
};

const nothingToTrust = (held: readonly Held[]): Problem => ({
  code: 'nothing-to-trust',
  sentence:
    held.length === 0
      ? 'Nothing of this commit waits for trust, or it is trusted already.'
      : 'What stands in the way here is refused by the people who run Tidegate, and nobody can trust it.',
  advice:
    held.length === 0 ? 'Comment `/plan` to plan it again.' : 'The comment with the plan says what it is.',
});
