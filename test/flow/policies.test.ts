import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { policiesFor } from '../../src/flow/policies.ts';
import { open, stateOf } from '../support/acts.ts';
import { sampleProject, samplePull } from '../support/samples.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = ${input}\n}\n`;
const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('"one"'),
  'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [policies]\n',
});
const operator = `policies:
  - name: nothing-new
    rule: plan.create == 0
    message: nothing is created on Fridays
    owners: { users: [grace] }
  - name: elsewhere
    match: "other/**"
    rule: plan.create == 99
  - name: small
    rule: size(plan.resources) < 10
`;

const say = async (story: Story, text: string, by = story.ada): Promise<void> => {
  await by.comment(1, text);
  await story.settled();
};

describe('the policies for a project', () => {
  const parsed = parseOperatorFile(
    `allow: [acme/*]\npolicies:\n  - {name: prod, match: "prod/**", rule: "true"}\n  - {name: theirs, repositories: [other/*], rule: "true"}\n`,
    'operator',
  );
  const names = (policies: readonly string[] | null, dir: string): readonly string[] => {
    if ('problem' in parsed) throw new Error(parsed.problem.sentence);
    const project = sampleProject(dir, { settings: { policies } });
    return policiesFor({ operator: parsed.value }, samplePull().ref.repo, project).map(({ name }) => name);
  };

  it('are those settled from the base branch, wherever the head put it, and all where that is not known', () => {
    expect(names(['prod', 'theirs'], 'moved/db')).toEqual(['prod']);
    expect(names(null, 'moved/db')).toEqual(['prod']);
    expect(names([], 'moved/db')).toEqual([]);
    // The operator wrote it since.
    expect(names([], 'prod/db')).toEqual(['prod']);
  });
});
/** Forges tell whole seconds. */
const read = () => createSystemClock().sleep(1_100);

describe('a policy of the operator', () => {
  it('stands in the way, says so on the board, and is let pass by an owner with a reason, for that plan alone', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, operator });
    await open(story, 'change', { 'network/main.tf': vpc('"two"') });
    await story.settled();
    expect(await story.board(1)).toContain('`/approve nothing-new` by `grace`');
    await say(story, '/apply');
    expect((await story.replies(1)).at(-1)).toContain('nothing is created on Fridays');
    expect(await stateOf(story, 'network')).toBe('');

    // Its author, whoever is no owner, a policy that is none, and one that nobody owns.
    for (const [person, text, words] of [
      [story.ada, '/approve nothing-new it is urgent', 'Whoever opened a pull request'],
      [story.margaret, '/approve nothing-new it is urgent', 'Only `grace` may'],
      [story.grace, '/approve nothing-at-all it is urgent', 'There is no policy'],
      [story.grace, '/approve small it is urgent', 'Nobody may let a plan pass'],
      [story.grace, '/approve elsewhere it is urgent', 'No plan that is ready here'],
    ] as const) {
      await say(story, text, person);
      expect((await story.replies(1)).at(-1)).toContain(words);
    }
    // That is another robot's word.
    const before = (await story.replies(1)).length;
    await story.grace.comment(1, '/approve');
    await story.grace.comment(1, '/approve no-issue');
    await story.settled();
    expect(await story.replies(1)).toHaveLength(before);

    await read();
    await say(story, "/approve nothing-new it's the network of the new office", story.grace);
    expect((await story.replies(1)).at(-1)).toContain('may pass `nothing-new`');
    expect(await story.board(1)).not.toContain('/approve');

    // Another plan is asked again.
    await story.ada.push('change', { 'network/main.tf': vpc('"three"') }, 'Another one');
    await story.settled();
    expect(await story.board(1)).toContain('`/approve nothing-new` by `grace`');

    await read();
    await say(story, '/approve nothing-new that one too', story.grace);
    await say(story, '/why');
    const why = (await story.replies(1)).at(-1) ?? '';
    expect(why).toContain('grace lets it pass: that one too');
    expect(why).toContain('operator file, line');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"three"');
  });

  it.each([
    ['edits', 'PATCH', { body: 'Never mind.' }],
    ['deletes', 'DELETE', undefined],
  ] as const)(
    'stands in the way again when its owner %s the comment that let it pass',
    { tags: ['long'] },
    async (_what, method, body) => {
      await using story = await tellStory({ files, operator });
      const { hub, repository, tokens } = story.world;
      await open(story, 'change', { 'network/main.tf': vpc('"two"') });
      await story.settled();
      await read();
      const { id } = await story.grace.comment(1, '/approve nothing-new it is agreed');
      await story.settled();
      expect(await story.board(1)).not.toContain('/approve');
      await read();
      const changed = await fetch(`${hub.apiUrl}/repos/${repository}/issues/comments/${id}`, {
        method,
        headers: { authorization: `token ${tokens['grace']}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect(changed.ok).toBe(true);
      await say(story, '/apply');
      expect((await story.replies(1)).at(-1)).toContain('nothing is created on Fridays');
      expect(await stateOf(story, 'network')).toBe('');
    },
  );

  it('stands in the way again when whoever let it pass may not any more', { tags: ['long'] }, async () => {
    const rules = 'rules: [{match: network, who_may: {override: {permission: maintain}}}]\n';
    await using story = await tellStory({
      files,
      operator: `${operator}${rules}`,
      people: { margaret: 'admin', ada: 'write', grace: 'maintain', mallory: 'read' },
    });
    await open(story, 'change', { 'network/main.tf': vpc('"two"') });
    await story.settled();
    await read();
    await say(story, '/approve nothing-new it is agreed', story.grace);
    expect(await story.board(1)).not.toContain('/approve');
    // Still an owner, and still somebody who may write.
    story.world.hub.setPermission(story.world.repository, 'grace', 'write');
    await say(story, '/apply');
    expect((await story.replies(1)).at(-1)).toContain('nothing is created on Fridays');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('stands in the way again when its rule is another one, and not for another message', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, operator });
    const file = path.join(story.folder, 'operator.yaml');
    const change = async (from: string, to: string) => {
      const text = readFileSync(file, 'utf8');
      expect(text).toContain(from);
      writeFileSync(file, text.replace(from, to));
      await story.world.restart();
    };
    await open(story, 'change', { 'network/main.tf': vpc('"two"') });
    await story.settled();
    await read();
    await say(story, '/approve nothing-new it is agreed', story.grace);
    await change('plan.create == 0', 'plan.create == 0 && plan.destroy == 0');
    await say(story, '/apply');
    expect((await story.replies(1)).at(-1)).toContain('nothing is created on Fridays');
    expect(await stateOf(story, 'network')).toBe('');
    await change('plan.create == 0 && plan.destroy == 0', 'plan.create == 0');
    await change('on Fridays', 'at weekends');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
  });
});
