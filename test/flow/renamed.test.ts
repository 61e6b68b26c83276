/** A repository that gets another name while terraform applies: `acme/infrastructure` is `acme/platform` then. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { close, eventually, open, row, stateOf } from '../support/acts.ts';
import { storedDeliveries, storedRuns, unsentReports } from '../support/deliver.ts';
import { applyHeld, resource, type Served, says, serveStory } from '../support/served.ts';

const rename = ({ story }: Served, name = 'platform'): void => {
  const [repo] = story.world.hub.state.repos.values();
  story.world.hub.renameRepository(`acme/${repo?.name}`, name);
};

/** Everything the hub raised was taken. */
const taken = async ({ story }: Served): Promise<void> => {
  await story.world.hub.settled();
  expect(story.world.hub.deliveries().filter(({ statusCode }) => statusCode !== 202)).toEqual([]);
};

/** #1 is closed while it is applied, and the server knows. */
const closed = async ({ story }: Served): Promise<void> => {
  await close(story, 1);
  await story.world.hub.settled();
  const isPending = ({ state }: { readonly state: string }): boolean => state === 'pending';
  await eventually(() => expect(storedDeliveries(story).filter(isPending)).toEqual([]));
};

const another = { 'network/other.tf': 'resource "terraform_data" "other" {}\n' };

/** #1 is applied at the door and #2 waits for its lock. Returns the comment that asked. */
const withLine = async (served: Served): Promise<number> => {
  const { comment } = await applyHeld(served);
  await open(served.story, 'other', another);
  await says(served, 2, 'network', 'waits for [#1]');
  return comment;
};

/** The apply ended well and once, and #1 says so, although the store knows it by the old name. */
const reported = async (served: Served, comment: number): Promise<void> => {
  const { story, tool } = served;
  await says(served, 1, 'network', '✓ applied');
  await eventually(async () => expect(await story.ada.reactions(comment)).toContain('rocket'));
  await eventually(async () =>
    expect(await story.checks(1)).toContain('tidegate/apply: success, 1 project applied: 1 added'),
  );
  expect(tool.starts('apply', 'network')).toBe(1);
  expect(await stateOf(story, 'network')).toContain('large');
};

/** Why deliveries were ignored, those apart that ask nothing of anybody. */
const reasons = ({ story }: Served): readonly string[] =>
  storedDeliveries(story).flatMap(({ reason }) => (reason?.startsWith('the operator file') ? [reason] : []));

describe('in mid-apply the repository is renamed, to a name that the operator file allows:', () => {
  it('the apply is reported, the lock stays, and what is asked under the new name is done', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { story, tool } = served;
    const comment = await withLine(served);
    rename(served);
    await story.grace.comment(1, '/help');
    await eventually(async () => expect(await story.replies(1)).toHaveLength(1));
    await story.world.hub.pushFiles('acme/platform', 'database', {
      as: 'ada',
      files: { 'database/main.tf': resource('large') },
      from: 'main',
    });
    await story.world.hub.openPull('acme/platform', {
      as: 'ada',
      head: 'database',
      base: 'main',
      title: 'Opened under the new name',
    });
    await says(served, 3, 'database', '| planned |');
    expect(await row(story, 2, 'network')).toContain('waits for [#1]');
    expect(served.locks()).toEqual(['database #3', 'network #1']);
    tool.letGo('apply', 'network');
    await reported(served, comment);
    expect(served.locks()).toEqual(['database #3', 'network #1']);
    await story.ada.merge(1);
    await says(served, 2, 'network', '| planned |');
    expect(served.locks()).toEqual(['database #3', 'network #2']);
    expect(served.releases()).toEqual(['network #1']);
    await story.ada.comment(2, '/apply');
    await says(served, 2, 'network', '✓ applied');
    await taken(served);
  });

  it('who is next in line, known by the old name, is found and fetched by the new one', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const comment = await withLine(served);
    await closed(served);
    rename(served);
    served.tool.letGo('apply', 'network');
    await reported(served, comment);
    await says(served, 2, 'network', '| planned |');
    expect(served.locks()).toEqual(['network #2']);
    await taken(served);
  });

  it('and another repository takes the old name: nothing is written there, and the result is told when somebody asks', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { story, tool } = served;
    const { hub, tokens } = story.world;
    await applyHeld(served);
    rename(served);
    const other = await hub.addRepository('acme', 'infrastructure');
    tool.letGo('apply', 'network');
    // The board for itself, and the checks beside it: nothing is tried any more.
    await eventually(() => {
      const unsent = unsentReports(story);
      expect(unsent).toContain('board given up');
      expect(unsent.filter((one) => one.endsWith('waits'))).toEqual([]);
    });
    expect(served.server().text()).toMatch(/"thing":"board".*report given up/);
    expect(await stateOf(story, 'network')).toContain('large');
    expect(served.locks()).toEqual(['network #1']);
    const said = await fetch(`${hub.apiUrl}/repos/acme/platform/issues/1/comments`, {
      method: 'POST',
      headers: { authorization: `token ${tokens['grace']}` },
      body: JSON.stringify({ body: '/help' }),
    });
    expect(said.status).toBe(201);
    const { comments, checkRuns } = hub.repo('acme/platform');
    await eventually(() => {
      expect([...comments.values()].map(({ body }) => body).join('\n')).toContain('✓ applied');
      expect([...checkRuns.values()].map(({ output }) => output.title)).toContain(
        '1 project applied: 1 added',
      );
    });
    expect([other.comments.size, other.checkRuns.size]).toEqual([0, 0]);
    expect(tool.starts('apply', 'network')).toBe(1);
  });

  it('also where the operator file says only the new name from then on, to the next server', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({ allow: ['acme/infrastructure'] });
    const comment = await withLine(served);
    await closed(served);
    rename(served);
    const file = path.join(served.story.folder, 'operator.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('acme/infrastructure', 'acme/platform'));
    await served.kill();
    await served.startAgain();
    await served.server().said('a run of an earlier server was adopted');
    served.tool.letGo('apply', 'network');
    await reported(served, comment);
    await says(served, 2, 'network', '| planned |');
    expect(served.locks()).toEqual(['network #2']);
  });
});

