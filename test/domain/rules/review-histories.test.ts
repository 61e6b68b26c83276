import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { planDigest, sha } from '../../../src/domain/ids.ts';
import type { Actor, Permission, Review } from '../../../src/domain/pull.ts';
import { approved, type OwnedFiles } from '../../../src/domain/rules/approved.ts';
import {
  altered,
  type BoardHistory,
  noHistory,
  type ShownPlans,
  writing,
  written,
} from '../../../src/domain/rules/board-history.ts';
import type { Authorship } from '../../../src/domain/rules/merge-facts.ts';
import type { ApprovedRequirement, People } from '../../../src/domain/rules/requirement.ts';
import { votesOf } from '../../../src/domain/rules/votes.ts';
import { sampleProject } from '../../support/samples.ts';

const cases = z
  .array(
    z.strictObject({
      ask: z.string(),
      plan: z.string(),
      bind: z.enum(['plan', 'commit']).default('plan'),
      touches: z.union([z.array(z.string()), z.literal('unknown')]).default([]),
      story: z.array(z.string()),
      holds: z.boolean(),
      because: z.string().optional(),
      needs: z.string().optional(),
    }),
  )
  .parse(parse(readFileSync(new URL('./review-histories.yaml', import.meta.url), 'utf8')));
type Case = (typeof cases)[number];

const names = ['ada', 'bob', 'cy', 'dan', 'eve', 'max', 'root', 'bot', 'bot2'];
const actorOf = (login: string): Actor => ({
  id: login === 'gone' ? 0 : names.indexOf(login) + 1,
  login,
  kind: login.startsWith('bot') ? 'bot' : 'user',
});
const rights: Readonly<Record<string, Permission>> = { eve: 'read', max: 'maintain', root: 'admin' };
const digestOf = (letter: string) => planDigest(letter.toLowerCase().repeat(64));
const commitOf = (push: number) => sha(String(push).padStart(40, '0'));
const project = sampleProject('network').key;
const nobody: People = { users: [], teams: [], permission: null };
const start = Date.UTC(2026, 10, 21);

interface World {
  at: number;
  author: Actor;
  pushes: number;
  reviews: Review[];
  history: BoardHistory;
  authorship: Authorship;
  team: Set<string> | null;
  permissions: Record<string, Permission>;
  argumentsAt: number | null;
  /** The operator answers for the robot. */
  vouched: boolean;
}

/** What is pushed is what there is; who pushed before had a hand in it. */
const push = (world: World, login: string): void => {
  const pusher = actorOf(login);
  const { movers } = world.authorship;
  world.authorship = { ...world.authorship, pusher, movers: movers === null ? null : [pusher, ...movers] };
};

const review = (
  world: World,
  login: string,
  state: Review['state'],
  commit: Review['commit'] = commitOf(world.pushes),
): void => {
  world.reviews.push({
    id: world.reviews.length + 1,
    author: actorOf(login),
    state,
    commit,
    submittedAt: world.at,
  });
};

const show = (world: World, letter: string, isAcknowledged: boolean): void => {
  const plan = letter === 'nothing' ? null : { digest: digestOf(letter), commit: commitOf(world.pushes) };
  const plans: ShownPlans = new Map([[project, plan]]);
  const sent = writing(world.history, plans, letter, world.at);
  world.history = isAcknowledged ? written(sent, plans, letter, world.at) : sent;
};

/** Each line of a story: how it is told, and what it does. */
const tellings: readonly (readonly [RegExp, (world: World, ...words: string[]) => void])[] = [
  [/^shows (\w+)$/, (world, letter = '') => show(world, letter, true)],
  [/^sends (\w+)$/, (world, letter = '') => show(world, letter, false)],
  [/^(\w+) approves$/, (world, login = '') => review(world, login, 'approved')],
  [
    /^(\w+) approves the commit before$/,
    (world, login = '') => review(world, login, 'approved', commitOf(world.pushes - 1)),
  ],
  [
    /^(\w+) approves a commit that nobody was shown$/,
    (world, login = '') => review(world, login, 'approved', commitOf(0)),
  ],
  [
    /^(\w+) approves a commit that GitHub has forgotten$/,
    (world, login = '') => review(world, login, 'approved', null),
  ],
  [/^(\w+) requests changes$/, (world, login = '') => review(world, login, 'changes_requested')],
  [/^(\w+) comments$/, (world, login = '') => review(world, login, 'commented')],
  [/^(\w+) begins a review$/, (world, login = '') => review(world, login, 'pending')],
  [
    /^(\w+) is dismissed$/,
    (world, login = '') => {
      // GitHub changes the review itself.
      world.reviews = world.reviews.map((one) =>
        one.author.login === login && one === world.reviews.findLast((other) => other.author.login === login)
          ? { ...one, state: 'dismissed' }
          : one,
      );
    },
  ],
  [
    /^(\w+) wrote a commit$/,
    (world, login = '') => {
      world.authorship = { ...world.authorship, authors: [...world.authorship.authors, actorOf(login)] };
    },
  ],
  [
    /^(a|another) robot pushed$/,
    (world, which = '') => {
      push(world, which === 'a' ? 'bot' : 'bot2');
    },
  ],
  [
    /^(the|another) robot wrote a commit$/,
    (world, which = '') => {
      const { bots } = world.authorship;
      world.authorship = { ...world.authorship, bots: [...bots, which === 'the' ? 'bot' : 'bot2'] };
    },
  ],
  [
    /^nobody knows who pushed before$/,
    (world) => {
      world.authorship = { ...world.authorship, movers: null };
    },
  ],
  [
    /^the robot opened it and pushed$/,
    (world) => {
      world.author = { ...actorOf('bot'), login: 'Bot' };
      world.authorship = { ...world.authorship, movers: [], authors: [], bots: ['bot'] };
      push(world, 'bot');
    },
  ],
  [
    /^(\w+) pushed$/,
    (world, login = '') => {
      push(world, login);
    },
  ],
  [
    /^nobody knows who pushed$/,
    (world) => {
      world.authorship = { ...world.authorship, pusher: null };
    },
  ],
  [
    /^too many commits$/,
    (world) => {
      world.authorship = { ...world.authorship, complete: false };
    },
  ],
  [/^(\w+) loses write$/, (world, login = '') => void Object.assign(world.permissions, { [login]: 'read' })],
  [/^(\w+) leaves acme\/db$/, (world, login = '') => void world.team?.delete(login)],
  [/^(\w+) joins acme\/db$/, (world, login = '') => void world.team?.add(login)],
  [
    /^acme\/db cannot be read$/,
    (world) => {
      world.team = null;
    },
  ],
  [
    /^a push$/,
    (world) => {
      world.pushes += 1;
    },
  ],
  [
    /^nobody answers for the robot$/,
    (world) => {
      world.vouched = false;
    },
  ],
  [
    /^planned with arguments$/,
    (world) => {
      world.argumentsAt = world.at;
    },
  ],
  [
    /^is altered$/,
    (world) => {
      world.history = altered(world.history);
    },
  ],
  [
    /^is put right$/,
    (world) => {
      world.history = written(world.history, new Map(), 'ours', world.at);
    },
  ],
];

