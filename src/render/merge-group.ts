import type { GroupAnswer, MergeGroup } from '../domain/merge-group.ts';
import type { Problem } from '../domain/problem.ts';
import { join, md, phrase, text } from './markdown.ts';
import type { CheckView } from './view.ts';
import { count } from './words.ts';

/** Names and reasons are enough of so many; the rest is counted. */
const most = 20;
const titleLimit = 200;

const plain = (title: string): string =>
  (title.length <= titleLimit ? title : `${title.slice(0, titleLimit - 1)}…`).toWellFormed();

const saidOf = ({ project, because }: GroupAnswer): string => `${project}: ${because.replaceAll('`', '')}`;

const verdictOf = (
  { state, answers }: MergeGroup,
  which: 'plan' | 'apply',
): Omit<CheckView, 'summary' | 'text'> => {
  if (state === 'checking')
    return {
      status: 'in_progress',
      conclusion: null,
      title:
        which === 'plan'
          ? 'Planning what the queue would merge'
          : 'Waiting for the plan of the queue’s commit',
    };
  const bad = answers.filter(({ planned, holds }) => (which === 'plan' ? !planned : !holds));
  const [first] = bad;
  if (first !== undefined) {
    const more = bad.length === 1 ? '' : `, and ${count(bad.length - 1, 'project')} more`;
    return { status: 'completed', conclusion: 'failure', title: `${saidOf(first)}${more}` };
  }
  const title =
    answers.length === 0
      ? 'No project is affected'
      : which === 'plan'
        ? `${count(answers.length, 'project')} planned on the queue’s commit`
        : `${count(answers.length, 'project')} as applied or agreed to`;
  return { status: 'completed', conclusion: 'success', title };
};

/** `tidegate/plan` or `tidegate/apply` on the commit of a merge queue. */
export const groupCheck = (group: MergeGroup, which: 'plan' | 'apply'): CheckView => {
  const verdict = verdictOf(group, which);
  const shown = group.answers.slice(0, most);
  const rows = shown.map(({ project, because }) => md`- ${text(project)}: ${phrase(because, 300)}`);
  const left = group.answers.length - shown.length;
  const summary = join(
    [
      md`What the merge queue would merge is planned anew: what was applied has nothing left to change there, and what is applied after the merge is what was agreed to.`,
      ...(rows.length === 0 ? [] : [join(rows, '\n')]),
      ...(left === 0 ? [] : [md`And ${text(count(left, 'project'))} more.`]),
    ],
    '\n\n',
  );
  return { ...verdict, title: plain(verdict.title), summary, text: null };
};

/** Why the queue let a pull request go, as far as that was our word. */
export const groupRefused = ({ commit, answers }: Pick<MergeGroup, 'commit' | 'answers'>): Problem => ({
  code: 'queue-refused',
  sentence: `On the commit \`${commit.slice(0, 12)}\` of the merge queue this is not what was applied or agreed to, so the queue takes it out.`,
  advice: 'Comment `/plan`, look at what changed, and put it into the queue again when the checks allow it.',
  details: answers
    .filter(({ holds }) => !holds)
    .slice(0, most)
    .map(saidOf)
    .join('\n'),
});
