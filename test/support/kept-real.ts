/** Two projects after their applies, on a server and a forge in memory; beside them what a small model says of them. */
import { isDeepStrictEqual } from 'node:util';

import { spreadOver } from '../../src/domain/drift/due.ts';
import type { Sha } from '../../src/domain/ids.ts';
import { standingOf } from '../../src/domain/tracked.ts';
import { beginStory } from '../sim/stage.ts';
import { moreMark } from '../sim/tools.ts';
import { people, refOf, repo, type Sabotage } from '../sim/world.ts';
import { createEar } from './kept-heard.ts';
import {
  emptyKept,
  type KeptModel,
  looked,
  type Name,
  names,
  standing,
  tell,
  wasApplied,
} from './kept-model.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Words about no pull request are said on the last one; each of the others is pushed to and merged. */
const spare = 9;

const textOf = (files: Readonly<Record<string, string>>, dir: Name): string =>
  Object.entries(files)
    .filter(([path]) => path.startsWith(`${dir}/`))
    .map(([path, content]) => `${path}: ${content}`)
    .toSorted()
    .join('\n');

interface Tag {
  readonly name: string;
  /** Where it led when it was chosen, and what is there. */
  readonly kept: Sha;
  readonly text: string;
  /** Null: it is deleted. */
  now: Sha | null;
}

export type PlainKind =
  | ('an hour goes by' | 'push' | 'apply' | 'merge' | 'another server')
  | ('tag' | 'tag moves' | 'tag goes' | 'tag comes back');

/** What people, tags and time do. */
export type Command =
  | { readonly kind: 'drift'; readonly name: Name; readonly more: readonly string[] }
  | { readonly kind: 'suspend'; readonly name: Name; readonly hours: number }
  | { readonly kind: 'resume' | 'main moves' | 'apply on the issue'; readonly name: Name }
  | { readonly kind: 'time goes by'; readonly minutes: number }
  | { readonly kind: PlainKind };

