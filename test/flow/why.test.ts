import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import type { Forge } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const dirs = ['a', 'b', 'c'];
const all = (text: string) => Object.fromEntries(dirs.map((dir) => [`${dir}/main.tf`, tf(text)]));
const rules = 'rules: [{match: "**", requirements: [mergeable, {checks: [ci]}, approved]}]\n';

/** A world that counts what the forge is asked; `fetches` are asked for with an address. */
const world = async (operator: string) => {
  const asked = { remote: 0, mergeFacts: 0, reviews: 0, authorship: 0 };
  let unsettled = 0;
  const w: MemoryWorld = await createMemoryWorld({
    main: all('one'),
    operator,
    forge: {
      remote: (...args: Parameters<Forge['remote']>) => {
        asked.remote += 1;
        return w.forge.forge.remote(...args);
      },
      mergeFacts: async (...args: Parameters<Forge['mergeFacts']>) => {
        asked.mergeFacts += 1;
        const facts = await w.forge.forge.mergeFacts(...args);
        unsettled -= 1;
        return unsettled >= 0 ? { ...facts, mergeable: null } : facts;
      },
      reviews: (...args: Parameters<Forge['reviews']>) => {
        asked.reviews += 1;
        return w.forge.forge.reviews(...args);
      },
      authorship: (...args: Parameters<Forge['authorship']>) => {
        asked.authorship += 1;
        return w.forge.forge.authorship(...args);
      },
    },
  });
  open.push(w);
  w.open(1, all('two'), { author: people.grace });
  await w.event(1, 'opened');
  await w.settled();
  Object.assign(asked, { remote: 0, mergeFacts: 0, reviews: 0, authorship: 0 });
  const unsettle = (times: number): void => {
    unsettled = times;
  };
  return { w, asked, unsettle };
};

const why = async (w: MemoryWorld, who: Actor) => {
  const comment = await w.comment(1, '/why', who);
  await w.settled();
  const key = { repositoryId: repo.id, pullNumber: 1 };
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  return report === null ? null : readReplyContent(report.content);
};

describe('/why', () => {
  test('looks once for all of its projects', async () => {
    const { w, asked } = await world(rules);
    const told = await why(w, people.ada);
    expect(told?.kind === 'why' ? told.projects.map(({ name }) => name) : told).toEqual(dirs);
    expect(asked).toEqual({ remote: 1, mergeFacts: 1, reviews: 1, authorship: 1 });
  });

  test('asks GitHub again for what it is still finding out, and tells the answer of all', async () => {
    const { w, asked, unsettle } = await world(rules);
    unsettle(2);
    const told = await why(w, people.ada);
    expect(asked.mergeFacts).toBe(3);
    const parts = told?.kind === 'why' ? told.projects.flatMap(({ verdict }) => verdict.parts) : [];
    const merges = parts.filter(({ name }) => name === 'mergeable');
    expect(merges.map(({ holds }) => holds)).toEqual([true, true, true]);
  });

  test('is for those who may apply something, by permission or by a rule', async () => {
    const { w, asked } = await world('');
    expect(await why(w, people.mallory)).toMatchObject({
      kind: 'problem',
      problem: {
        code: 'not-permitted',
        sentence: '`/why` needs write permission to this repository, and `mallory` has `read`.',
      },
    });
    expect(asked.remote).toBe(0);
    const named = await world('rules: [{match: "**", who_may: {apply: {users: [Mallory]}}}]\n');
    expect(await why(named.w, people.mallory)).toMatchObject({ kind: 'why' });
    expect(named.w.forge.comments(refOf(1)).length).toBeGreaterThan(1);
  });
});
