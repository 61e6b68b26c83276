/**
 * What locks are for, in a few lines: who holds a project, who stands in line for it, and what may
 * not be taken away. A property test holds the real one to it.
 */
export interface LockModel {
  readonly holders: Map<string, { pull: number; atEnd: boolean }>;
  /** First come, first served. */
  readonly lines: Map<string, number[]>;
  /** By `pull project`; absent where a plan was never made, failed, or was taken away. `stands`: changes nothing, and left its lock. */
  readonly plans: Map<string, 'planning' | 'changes' | 'nothing' | 'stands' | 'spent'>;
  readonly applies: Map<string, 'running' | 'unresolved'>;
  /** What was applied, or may have been. */
  readonly applied: Set<string>;
  readonly open: Set<number>;
}

export const projects = ['a', 'b'] as const;

export const emptyModel = (): LockModel => ({
  holders: new Map(),
  lines: new Map(),
  plans: new Map(),
  applies: new Map(),
  applied: new Set(),
  open: new Set(),
});

export const at = (pull: number, project: string): string => `${pull} ${project}`;

const leave = (model: LockModel, pull: number, project: string): void => {
  const rest = (model.lines.get(project) ?? []).filter((one) => one !== pull);
  if (rest.length === 0) model.lines.delete(project);
  else model.lines.set(project, rest);
};

/** The lock goes, unless an apply runs under it or nobody knows how one ended; then to the first in line. */
const free = (model: LockModel, project: string): void => {
  const holder = model.holders.get(project);
  if (holder === undefined) return;
  if (model.applies.has(at(holder.pull, project))) holder.atEnd = true;
  else {
    model.holders.delete(project);
    next(model, project);
  }
};

const next = (model: LockModel, project: string): void => {
  const first = model.lines.get(project)?.[0];
  if (first === undefined || model.holders.has(project)) return;
  leave(model, first, project);
  model.holders.set(project, { pull: first, atEnd: false });
  model.plans.set(at(first, project), 'planning');
};

/** To be planned: it takes the lock, or its place in line. */
const takes = (model: LockModel, pull: number, project: string): void => {
  model.plans.delete(at(pull, project));
  const holder = model.holders.get(project);
  const line = model.lines.get(project) ?? [];
  if (holder === undefined || holder.pull === pull) {
    if (holder === undefined) model.holders.set(project, { pull, atEnd: false });
    model.plans.set(at(pull, project), 'planning');
  } else if (!line.includes(pull)) model.lines.set(project, [...line, pull]);
};

/** A push: all that it touches, and all that was applied before, is planned anew; the rest is given back. */
export const pushes = (
  model: LockModel,
  pull: number,
  touches: readonly string[],
  /** Made from facts of a moment before an apply started: what was applied is kept, and not planned. */
  late = false,
): void => {
  model.open.add(pull);
  const kept = (project: string) => touches.includes(project) || model.applied.has(at(pull, project));
  for (const key of [...model.plans.keys()]) if (key.startsWith(`${pull} `)) model.plans.delete(key);
  for (const [project, holder] of [...model.holders])
    if (holder.pull === pull && !kept(project)) free(model, project);
  for (const [project, line] of [...model.lines])
    if (line.includes(pull) && !kept(project)) leave(model, pull, project);
  for (const project of projects.filter(late ? (project) => touches.includes(project) : kept))
    takes(model, pull, project);
};

export const planEnds = (
  model: LockModel,
  pull: number,
  project: string,
  end: 'changes' | 'nothing' | 'failed',
): void => {
  const isKept = model.applied.has(at(pull, project));
  if (end === 'changes' || (end === 'nothing' && isKept)) model.plans.set(at(pull, project), end);
  else {
    if (end === 'nothing') model.plans.set(at(pull, project), 'stands');
    else model.plans.delete(at(pull, project));
    if (!isKept && model.holders.get(project)?.pull === pull) free(model, project);
  }
};

export const applyStarts = (model: LockModel, pull: number, project: string): void => {
  model.plans.set(at(pull, project), 'spent');
  model.applies.set(at(pull, project), 'running');
  model.applied.add(at(pull, project));
};

export const applyEnds = (
  model: LockModel,
  pull: number,
  project: string,
  end: 'applied' | 'failed' | 'lost',
): void => {
  if (end === 'lost') {
    model.applies.set(at(pull, project), 'unresolved');
    return;
  }
  model.applies.delete(at(pull, project));
  endsItsLock(model, pull, project);
  // The world is another one: plans of others that stand are made again.
  if (end === 'applied')
    for (const other of [...model.open].sort())
      if (other !== pull && model.plans.get(at(other, project)) === 'stands') takes(model, other, project);
};

const endsItsLock = (model: LockModel, pull: number, project: string): void => {
  const holder = model.holders.get(project);
  if (holder?.pull !== pull || !holder.atEnd) return;
  // What it planned since it gave the lock up gets its turn in the line: even nothing to change is not to be believed now.
  const plan = model.plans.get(at(pull, project));
  model.plans.delete(at(pull, project));
  if (plan !== undefined && plan !== 'spent')
    model.lines.set(project, [...(model.lines.get(project) ?? []), pull]);
  free(model, project);
};

export const closes = (model: LockModel, pull: number): void => {
  model.open.delete(pull);
  for (const key of [...model.plans.keys()]) if (key.startsWith(`${pull} `)) model.plans.delete(key);
  for (const [project, line] of [...model.lines]) if (line.includes(pull)) leave(model, pull, project);
  for (const [project, holder] of [...model.holders]) if (holder.pull === pull) free(model, project);
};

export const unlocks = (model: LockModel, project: string): void => {
  const holder = model.holders.get(project);
  if (holder === undefined) return;
  model.plans.delete(at(holder.pull, project));
  free(model, project);
};

/** A server that dies: plans under way begin anew, applies under way are not known. */
export const crashes = (model: LockModel): void => {
  for (const [key, state] of model.applies) if (state === 'running') model.applies.set(key, 'unresolved');
};
