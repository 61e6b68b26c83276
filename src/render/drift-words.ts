import type { Drift } from '../domain/drift/drift.ts';
import { type DriftAction, driftActions } from '../domain/drift/found.ts';
import { count, listed } from './words.ts';

/** What would put it right, of one thing and of several. */
const toDo: Readonly<Record<DriftAction, string>> = {
  create: 'to create',
  update: 'to change',
  delete: 'to delete',
  replace: 'to replace',
  move: 'to move',
  import: 'to import',
  forget: 'to forget',
};

/** `to change` */
export const changesInWords = (action: DriftAction): string => toDo[action];

/** `1 resource to create, 2 resources to change`. */
export const countsInWords = (counts: Drift['counts']): string =>
  listed(
    driftActions.flatMap((action) => {
      const many = counts[action] ?? 0;
      return many === 0 ? [] : [`${count(many, 'resource')} ${toDo[action]}`];
    }),
  );
