import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { hostile } from './hostile.ts';
import { all, linkableText, toPage } from './parse.ts';
import { everyState } from './samples.ts';

const { reply } = createRenderer();
const to = { marker: 'tidegate:reply:11', login: 'ada' };
const refusal = {
  code: 'not-approved' as const,
  sentence: '`network` needs an approval by somebody else than its author.',
  advice: 'Ask for a review, then comment `/apply -p network` again.',
};

test('help', () => {
  expect(reply({ ...to, kind: 'help', prefixes: ['atlantis'] })).toMatchInlineSnapshot(`
    "<!-- tidegate:reply:11 -->
    ### Commands

    | Comment | What it does |
    |:--|:--|
    | \`/plan\` | Starts over: plans every project that this pull request affects, as it would be merged now. |
    | \`/plan -p network\` | Plans one project, and keeps the plans of the rest. \`/plan -d envs/*\` plans those in matching folders. |
    | \`/plan --no-limit\` | Plans more projects than a pull request may have planned at once. |
    | \`/plan --all\` | Plans every project of the repository; \`/plan --all --env production\` those of one environment. |
    | \`/plan --consumers\` | On a pull request of a repository of modules: plans the projects of others that use what it changes, to be read. |
    | \`/apply\` | Applies what was planned and reviewed, exactly that. |
    | \`/apply -p network\` | Applies one project. |
    | \`/apply -p network --override the site is down\` | Applies it past reviews, checks, windows, policies and suspensions. Only for administrators, and told to everybody. |
    | \`/apply --all --env production\` | Applies every project of an environment, those that others depend on first. Only for those whom a rule lets. |
    | \`/followup\` | On a merged pull request: opens a new one for what of it is left to apply, to be planned, approved and applied there. On an issue that tells of drift: opens one that puts it back. |
    | \`/adopt\` | On an issue that tells of drift: opens a pull request that has Git say what is there, where the tool of the project can write that down. |
    | \`/rollback\` | On a merged pull request: opens one that takes it back, and says what reverting does not bring back. |
    | \`/destroy -p network\` | Plans the end of a project; \`/apply\` does it. Both only for those whom a rule lets destroy. |
    | \`/import -p network aws_vpc.main vpc-0a1b2c\` | Takes what exists into the state of one project, under this address; then it is planned again. |
    | \`/state rm -p network aws_vpc.main\` | Takes it out of the state of one project, and leaves it as it is; then it is planned again. |
    | \`/cancel\` | Ends plans, and asks an apply to stop, once: what it began is finished and kept in its state. |
    | \`/recover\` | After an apply whose outcome is not known: looks at the state and says what is done. |
    | \`/recover acknowledge\` | You have looked, and answer for what is there. It is planned again. |
    | \`/trust 0123456789ab\` | You have looked at this commit of somebody else, and its code may run: what waited for that is planned. It ends with the next push. |
    | \`/unlock\` | Gives up the locks of this pull request and throws its plans away. |
    | \`/unlock -p network\` | Takes the lock of one project away, another pull request&#39;s only from an administrator. |
    | \`/approve no-public-buckets the site is public\` | An owner of this policy lets the plans that are shown now pass it, and says why. |
    | \`/suspend network 4h the database is being moved\` | Nothing is applied to it for that time (8 hours, where nobody says), by nobody and on no pull request; plans go on. \`-e production\` suspends an environment. |
    | \`/resume network\` | Ends that sooner. |
    | \`/why -p network\` | Says what an apply of this project waits for: each rule, what was seen, and who can help. |
    | \`/status\` | Shows where every project stands, and the locks. |
    | \`/status production\` | Shows every project of an environment: its version, and how that stands to what its branch asks for. |
    | \`/help\` | Shows this. |

    Choose projects with \`-p NAME\`, \`-d DIR\`, \`-w WORKSPACE\` and \`-l LABEL\`; each takes globs and may be given again. What comes after \`--\` goes to the tool, where it is allowed: \`/plan -p network -- -target=module.vpc\`.

    A command is the first line of a comment, alone. \`tidegate plan\` and \`atlantis plan\` work like \`/plan\`.

    "
  `);
});