const tell = (world: World, line: string): void => {
  for (const [pattern, act] of tellings) {
    const told = pattern.exec(line);
    if (told === null) continue;
    act(world, ...told.slice(1));
    return;
  }
  throw new Error(`nobody knows how to tell ${JSON.stringify(line)}`);
};

const askOf = (text: string): ApprovedRequirement => {
  const [, count = '1', whom] = /^(\d)(?: of (.+))?$/.exec(text) ?? [];
  const from: People | null =
    whom === undefined
      ? null
      : whom.includes('/')
        ? { ...nobody, teams: [whom] }
        : whom === 'maintain'
          ? { ...nobody, permission: 'maintain' }
          : { ...nobody, users: [whom] };
  return {
    kind: 'approved',
    count: Number(count),
    from,
    codeOwners: text === 'owners',
    when: null,
    source: 'operator file, line 1',
  };
};

const ownedOf = ({ touches }: Case): readonly OwnedFiles[] | null => {
  if (touches === 'unknown') return null;
  return touches.flatMap((file): readonly OwnedFiles[] => {
    if (file.startsWith('db/')) return [{ owners: { ...nobody, teams: ['acme/db'] }, files: [file] }];
    if (file.startsWith('web/')) return [{ owners: { ...nobody, users: ['dan'] }, files: [file] }];
    if (file.startsWith('free/')) return [{ owners: null, files: [file] }];
    const unread = { place: 'CODEOWNERS', line: 7, reason: 'it is odd' };
    return file.startsWith('odd/')
      ? [{ owners: { ...nobody, permission: 'admin' }, files: [file], unread }]
      : [{ owners: { ...nobody, permission: 'write' }, files: [file] }];
  });
};

const outcomeOf = (one: Case) => {
  const world: World = {
    at: start,
    author: actorOf('ada'),
    pushes: 1,
    reviews: [],
    history: noHistory,
    authorship: {
      pusher: actorOf('ada'),
      movers: [actorOf('ada')],
      authors: [actorOf('ada')],
      bots: [],
      complete: true,
    },
    team: new Set(['bob', 'cy']),
    permissions: { ...rights },
    argumentsAt: null,
    vouched: true,
  };
  for (const line of one.story) {
    const isAtOnce = line.startsWith('at once: ');
    if (!isAtOnce) world.at += 2_000;
    tell(world, line.replace('at once: ', ''));
  }
  const permissionOf = (login: string): Permission => world.permissions[login] ?? 'write';
  const { shown, altered: alterations } = world.history;
  const plan = {
    to: 'plan',
    digest: digestOf(one.plan),
    commit: commitOf(world.pushes),
    shown: shown[project] ?? [],
    altered: alterations,
  } as const;
  const bind =
    one.bind === 'commit'
      ? ({ to: 'commit', plan: world.argumentsAt === null ? null : plan } as const)
      : plan;
  const { reviews, authorship } = world;
  const votes = votesOf({
    headSha: commitOf(world.pushes),
    author: world.author,
    reviews,
    authorship,
    permissionOf,
    bind,
    vouched: world.vouched,
  });
  const isMember = (_team: string, login: string) => world.team?.has(login) ?? null;
  return approved(askOf(one.ask), { votes, bound: bind.to, owned: ownedOf(one), permissionOf, isMember });
};

test('there are as many stories as were asked for', () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
});

test.each(cases)('$ask, plan $plan, bound to the $bind: $story', (one) => {
  const verdict = outcomeOf(one);
  expect({ holds: verdict.holds, because: verdict.because }).toEqual({
    holds: one.holds,
    because: expect.stringContaining(one.because ?? ''),
  });
  if (one.needs !== undefined) expect(verdict.needs).toContain(one.needs);
  if (!one.holds) expect(verdict.problem?.advice).not.toBe('');
});