/** The real thing, and the model beside it. Close it in the same test. */
export const beginKept = async (seed: number, sabotage: Sabotage = (ports) => ports) => {
  const ear = createEar();
  const story = await beginStory({
    mode: 'command',
    cast: { seed, drift: ['issue', 'issue'], tagged: 'edge', pulls: spare },
    sabotage: (ports, { journal }) => ear.around(sabotage(ports, { journal }), journal),
  });
  const { world } = story;
  const { store, schedule, tools, memory } = world;
  const models: Readonly<Record<Name, KeptModel>> = { network: emptyKept(), edge: emptyKept() };
  /** The pull request that is open: it changes `network`. */
  let pull: { readonly number: number; applied: boolean } | null = null;
  let pulls = 0;
  let told = 0;
  const tags: Tag[] = [];
  /** When the last look began. */
  const begun = new Map<Name, number>();
  const wrong: string[] = [];

  const nameOf = (key: string): Name => names.find((name) => world.keyOf(name) === key) ?? 'network';
  const { now } = schedule.clock;

  const rest = async (): Promise<void> => {
    for (let turns = 0; turns < 100; turns += 1) {
      await story.settled();
      const rows = await store.drifts.times();
      const open = await store.convergences.open();
      if (open.length === 0 && rows.every(({ underWay }) => underWay === null)) return;
    }
    throw new Error('looks do not end');
  };
  const deliver = async (trigger: Parameters<typeof world.deliver>[1]): Promise<void> => {
    told += 1;
    void world.deliver(`told-${told}`, trigger);
    await rest();
  };
  const pushed = (): Promise<void> =>
    deliver({
      ...{ kind: 'push', pull: refOf(0), branch: 'main', before: null, after: story.tip() },
      ...{ isDefault: true, sender: people.grace },
    });
  const say = async (what: Parameters<typeof story.tell>[0]): Promise<void> => {
    await story.tell(what);
    await rest();
  };
  const onPull = (pull: number, text: string) =>
    say({ kind: 'comment', pull, by: 'margaret', text, webhook: 'once' });
  const onIssue = (of: Name, text: string) =>
    say({ kind: 'comment on issue', of, by: 'margaret', text, webhook: 'once' });

  /** The tag that is followed, and whether it is. */
  const chosen = (model: KeptModel): void => {
    const last = tags.at(-1);
    if (last === undefined) return;
    model.refused = last.now === last.kept ? null : `${last.name} ${last.now}`;
    model.tag = `${last.name} ${last.kept}`;
    model.desired = last.text;
    // It changes nothing of what was applied before.
    tell(model);
  };

  /** What happened by itself, in its order. `text`: what an apply of this moment makes. */
  const takeIn = (text: string | null = null, ahead = false): readonly Name[] => {
    const looks: Name[] = [];
    for (const one of ear.take()) {
      const name = nameOf(one.project);
      const model = models[name];
      if (one.kind === 'applied') wasApplied(model, text, ahead);
      else if (one.kind === 'tagged') chosen(model);
      else if (one.kind === 'begun') {
        const phase = 17 * minute + spreadOver(one.project, 10 * minute);
        const moment = Math.floor((one.at - phase) / hour) * hour + phase;
        if (!one.asked && moment <= (begun.get(name) ?? 0))
          wrong.push(`${name} is looked at twice for a moment`);
        begun.set(name, one.at);
      } else {
        if (one.beside) wrong.push(`a look at ${name} is believed that went on beside its apply`);
        looked(model);
        looks.push(name);
      }
    }
    return looks;
  };

  const isSuspended = (name: Name): boolean => now() < models[name].until;
  /** Whether a suspension ends now or in a minute is nobody's question. */
  const awayFromEdges = async (): Promise<void> => {
    while (names.some((name) => Math.abs(models[name].until - now()) < 5 * minute)) await pass(3 * minute);
  };
  const pass = async (ms: number): Promise<void> => {
    await story.pass(ms);
    await rest();
  };

  const applyOnIssue = async (name: Name): Promise<void> => {
    const model = models[name];
    if (model.issue !== 'open' || (name === 'network' && pull !== null)) return;
    const isWaiting = standing(model) !== 'same';
    const may =
      !isSuspended(name) &&
      model.refused === null &&
      (name === 'edge' ? isWaiting || model.more.size > 0 : !isWaiting && model.more.size > 0);
    const before = model.applies;
    await onIssue(name, '/plan');
    // A look of just then, which sees that nothing is left but what is passed over, closes the issue under the words.
    const isOver = takeIn().includes(name) && models[name].issue === 'closed';
    await onIssue(name, '/apply');
    takeIn(model.desired);
    await onIssue(name, '/unlock');
    if (model.applies - before !== (may && !isOver ? 1 : 0))
      wrong.push(`${name} is applied ${model.applies - before} times`);
  };

  const doIt = async (one: Command): Promise<void> => {
    switch (one.kind) {
      case 'drift': {
        const model = models[one.name];
        if (model.applied === null) return;
        tools.change(one.name, null, one.more);
        model.more.clear();
        for (const attribute of one.more) model.more.add(attribute);
        return;
      }
      case 'an hour goes by': {
        const due = names.filter((name) => models[name].desired !== null && !models[name].ahead);
        await pass(75 * minute);
        const seen = takeIn();
        for (const name of due) if (!seen.includes(name)) wrong.push(`${name} was not looked at for an hour`);
        return;
      }
      case 'time goes by':
        return pass(one.minutes * minute);
      case 'suspend': {
        const until = now() + one.hours * hour;
        models[one.name].until = Math.max(models[one.name].until, until);
        return onPull(spare, `/suspend -d ${one.name} ${one.hours}h it is looked into`);
      }
      case 'resume':
        await onPull(spare, `/resume -d ${one.name}`);
        models[one.name].until = 0;
        return;
      case 'push':
        if (pull?.applied === true || (pull === null && pulls === spare - 1)) return;
        if (pull === null) pulls += 1;
        pull ??= { number: pulls, applied: false };
        return story.tell({ kind: 'push', pull: pull.number, to: 'network', webhook: 'once' });
      case 'apply':
        return apply();
      case 'merge': {
        if (pull === null) return;
        const { number } = pull;
        pull = null;
        await story.tell({ kind: 'merge', pull: number, webhook: 'once', way: 'commit' });
        await pushed();
        models.network.ahead = false;
        return;
      }
      case 'main moves':
        if (one.name === 'network' && pull !== null) return;
        await story.tell({ kind: 'base moves', in: one.name });
        return pushed();
      case 'tag':
        tags.push({
          name: `v1.${tags.length}.0`,
          ...{ kept: story.tip(), now: story.tip(), text: textOf(story.files, 'edge') },
        });
        return story.tell({ kind: 'tag', webhook: 'once' });
      case 'tag moves':
      case 'tag goes': {
        const last = tags.at(-1);
        if (last !== undefined) last.now = one.kind === 'tag goes' ? null : story.tip();
        return story.tell({ kind: one.kind, webhook: 'once' });
      }
      case 'tag comes back': {
        const last = tags.at(-1);
        if (last === undefined) return;
        last.now = last.kept;
        world.tag(last.name, last.kept);
        return deliver({ kind: 'tags', pull: refOf(0) });
      }
      case 'apply on the issue':
        return applyOnIssue(one.name);
      case 'another server':
        world.life().kill();
        return world.start();
    }
  };

  const apply = async (): Promise<void> => {
    if (pull === null || pull.applied) return;
    const [model, may] = [models.network, !isSuspended('network')];
    const before = model.applies;
    takeIn();
    await onPull(pull.number, '/apply');
    takeIn(textOf({ ...story.files, ...story.own.get(pull.number) }, 'network'), true);
    const times = model.applies - before;
    if (times !== (may ? 1 : 0)) wrong.push(`network is applied ${times} times`);
    pull.applied = times > 0;
  };

  /** Brings both to where nothing is left to do. */
  const goOn = async (): Promise<void> => {
    await rest();
    await awayFromEdges();
    models.network.desired = textOf(story.files, 'network');
    takeIn();
    tell(models.network);
    chosen(models.edge);
  };

  const seen = async (name: Name) => {
    const key = world.keyOf(name);
    const [row, tracked] = [await store.drifts.get(key), await store.tracked.get(key)];
    const number = world.issueOf(name);
    const said = number === null ? [] : memory.comments(refOf(number));
    return {
      world: tools.is(name),
      standing: tracked === null ? 'unknown' : standingOf(tracked),
      status: row?.status ?? 'unknown',
      inARow: row?.consecutive ?? 0,
      issue: memory.issues.all(repo).find((one) => one.number === number)?.state ?? 'none',
      told: said.filter(({ body }) => body.includes('tidegate:drift:')).length,
      suspended: (await store.suspensions.of(key)).length > 0,
    };
  };

  const meant = (name: Name): Awaited<ReturnType<typeof seen>> => {
    const model = models[name];
    const { applied, more, status, inARow, issue, told } = model;
    return {
      world: applied === null ? null : [applied, ...[...more].toSorted()].join(moreMark),
      standing: standing(model),
      ...{ status, inARow, issue, told: told.size, suspended: isSuspended(name) },
    };
  };

  await pushed();
  await goOn();
  return {
    do: async (one: Command): Promise<void> => {
      await doIt(one);
      await goOn();
    },
    /** Where it is not as the model says, a phrase each. */
    differs: async (): Promise<readonly string[]> => {
      const found = [...wrong];
      for (const name of names) {
        const [is, should] = [await seen(name), meant(name)];
        if (!isDeepStrictEqual(is, should))
          found.push(`${name} is ${JSON.stringify(is)}, and should be ${JSON.stringify(should)}`);
      }
      const issues = memory.issues.all(repo).length;
      const asked = names.filter((name) => models[name].issue !== 'none').length;
      if (issues !== asked) found.push(`there are ${issues} issues`);
      return found;
    },
    close: story.close,
  };
};
