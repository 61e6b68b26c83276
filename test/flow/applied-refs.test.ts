import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { open } from '../support/acts.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';
import { resource } from '../support/served.ts';
import { localBackend, tellStory } from '../support/story.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};
const operator = 'rules: [{ match: "**", environment: production }]\n';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const applying = async (operatorLines: string, permitted = true): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main, operator: operatorLines });
  worlds.push(w);
  w.forge.permitApp('contents', permitted);
  return w;
};

const apply = async (w: MemoryWorld, number: number, text: string): Promise<string> => {
  const { head } = w.open(number, { 'network/main.tf': text });
  await w.event(number, 'opened');
  await w.settled();
  await w.comment(number, '/apply');
  await w.settled();
  await w.advance(5_000);
  expect(w.tool.state.get('network')).toBe(text);
  return head.sha;
};

const refs = (w: MemoryWorld): unknown => Object.fromEntries(w.forge.opening.refs(repo));

describe('after an apply into an environment', () => {
  it('a ref of our own says which commit it was, and moves with the next', async () => {
    const w = await applying(operator);
    const first = await apply(w, 1, 'large');
    await w.until(() => w.forge.opening.refs(repo).size > 0);
    expect(refs(w)).toEqual({ 'refs/tidegate/production/network': first });
    await w.merge(1, { 'network/main.tf': 'large' });
    await w.settled();
    const second = await apply(w, 2, 'larger');
    await w.until(() => w.forge.opening.refs(repo).get('refs/tidegate/production/network') === second);
  });

  it.each([
    ['of no environment', '', true],
    ['where the App may not write', operator, false],
  ])('there is none %s, and nothing else is different', async (_what, lines, permitted) => {
    const w = await applying(lines, permitted);
    await apply(w, 1, 'large');
    await w.advance(60_000);
    expect(refs(w)).toEqual({});
    expect(await w.ports.store.reports.backlog()).toMatchObject({ waiting: 0, parked: 0 });
  });
});

describe('on GitHub', () => {
  it.each([
    ['write', /^[0-9a-f]{40}$/],
    ['read', /^$/],
  ] as const)('with contents: %s', { tags: ['long'] }, async (contents, expected) => {
    await using story = await tellStory({
      files: (state) => ({
        'network/backend.tf': localBackend(state, 'network'),
        'network/main.tf': resource('small'),
      }),
      operator: `trust: { provisioners: allow }\n${operator}`,
      logLevel: 'silent',
      permissions: { contents },
    });
    const { folder } = story.world.hub.repo(story.world.repository);
    const ref = (): string =>
      execFileSync('git', ['for-each-ref', '--format=%(objectname)', 'refs/tidegate/production/network'], {
        cwd: folder,
        encoding: 'utf8',
      }).trim();
    for (const [number, text] of [
      [1, 'large'],
      [2, 'larger'],
    ] as const) {
      await open(story, text, { 'network/main.tf': resource(text) });
      await story.settled();
      await story.ada.comment(number, '/apply');
      await story.settled();
      await story.ada.merge(number);
      await story.settled();
      expect(ref()).toMatch(expected);
      const { head } = await story.ada.pull(number);
      if (contents === 'write') expect(ref()).toBe(head.sha);
    }
  });
});
