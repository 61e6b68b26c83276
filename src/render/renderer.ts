import { board } from './board.ts';
import { applyCheck, planCheck, projectCheck } from './checks.ts';
import { groupCheck } from './merge-group.ts';
import { reply } from './replies.ts';
import { loadTemplates } from './templates.ts';
import type { Renderer } from './view.ts';

/** Reads and compiles the templates once; rendering itself touches nothing and throws for our own bugs only. */
export const createRenderer = (): Renderer => {
  const templates = loadTemplates();
  return {
    board: (view, limit) => board(templates, view, limit),
    reply: (view) => reply(templates, view),
    planCheck: (view) => planCheck(templates, view),
    applyCheck: (view) => applyCheck(templates, view),
    groupCheck,
    projectCheck: (row) => projectCheck(templates, row),
  };
};
