import { describe, expect, it } from 'vitest';
import { close, row, stateOf } from '../support/acts.ts';
import { gated } from '../support/gated-tool.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const things = (keys: string) => `resource "terraform_data" "x" {\n  for_each = toset([${keys}])\n}\n`;

const story = (more: Partial<StoryWish> = {}) =>
  tellStory({
    ...more,
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': things(''),
    }),
  });
const propose = async (told: Story, keys: string): Promise<void> => {
  await told.ada.push('change', { 'network/main.tf': things(keys) }, 'A change');
  await told.ada.openPull('change', 'A change');
  await told.settled();
};
const say = async (told: Story, text: string, who = told.ada): Promise<string> => {
  await who.comment(1, text);
  await told.settled();
  return (await told.replies(1)).at(-1) ?? '';
};
const instances = async (told: Story): Promise<readonly unknown[]> => {
  const text = await stateOf(told, 'network');
  const { resources } = JSON.parse(text === '' ? '{"resources": []}' : text);
  return resources.flatMap((one: { instances: readonly { attributes: unknown; index_key: unknown }[] }) =>
    one.instances.map(({ attributes, index_key }) => [index_key, Object(attributes).id]),
  );
};

describe('with the real tool', () => {
  it('what exists comes under terraform, is planned afresh, and leaves the state again and lives on', {
    tags: ['long'],
  }, async () => {
    await using told = await story();
    await propose(told, '"a b", "c"');
    expect(await row(told, 1, 'network')).toContain('| 2 | 0 | 0 | 0 | planned |');
    const imported = await say(told, `/import 'terraform_data.x["a b"]' "an id; $(touch /tmp/x) 'so'"`);
    expect(imported).toContain('Import successful');
    expect(imported).toContain('is in the state');
    expect(await instances(told)).toEqual([['a b', "an id; $(touch /tmp/x) 'so'"]]);
    expect(await row(told, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
    expect(await told.checks(1)).toContainEqual(expect.stringMatching(/^tidegate\/apply: action_required/));

    expect(await say(told, '/import terraform_data.x["c"] second')).toContain('Import successful');
    expect(await row(told, 1, 'network')).toContain('no changes');
    const removed = await say(told, `/state rm 'terraform_data.x["a b"]'`);
    expect(removed).toContain('Successfully removed 1 resource');
    expect(await instances(told)).toEqual([['c', 'second']]);
    expect(await row(told, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
    await say(told, '/apply');
    expect(await instances(told)).toHaveLength(2);
    expect(await told.checks(1)).toContainEqual(expect.stringMatching(/^tidegate\/apply: success/));
  });

  it('what the tool refuses is told in its own words, and changes nothing', { tags: ['long'] }, async () => {
    await using told = await story();
    await propose(told, '"c"');
    expect(await say(told, '/import terraform_data.x["c"] first')).toContain('Import successful');
    const before = await instances(told);
    expect(await say(told, '/import terraform_data.x["c"] second')).toContain(
      'Resource already managed by Terraform',
    );
    expect(await say(told, '/import terraform_data.nobody id')).toContain(
      'does not exist in the configuration',
    );
    expect(await say(told, '/state rm terraform_data.nobody')).toContain('No matching objects found');
    expect(await instances(told)).toEqual(before);
    expect(await say(told, '/import terraform_data.x["c"] third', told.mallory)).toContain(
      'write permission',
    );
    await close(told, 1);
    await told.settled();
    expect(await say(told, '/state rm terraform_data.x["c"]')).toContain('open pull requests only');
    expect(await instances(told)).toEqual(before);
  });

  it('an import outlives the server that began it: the next one tells how it ended, and plans', {
    tags: ['long'],
  }, async () => {
    const gate = await gated('import');
    await using told = await story({ environment: gate.environment, logLevel: 'silent' });
    await propose(told, '"c"');
    await told.ada.comment(1, '/import terraform_data.x["c"] id');
    await gate.waits();
    await told.world.restart();
    expect(await told.checks(1)).toContainEqual(
      expect.stringMatching(/^tidegate\/plan: in_progress|^tidegate\/apply: /),
    );
    await gate.open();
    await told.settled();
    expect(await instances(told)).toEqual([['c', 'id']]);
    expect((await told.replies(1)).at(-1)).toContain('Import successful');
    expect(await row(told, 1, 'network')).toContain('no changes');
  });
});
