import { type DangerCatalogue, emptyCatalogue } from '../domain/danger/catalogue.ts';
import { board } from './board.ts';
import { byteLength, byteLimit } from './budget.ts';
import { applyCheck, planCheck, projectCheck } from './checks.ts';
import { consumers } from './consumers.ts';
import { driftCheck } from './drift-check.ts';
import { groupCheck } from './merge-group.ts';
import { nudge } from './nudge.ts';
import { pushCheck } from './pending.ts';
import { reply } from './replies.ts';
import { loadOperatorTemplates, loadTemplates, type Templates } from './templates.ts';
import type { CheckView, Renderer } from './view.ts';

/**
 * Reads and compiles the templates once; rendering itself touches nothing and throws for our own bugs only.
 *
 * @param options.templates folder of the operator's own; null: none
 * @param options.danger which resources may hold data
 * @throws UserError `settings-invalid` where one of them cannot be used
 */
export const createRenderer = (
  options: { readonly templates?: string | null; readonly danger?: DangerCatalogue } = {},
): Renderer => {
  const { templates: folder = null, danger = emptyCatalogue } = options;
  const ours = loadTemplates();
  const templates = folder === null ? ours : loadOperatorTemplates(folder);
  // However much somebody else's templates say: what has to be said is said.
  const within = (limit: number, render: (by: Templates) => string): string => {
    const text = render(templates);
    return byteLength(text) <= limit ? text : render(ours);
  };
  const check = (render: (by: Templates) => CheckView): CheckView => {
    const view = render(templates);
    return [view.summary, view.text ?? ''].every((text) => byteLength(text) <= byteLimit)
      ? view
      : render(ours);
  };
  return {
    board: (view, limit = byteLimit) => within(limit, (by) => board(by, view, danger, limit)),
    reply: (view) => within(byteLimit, (by) => reply(by, view)),
    consumers,
    nudge: (marker, view) => within(byteLimit, (by) => nudge(by, marker, view)),
    planCheck: (view) => check((by) => planCheck(by, view, danger)),
    applyCheck: (view) => check((by) => applyCheck(by, view)),
    groupCheck,
    pushCheck,
    driftCheck,
    projectCheck: (row) => check((by) => projectCheck(by, row)),
  };
};
