import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conditionFunctions } from '../src/config/condition-cost.ts';
import { outputFields, planFields, resourceFields } from '../src/config/condition-fields.ts';
import { parseOperatorFile } from '../src/config/operator-file.ts';
import { parseRepositoryFile } from '../src/config/repository-file.ts';
import { checkWorkflowRunners } from '../src/config/workflows.ts';
import { parseYaml } from '../src/config/yaml.ts';
import { verbs } from '../src/domain/command.ts';
import { interpretComment } from '../src/domain/grammar.ts';
import { notificationTypes } from '../src/domain/notification.ts';
import { terraformArguments } from '../src/domain/tool-arguments.ts';
import { loadRunners } from '../src/runner/load.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const readme = read('README.md');

const block = (kind: string): string => {
  const found = new RegExp(`\`\`\`yaml ${kind}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`README has no example of ${kind}`);
  return found;
};

describe('what README says', () => {
  it('the example of an operator file is one, with a workflow that fits', async () => {
    const parsed = parseOperatorFile(block('operator'), 'README.md');
    expect(parsed).not.toHaveProperty('problem');
    if ('problem' in parsed) return;
    expect(parsed.value.allows('acme/infrastructure')).toBe(true);
    const { get, names } = await loadRunners([`${root}runners`], { parseYaml });
    const runners = names.flatMap((name) => get(name) ?? []);
    expect([...parsed.value.workflows.keys()]).toEqual(['checked']);
    expect(() => checkWorkflowRunners(parsed.value.workflows, runners)).not.toThrow();
  });

  it('the example of modes is one', () => {
    expect(parseRepositoryFile(block('modes'), 'tidegate.yaml')).not.toHaveProperty('problem');
  });

  it('the example of drift is one', () => {
    const parsed = parseRepositoryFile(block('drift'), 'tidegate.yaml');
    expect(parsed).not.toHaveProperty('problem');
    if ('value' in parsed) expect(parsed.value.rules.map(({ drift }) => drift?.mode)).toEqual(['issue']);
  });

  it('the example of tags is one', () => {
    const parsed = parseRepositoryFile(block('tags'), 'tidegate.yaml');
    expect(parsed).not.toHaveProperty('problem');
    if ('value' in parsed)
      expect(parsed.value.projects?.map(({ settings }) => settings.follows)).toEqual([
        { kind: 'tag', tag: 'v*', semver: '>= 1.0' },
      ]);
  });

  it('the example of tidegate.yaml is one', () => {
    const parsed = parseRepositoryFile(block('repository'), 'tidegate.yaml');
    expect(parsed).not.toHaveProperty('problem');
    if ('value' in parsed)
      expect(parsed.value.projects?.map(({ name }) => name)).toEqual(['network', 'database']);
  });

  it('the example of rules is one, with every kind of requirement but one', () => {
    const parsed = parseRepositoryFile(block('rules'), 'tidegate.yaml');
    expect(parsed).not.toHaveProperty('problem');
    if ('problem' in parsed) return;
    const [rule] = parsed.value.rules;
    expect(rule?.requirements?.apply?.map(({ kind }) => kind)).toEqual([
      'approved',
      'approved',
      'approved',
      'mergeable',
      'up_to_date',
      'checks',
      'window',
    ]);
    expect(Object.keys(rule?.whoMay ?? {})).toEqual(['apply', 'force-unlock']);
  });

  it('every word that a condition knows is told', () => {
    const told = readme.slice(
      readme.indexOf('`when` is a condition'),
      readme.indexOf('A project keeps its state'),
    );
    const words = [planFields, resourceFields, outputFields].flatMap((fields) => Object.keys(fields));
    for (const word of [...words, ...conditionFunctions]) expect(told).toContain(`\`${word}\``);
  });

  it('every command in the table is understood, and no command is missing', () => {
    const rows = [...readme.matchAll(/^\| `(\/[^`]+)` \|/gm)].map((row) => row[1] ?? '');
    const meant = rows.map((text) =>
      interpretComment(text, { prefixes: [], toolArguments: terraformArguments }),
    );
    expect(meant.map(({ kind }) => kind)).toEqual(rows.map(() => 'command'));
    const named = new Set(meant.flatMap((one) => (one.kind === 'command' ? [one.command.verb] : [])));
    expect([...named].sort()).toEqual([...verbs].sort());
  });

  it('the address that fills in the form of a new App asks for what app.yml says', () => {
    const address = new URL(/https:\/\/github\.com\/organizations\/\S+/.exec(readme)?.[0] ?? '');
    const manifest = z
      .object({ default_events: z.array(z.string()), default_permissions: z.record(z.string(), z.string()) })
      .parse(parseYaml(read('app.yml')));
    const asked = Object.fromEntries(address.searchParams);
    for (const other of ['name', 'url', 'webhook_url', 'webhook_active', 'public', 'events[]'])
      delete asked[other];
    expect(asked).toEqual(manifest.default_permissions);
    expect(address.searchParams.getAll('events[]')).toEqual(manifest.default_events);
  });

  it('every npm script that is named exists', () => {
    const scripts: unknown = JSON.parse(read('package.json'));
    for (const [, name] of readme.matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty(['scripts', name ?? '']);
  });

  it('every type of notification is in the table, and no other', () => {
    const start = readme.indexOf('Types are stable;');
    const table = readme.slice(start, readme.indexOf('###', start));
    const rows = table.split('\n').filter((line) => line.startsWith('| '));
    const told = rows.flatMap((row) => [...row.matchAll(/`([a-z]+\.[a-z]+)`/g)].map((found) => found[1]));
    expect(told.toSorted()).toEqual(notificationTypes);
  });

  it('every setting of the table is read, and every one that is read is in the table', () => {
    const code = ['environment.ts', 'pages-settings.ts', 'settings-reader.ts']
      .map((file) => read(`src/config/${file}`))
      .join('\n');
    const inCode = new Set(
      [...code.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOST|PORT)'/g)].map((found) => found[1]),
    );
    const table = readme.slice(readme.indexOf('### Settings'), readme.indexOf('The operator file (YAML'));
    const inTable = new Set(
      [...table.matchAll(/`((?:[A-Z][A-Z0-9]*)(?:_[A-Z0-9]+)*)`/g)].map((found) => found[1]),
    );
    expect([...inTable].filter((name) => !inCode.has(name))).toEqual([]);
    expect([...inCode].filter((name) => !inTable.has(name))).toEqual([]);
  });

  it.each([
    'README.md',
    'src/README.md',
    'runners/README.md',
    'src/hub/README.md',
    'examples/people/README.md',
  ])('every link of %s leads somewhere', (file) => {
    const folder = file.replace(/[^/]*$/, '');
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]+)|(?:src|srcset)="(?!https?:)([^"]+)"/g)];
    for (const [, link, source] of links) {
      const path = link ?? source ?? '';
      expect(existsSync(`${root}${folder}${path}`), `${file} links ${path}`).toBe(true);
    }
  });
});
