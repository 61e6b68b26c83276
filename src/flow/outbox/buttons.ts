import { type Button, buttonsOf, type CheckState, identifierOf } from '../../domain/button.ts';
import type { CheckAction } from '../../domain/check.ts';
import type { PlanDigest, ProjectKey, Sha } from '../../domain/ids.ts';
import type { Pull } from '../../domain/pull.ts';
import { buttonWords } from '../../render/button-words.ts';
import type { BoardRow, BoardView, CheckView } from '../../render/view.ts';
import { standing } from '../../render/words.ts';
import type { FlowPorts } from '../ports.ts';
import { projectCheckName } from '../report.ts';

/** What buttons are made of besides the view, at the moment of the snapshot. */
export interface ButtonFacts {
  /** Plans that an apply could use. */
  readonly standing: ReadonlyMap<ProjectKey, PlanDigest>;
  /** Whose locks this pull request holds. */
  readonly locked: ReadonlySet<ProjectKey>;
  /** See `turnAfter`. */
  readonly turn: string;
}

interface About {
  readonly pull: Pull;
  readonly view: BoardView;
  /** By the projects of the rows, in their order. */
  readonly keys: readonly ProjectKey[];
  readonly facts: ButtonFacts;
}

/** More planning does not help what waits for somebody's trust, or is refused. */
const isPlannable = (row: BoardRow): boolean => !['refused', 'waits for trust'].includes(standing(row));

const plannable = ({ problem, rows }: BoardView): boolean =>
  problem === null ? rows.some(isPlannable) : problem.code !== 'fork';

/** The buttons of a check as it is about to be written, each with a name that says what it stands for. */
export const actionsOf = (
  { sign }: Pick<FlowPorts, 'sign'>,
  { pull, view, keys, facts }: About,
  check: { readonly name: string; readonly headSha: Sha; readonly status: CheckView['status'] },
): readonly CheckAction[] => {
  const { name, headSha } = check;
  // A press there would be refused.
  if (pull.head.sha !== headSha || view.headSha !== headSha) return [];
  const index = view.rows.findIndex((row) => projectCheckName(row) === name);
  const [row, key] = [view.rows[index], keys[index]];
  const of = name === 'tidegate/plan' ? 'plan' : name === 'tidegate/apply' ? 'apply' : 'project';
  if (of === 'project' && (row === undefined || key === undefined)) return [];
  const plans = new Map([...facts.standing].filter(([one]) => of !== 'project' || one === key));
  const state: CheckState = {
    of,
    completed: check.status === 'completed',
    pull: pull.state === 'closed' ? 'closed' : pull.draft ? 'draft' : 'open',
    plannable: row === undefined ? plannable(view) : isPlannable(row),
    ready: plans.size > 0,
    noApply: view.noApply != null,
    locked: key === undefined ? facts.locked.size > 0 : facts.locked.has(key),
  };
  const meaning = {
    repositoryId: pull.ref.repo.id,
    pullNumber: pull.ref.number,
    check: name,
    headSha,
    plans,
  };
  return buttonsOf(state).map(
    (button: Button): CheckAction => ({
      ...buttonWords(of, button),
      identifier: identifierOf({ ...meaning, button }, facts.turn, sign),
    }),
  );
};
