import { describe, expect, it } from 'vitest';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { merge, type Story } from './stories.ts';

const fileWith = (feeds: string, needs = '[{project: network, outputs: [address]}]', more = ''): string =>
  `projects: [{name: network, dir: network}, {name: vault, dir: vault}, {name: shop, dir: shop, depends_on: ${needs}, feeds: {${feeds}}}${more}]`;
const host = 'host: {project: network, output: address}';

const shopOf = (story: Story) => {
  const { projects, brought } = merge(story);
  const shop = projects.find(({ name }) => name === 'shop');
  return {
    feeds: shop?.settings.feeds.map(
      ({ name, output, from }) => `${name}: ${output} of ${from?.dir ?? 'nowhere'}`,
    ),
    brought: brought
      .filter(({ project }) => project === shop?.key)
      .flatMap(({ settings }) =>
        settings.map(({ key, value, file, line }) => `${file}:${line} ${key} ${value}`),
      ),
  };
};

describe('outputs that a project is fed', () => {
  it('count as the base branch has them, with where they are read', () => {
    expect(shopOf({ base: fileWith(host), head: fileWith(host) })).toEqual({
      feeds: ['host: address of network'],
      brought: [],
    });
    expect(merge({ base: fileWith(host), head: fileWith(host) }).projects.at(-1)?.settings.feeds).toEqual([
      {
        name: 'host',
        project: 'network',
        output: 'address',
        from: {
          key: '7:network:default:*',
          dir: 'network',
          workspace: 'default',
          settings: { runner: 'terraform', version: null, backendFiles: [], env: {}, reads: [] },
        },
      },
    ]);
  });

  it('wait for trust where only the head says them: another output, another project, another place of that name', () => {
    const base = fileWith(host);
    const told = (head: string) => shopOf({ base, head }).brought;
    expect(told(fileWith('host: {project: network, output: key}', '[network]'))).toEqual([
      'tidegate.yaml:2 feeds.host key of network',
    ]);
    expect(told(fileWith(`${host}, more: {project: vault, output: key}`, '[network, vault]'))).toEqual([
      'tidegate.yaml:2 feeds.more key of vault',
    ]);
    expect(told(fileWith('host: {project: vault, output: address}', '[network, vault]'))).toEqual([
      'tidegate.yaml:2 feeds.host address of vault',
    ]);
    const swapped = base
      .replace('name: network, dir: network', 'name: old, dir: network')
      .replace('name: vault', 'name: network');
    expect(shopOf({ base, head: swapped })).toEqual({
      feeds: ['host: address of vault'],
      brought: ['tidegate.yaml:2 feeds.host address of network'],
    });
    // The same place by another name is the same.
    expect(
      told(base.replaceAll('name: network', 'name: net').replaceAll('project: network', 'project: net')),
    ).toEqual([]);
    expect(shopOf({ head: base }).brought).toEqual(['tidegate.yaml:2 feeds.host address of network']);
  });

  it('are left out where the head leaves them out: it reads less', () => {
    expect(shopOf({ base: fileWith(host), head: fileWith('') })).toEqual({ feeds: [], brought: [] });
  });

  it.each([
    [
      'host: {project: vault, output: key}',
      '[network]',
      '`shop` is fed `host` from the output `key` of `vault`, which its `depends_on` does not name.',
    ],
    [
      'host: {project: network, output: key}',
      '[{project: network, outputs: [address]}]',
      'the output `key` of `network`, which its `depends_on` does not name',
    ],
    [
      'host: {project: network, output: key}',
      '[{project: network, outputs: []}]',
      'the output `key` of `network`, which its `depends_on` does not name',
    ],
    [
      'a: {project: network, output: x}, a.b: {project: network, output: y}',
      '[network]',
      '`a.b` would lie inside of `a`, which is fed as well',
    ],
    [
      '"a..b": {project: network, output: x}',
      '[network]',
      '`a..b` in `projects[2].feeds` must be a name, or several with dots',
    ],
    ['"-a": {project: network, output: x}', '[network]', '`-a` in `projects[2].feeds` must be a name'],
    ['a: {project: network}', '[network]', '`projects[2].feeds.a.output` is missing'],
  ])('are refused with their place: %s, %s', (feeds, needs, sentence) => {
    const read = parseRepositoryFile(`version: 1\n${fileWith(feeds, needs)}`, 'tidegate.yaml');
    if (!('problem' in read)) throw new Error('it was taken');
    expect(read.problem).toMatchObject({ code: 'config-invalid' });
    expect(read.problem.sentence).toContain('tidegate.yaml, line 2');
    expect(read.problem.sentence).toContain(sentence);
  });
});
