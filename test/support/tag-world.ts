import type { Sha } from '../../src/domain/ids.ts';
import type { Actor } from '../../src/domain/pull.ts';
import type { Tracked } from '../../src/domain/tracked.ts';
import { type Told, tell } from './base-branch.ts';
import { type MemoryWorldOptions, people, refOf, repo } from './memory-world.ts';

/** A repository whose `network` is in production, which follows tags; `app` goes by `main`. */
export interface TagWorld extends Told {
  /** Puts a tag where it is to be, and tells of it. Null: it is deleted. */
  tag(name: string, commit: Sha | null, how?: { readonly lost?: true }): Promise<void>;
  row(name?: string): Promise<Tracked>;
  /** The one issue that there is. */
  issue(): { readonly number: number; readonly title: string; readonly body: string; readonly state: string };
  /** What people said on it is answered with. */
  say(body: string, sender?: Actor): Promise<string>;
  board(): string;
  runs(verb: 'plan' | 'apply'): readonly string[];
}

export const followsTags = (semver = '', more = ''): string =>
  `version: 1\nprojects:\n  - { dir: network, environment: { name: production, tag: "v*"${semver} }${more} }\n  - { dir: app }\n`;

let told = 0;

export const tellOfTags = (
  work: (world: TagWorld) => Promise<void>,
  {
    file = followsTags(),
    main = {},
    ...options
  }: Omit<MemoryWorldOptions, 'main'> & {
    readonly file?: string;
    readonly main?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> =>
  tell(
    async (world) => {
      const tellOf = async () => {
        told += 1;
        await world.road.receive({
          id: `tag-${told}`,
          event: 'push',
          action: null,
          repository: `${repo.owner}/${repo.name}`,
          trigger: { kind: 'tags', pull: { repo, number: 0 } },
          receivedAt: world.ports.clock.now(),
        });
        await world.settled();
        await world.advance(2_000);
        await world.settled();
      };
      const issue: TagWorld['issue'] = () => {
        const [only, ...more] = world.forge.issues.all(repo);
        if (only === undefined || more.length > 0)
          throw new Error(
            `there are ${world.forge.issues.all(repo).length} issues: ${world.complaints.join('; ')}`,
          );
        return only;
      };
      const comments = () => world.forge.comments(refOf(issue().number));
      const tagged: TagWorld = Object.assign(Object.create(world), {
        tag: async (name: string, commit: Sha | null, { lost }: { readonly lost?: true } = {}) => {
          world.author.tag(name, commit);
          if (lost !== true) await tellOf();
        },
        row: async (name = 'network') => {
          const rows = await world.ports.store.tracked.ofRepository(repo.id);
          const row = rows.find(({ project }) => project.name === name);
          if (row === undefined)
            throw new Error(`nothing is kept of ${name}: ${world.complaints.join('; ')}`);
          return row;
        },
        issue,
        say: async (body: string, sender: Actor = people.ada) => {
          const { number } = issue();
          const commentId = world.forge.addComment(refOf(number), body, sender);
          await world.road.receive({
            id: `on-issue-${commentId}`,
            event: 'issue_comment',
            action: 'created',
            repository: 'acme/infrastructure',
            trigger: {
              kind: 'comment',
              pull: refOf(number),
              onIssue: true,
              sender,
              commentId,
              body,
              viaAppId: null,
            },
            receivedAt: world.ports.clock.now(),
          });
          await world.settled();
          await world.advance(2_000);
          await world.settled();
          return comments().findLast((one) => one.body.includes('tidegate:reply:'))?.body ?? '';
        },
        board: () => comments().find((one) => one.body.includes('tidegate:board:'))?.body ?? '',
        runs: (verb: string) => world.tool.journal.filter((line) => line.startsWith(verb)),
      } satisfies Partial<TagWorld>);
      await work(tagged);
    },
    { ...options, main: { 'tidegate.yaml': file, ...main } },
  );
