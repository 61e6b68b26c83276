/** What people do on drift issues and pull requests about drift, and what they see there. */
import type { Actor } from '../../src/domain/pull.ts';
import type { DriftWorld } from './drift-world.ts';
import { people, refOf, repo } from './memory-world.ts';

export const opened = ({ w }: DriftWorld): readonly number[] =>
  [2, 3, 4].filter((number) => {
    try {
      return w.ask(number).state === 'open';
    } catch {
      return false;
    }
  });

export const issueOf = ({ w }: DriftWorld) => w.forge.issues.all(repo)[0];
export const stateOf = async ({ w }: DriftWorld, number: number) =>
  (await w.ports.forge.pull(refOf(number))).state;
export const applies = ({ tool }: DriftWorld): number =>
  tool.journal().filter(({ phase }) => phase === 'apply').length;
export const holder = async ({ w, project }: DriftWorld) =>
  (await w.ports.store.locks.get(project('people').key))?.pullNumber ?? null;
export const boardOf = ({ w }: DriftWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
export const said = ({ w }: DriftWorld, number: number, word: string): readonly string[] =>
  w.forge
    .comments(refOf(number))
    .map(({ body }) => body)
    .filter((body) => body.includes(word));

export const settled = async ({ w }: DriftWorld): Promise<void> => {
  await w.settled();
  await w.advance(2_000);
};

export const commentOn = async (
  world: DriftWorld,
  number: number,
  body: string,
  sender: Actor = people.ada,
) => {
  const { w } = world;
  const commentId = w.forge.addComment(refOf(number), body, sender);
  await w.road.receive({
    id: `on-issue-${commentId}`,
    event: 'issue_comment',
    action: 'created',
    repository: 'acme/infrastructure',
    trigger: { kind: 'comment', pull: refOf(number), onIssue: true, sender, commentId, body, viaAppId: null },
    receivedAt: w.ports.clock.now(),
  });
  await settled(world);
  return said(world, number, 'tidegate:reply:').at(-1) ?? '';
};

export const say = async (world: DriftWorld, number: number, body: string, sender: Actor = people.ada) => {
  await world.w.comment(number, body, sender);
  await settled(world);
  return said(world, number, 'tidegate:reply:').at(-1) ?? '';
};

export const told = async (world: DriftWorld, number: number, what: 'opened' | 'closed'): Promise<void> => {
  await world.w.event(number, what);
  await settled(world);
};

export const approve = async ({ w }: DriftWorld, number: number, author: Actor): Promise<void> => {
  const { head } = w.ask(number);
  const submittedAt = w.ports.clock.now();
  w.forge.addReview(refOf(number), { author, state: 'approved', commit: head.sha, submittedAt });
  await w.advance(2_000);
};