describe('in mid-apply the repository is renamed, to a name that the operator file does not allow:', () => {
  const onlyTheOld = { allow: ['acme/infrastructure'] };
  const refused = 'the operator file does not allow this repository';

  it('the apply ends and is reported, and nothing new is begun until the name is an allowed one', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory(onlyTheOld);
    const { story, tool } = served;
    const comment = await withLine(served);
    await closed(served);
    rename(served);
    await story.grace.comment(2, '/plan');
    await eventually(() => expect(reasons(served)).toEqual([refused]));
    await served.server().said('"repository":"acme/platform","reason":"the operator file does not allow');
    tool.letGo('apply', 'network');
    await reported(served, comment);
    expect(storedRuns(story)).toContain('apply applied');
    // Its lock is free; the next in line was stored under the old name and is met under the new one, as is the look at what that
    // apply left pending.
    await eventually(() =>
      expect(new Set(reasons(served))).toEqual(new Set([refused, `${refused}, which is acme/platform now`])),
    );
    await eventually(() => expect(served.locks()).toEqual([]));
    expect(tool.starts('plan', 'network')).toBe(1);
    expect(await story.replies(2)).toEqual([]);
    rename(served, 'infrastructure');
    await story.grace.comment(2, '/plan');
    await says(served, 2, 'network', '| planned |');
    expect(served.locks()).toEqual(['network #2']);
    await taken(served);
  });

  it('an apply that waits behind it is refused', { tags: ['long'] }, async () => {
    await using served = await serveStory(onlyTheOld);
    const { story, tool } = served;
    await story.ada.push(
      'both',
      { 'network/main.tf': resource('large'), 'database/main.tf': resource('large') },
      'Both',
    );
    await story.ada.openPull('both', 'Both');
    await says(served, 1, 'database', '| planned |');
    await says(served, 1, 'network', '| planned |');
    tool.hold('apply', 'network');
    tool.hold('apply', 'database');
    await story.ada.comment(1, '/apply');
    const first = await Promise.race([
      tool.begun('apply', 'network').then(() => 'network'),
      tool.begun('apply', 'database').then(() => 'database'),
    ]);
    const second = first === 'network' ? 'database' : 'network';
    rename(served);
    tool.letGo('apply', first);
    await says(served, 1, first, '✓ applied');
    await eventually(() =>
      expect(storedRuns(story).toSorted()).toEqual([
        'apply applied',
        'apply failed',
        'plan planned',
        'plan planned',
      ]),
    );
    expect(tool.starts('apply', second)).toBe(0);
    await eventually(async () => expect(await story.board(1)).toContain('`acme/platform`'));
  });
});