test('a command that was not understood', () => {
  const problem = {
    code: 'no-such-project' as const,
    sentence: 'No project matches `net`.',
    advice: 'There are `network` and `dns`.',
  };
  expect(reply({ ...to, kind: 'problem', command: '/plan -p net', problem })).toMatchInlineSnapshot(`
    "<!-- tidegate:reply:11 -->
    **ada** asked for \`/plan -p net\`, and it was not done.

    No project matches \`net\`.

    There are \`network\` and \`dns\`.

    "
  `);
});

test('an apply that was refused for some', () => {
  const refusals = [{ project: 'network', problem: refusal }];
  expect(reply({ ...to, kind: 'refusals', command: '/apply', refusals })).toMatchInlineSnapshot(`
    "<!-- tidegate:reply:11 -->
    **ada** asked for \`/apply\`. Not done:

    - \`network\`: \`network\` needs an approval by somebody else than its author. Ask for a review, then comment \`/apply -p network\` again.
    "
  `);
});

test('unlocked', () => {
  const projects = [
    { name: 'network', atEnd: false, applied: false, of: null },
    { name: 'dns', atEnd: true, applied: false, of: null },
    { name: 'database', atEnd: false, applied: true, of: 7 },
  ];
  expect(reply({ ...to, kind: 'unlocked', projects })).toMatchInlineSnapshot(`
    "<!-- tidegate:reply:11 -->
    **ada** asked for \`/unlock\`.

    - \`network\`: unlocked, its plan is thrown away
    - \`dns\`: an apply is under way, or nobody knows how one ended; the lock goes when that is settled
    - \`database\` of &#35;7: unlocked. What was applied is not merged: whoever plans this now plans to take it back

    \`/plan\` plans again and takes the locks anew.
    "
  `);
  expect(reply({ ...to, kind: 'unlocked', projects: [] })).toContain('There was no lock to release.');
});

test('status', () => {
  const { rows, skipped } = everyState;
  const locks = [{ project: 'network', since: '2026-11-21T10:04:31.000Z' }];
  const view = { ...to, kind: 'status', rows: rows.slice(0, 2), locks, skipped, unheardSince: null } as const;
  expect(reply({ ...view, unheardSince: Date.UTC(2026, 10, 21, 9, 5) })).toContain(
    '**This is as GitHub said at 2026-11-21 09:05 UTC**, and it could not be asked since.',
  );
  expect(reply(view)).toMatchInlineSnapshot(`
    "<!-- tidegate:reply:11 -->
    ### Status

    | Project | Add | Change | Replace | Destroy | State | Next |
    |:--|--:|--:|--:|--:|:--|:--|
    | \`network\` | 1 | 1 | **1** | **1** | planned | one approval, then \`/apply -p network\` |
    | \`dns\` | 0 | 0 | 0 | 0 | no changes |  |

    Locks held by this pull request:

    - \`network\` since 2026-11-21 10:04 UTC

    2 other projects looked at and not affected:

    - \`docs\`: no file of it changed
    - \`sandbox\`: ignored by \`discovery.ignore\`

    "
  `);
});

test('a reply keeps its shape whatever was asked', () => {
  fc.assert(
    fc.property(hostile(), hostile(), hostile(), (command, words, login) => {
      const problem = { ...refusal, sentence: words, advice: command, details: words };
      for (const body of [
        reply({ ...to, login, kind: 'problem', command, problem }),
        reply({ ...to, login, kind: 'refusals', command, refusals: [{ project: words, problem }] }),
        reply({
          ...to,
          login,
          kind: 'unlocked',
          projects: [{ name: words, atEnd: true, applied: false, of: null }],
        }),
      ]) {
        const tree = toPage(body);
        expect(body.startsWith('<!-- tidegate:reply:11 -->\n')).toBe(true);
        const tags = new Set(all(tree, 'element').map(({ tagName }) => tagName));
        for (const fine of ['p', 'strong', 'code', 'pre', 'ul', 'li', 'br']) tags.delete(fine);
        expect([...tags]).toEqual([]);
        expect(linkableText(tree)).not.toMatch(/@[a-z\d]|#\d|GH-\d|:\/\/|www\./i);
      }
    }),
  );
});

test('long lists are counted beyond what fits', () => {
  const long = '`|'.repeat(500);
  const refusals = Array.from({ length: 1000 }, () => ({
    project: long,
    problem: { ...refusal, sentence: long, advice: long },
  }));
  const body = reply({ ...to, kind: 'refusals', command: long, refusals });
  expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
  expect(body).toMatch(/- and \d+ more/);
});
