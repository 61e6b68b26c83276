import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { AppOverrides } from '../../src/app.ts';
import { type Person, personOf } from '../../src/demo/person.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

/** What the module makes hangs on who uses it, so that each consumer comes to something else. */
const network = (changed: 'before' | 'after') => `variable "name" {
  type = string
}
resource "terraform_data" "vpc" {
  count            = ${changed === 'after' ? 'var.name == "old" ? 0 : 1' : '1'}
  input            = "\${var.name} \${path.module}"
  triggers_replace = ${changed === 'after' ? 'var.name == "web" ? "two" : "one"' : '"one"'}
}
`;
const modules = {
  'modules/network/main.tf': network('before'),
  'modules/storage/main.tf': 'resource "terraform_data" "bucket" {}\n',
};

/** A state in which the module, as it was, has been applied; where it is installed stands in it. */
const applied = (module: string, name: string) => {
  const input = { type: 'string', value: `${name} .terraform/modules/${module}/modules/network` };
  return JSON.stringify({
    version: 4,
    terraform_version: '1.4.0',
    serial: 1,
    lineage: 'a1b2c3d4-0000-0000-0000-000000000000',
    outputs: {},
    resources: [
      {
        module: `module.${module.replaceAll('.', '.module.')}`,
        mode: 'managed',
        type: 'terraform_data',
        name: 'vpc',
        provider: 'provider["terraform.io/builtin/terraform"]',
        instances: [
          {
            index_key: 0,
            schema_version: 0,
            attributes: {
              id: 'b1b2c3d4-0000-0000-0000-000000000000',
              input: { value: input.value, type: input.type },
              output: { value: input.value, type: input.type },
              triggers_replace: { value: 'one', type: 'string' },
            },
            sensitive_attributes: [],
          },
        ],
      },
    ],
  });
};

const passes = 'trust:\n  modules:\n    otherwise: allow\n';
const rule = (used: string, more = '    plan: true\n') =>
  `consumers:\n  - modules: acme/modules\n    used_by: ${used}\n${more}`;
const shown = '[acme/shop, acme/blog]';

/** `shop/web` and `shop/old` use the module, and `blog/site` by way of a folder of its own; `secret/vault` does too, and no rule names it. */
const tell = async (operator: string, app: AppOverrides = {}): Promise<Story> => {
  const story = await tellStory({
    files: () => ({ 'README.md': 'Nothing of this is about modules.\n' }),
    others: { modules, shop: {}, blog: {}, secret: {} },
    operator,
    app,
  });
  const { stateFolder, hub } = story.world;
  const from = `git::http://${new URL(hub.url).host}/acme/modules.git`;
  const use = (folder: string, name: string | null) =>
    `module "it" {\n  source = "${from}//modules/${folder}?ref=v1"\n${name === null ? '' : `  name   = ${name}\n`}}\n`;
  const project = (dir: string, name: string) => ({
    [`${dir}/backend.tf`]: localBackend(stateFolder, dir),
    [`${dir}/main.tf`]: use('network', JSON.stringify(name)),
  });
  await hub.pushFiles('acme/shop', 'main', {
    as: 'ada',
    files: {
      ...project('web', 'web'),
      ...project('old', 'old'),
      'files/backend.tf': localBackend(stateFolder, 'files'),
      'files/main.tf': use('storage', null),
    },
  });
  await hub.pushFiles('acme/blog', 'main', {
    as: 'ada',
    files: {
      'site/backend.tf': localBackend(stateFolder, 'site'),
      'site/main.tf': 'module "inside" {\n  source = "../lib"\n}\n',
      'lib/main.tf': use('network', '"site"'),
    },
  });
  await hub.pushFiles('acme/secret', 'main', { as: 'ada', files: project('vault', 'vault') });
  for (const [name, module] of [
    ['web', 'it'],
    ['old', 'it'],
    ['site', 'inside.it'],
  ] as const)
    await writeFile(path.join(stateFolder, `${name}.tfstate`), applied(module, name));
  await story.settled();
  return story;
};

/** A pull request of ada that changes the module, and what is asked of it. */
const propose = async (
  story: Story,
): Promise<{ readonly ada: Person; readonly number: number; readonly head: string }> => {
  const ada = personOf(story.world, 'ada', 'acme/modules');
  await ada.push('change', { 'modules/network/main.tf': network('after') }, 'Change the network');
  const { number, head } = await ada.openPull('change', 'Change the network');
  await story.settled();
  await ada.comment(number, '/plan --consumers');
  await story.settled();
  return { ada, number, head: head.sha };
};

const told = async (person: Person, number: number): Promise<string> => {
  const all = (await person.comments(number)).filter(({ body }) => body.includes('tidegate:consumers:'));
  expect(all).toHaveLength(1);
  return all[0]?.body ?? '';
};

const boardOf = async (person: Person, number: number): Promise<string> =>
  (await person.comments(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const query = (story: Story, sql: string): readonly Record<string, unknown>[] => {
  const database = new DatabaseSync(path.join(story.folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};

const filesIn = (story: Story): readonly string[] =>
  readdirSync(path.join(story.folder, 'data'), { recursive: true, encoding: 'utf8' });

/** Artifacts of plans. */
const keptPlans = (story: Story): readonly string[] =>
  filesIn(story).filter((file) => file.startsWith('blobs/') && /[0-9a-f]{40}/.test(file));

/** What was run with a consumer's credentials. */
const planned = (story: Story): readonly unknown[] =>
  query(story, "select facts_json from audit_events where kind = 'consumers.planned'");

describe('the consumers of a module', { tags: ['long'] }, () => {
  it('are planned with the module as the pull request makes it, and told by effect, the dangerous first', {
    timeout: 120_000,
  }, async () => {
    await using story = await tell(rule(shown) + passes);
    const { ada, number } = await propose(story);
    const body = await told(ada, number);
    expect(body).toContain('3 projects: 1 destroy, 1 replace, 1 no changes.');
    expect(await boardOf(ada, number)).toContain('is used by 3 projects in 2 repositories');
    expect(await boardOf(ada, number)).not.toMatch(/shop|blog/);
    await ada.comment(number, '/status');
    await story.settled();
    const replies = (await ada.comments(number)).filter(({ body }) => body.includes('### Status'));
    expect(replies.at(-1)?.body).toContain('is used by 3 projects in 2 repositories');
    const order = ['`acme/shop` `old`', '`acme/shop` `web`', '`acme/blog` `site`'].map((one) =>
      body.indexOf(one),
    );
    expect(order.every((at) => at > 0)).toBe(true);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(body).toContain('destroys `module.it.terraform_data.vpc[0]`');
    expect(body).toContain('replaces `module.it.terraform_data.vpc[0]`');
    expect(body).toContain('1 more project use');
    // What no rule names is not there: neither its name nor a number that it is part of.
    expect((await ada.comments(number)).filter((one) => /secret|vault/.test(one.body))).toEqual([]);
    // No value is.
    expect(body).not.toContain('.terraform/modules');
    expect(planned(story)).toHaveLength(3);
  });

  it('are planned with the module also where they may read nothing but their own, if they need no more', {
    timeout: 120_000,
  }, async () => {
    await using story = await tell(`${rule(shown)}${passes}rules: [{match: '**', reads: []}]\n`);
    const { ada, number } = await propose(story);
    const body = await told(ada, number);
    expect(body).toContain('3 projects: 1 destroy, 1 replace, 1 may not be planned.');
    expect(body).toContain('it needs more than the operator lets it read');
    expect(body).not.toContain('lib');
    expect(planned(story)).toHaveLength(2);
  });

  it('are nothing that could be applied, lock nothing and leave nothing', { timeout: 120_000 }, async () => {
    await using story = await tell(rule(shown) + passes);
    const { ada, number } = await propose(story);
    expect(await told(ada, number)).toContain('3 projects');
    for (const table of ['runs', 'locks', 'lock_waiters', 'batches'])
      expect(
        query(
          story,
          `select * from ${table} where repository_id <> (select repository_id from consumer_looks)`,
        ),
      ).toEqual([]);
    expect(keptPlans(story)).toEqual([]);
    expect(filesIn(story).filter((file) => /main\.tf$/.test(file))).toEqual([]);
    const before = await told(ada, number);
    const { id } = await ada.comment(number, '/apply');
    await story.settled();
    expect(await ada.reactions(id)).toContain('confused');
    expect(await told(ada, number)).toBe(before);
  });

  it('are kept where what a plan has made is not taken away: the twin of nothing that could be applied', {
    timeout: 120_000,
  }, async () => {
    await using story = await tell(rule(shown) + passes, {
      around: (ports) => ({ ...ports, blobs: { ...ports.blobs, delete: async () => {} } }),
    });
    const { ada, number } = await propose(story);
    expect(await told(ada, number)).toContain('3 projects');
    expect(keptPlans(story)).toHaveLength(3);
  });

  it('are not planned with what a stranger’s fork makes of the module, nor counted there', {
    timeout: 120_000,
  }, async () => {
    await using story = await tell(rule(shown) + passes);
    const { hub } = story.world;
    await hub.fork('acme/modules', 'mallory');
    await hub.pushFiles('mallory/modules', 'theirs', {
      as: 'mallory',
      from: 'main',
      files: { 'modules/network/main.tf': network('after') },
    });
    const pull = { as: 'mallory', head: 'mallory:theirs', base: 'main', title: 'From a fork' };
    const { number } = await hub.openPull('acme/modules', pull);
    await story.settled();
    const ada = personOf(story.world, 'ada', 'acme/modules');
    await ada.comment(number, '/plan --consumers');
    await story.settled();
    const bodies = (await ada.comments(number)).map(({ body }) => body).join('\n');
    expect(bodies).toContain('lives in another repository');
    expect(bodies).not.toMatch(/shop|blog|secret|is used by/);
    expect(planned(story)).toEqual([]);
  });

  it('are named where a rule names them: the twin of those that are not', { timeout: 120_000 }, async () => {
    await using story = await tell(rule("'acme/*'", '') + passes);
    const { ada, number } = await propose(story);
    const body = await told(ada, number);
    expect(body).toContain('`acme/secret` `vault`');
    // A rule without `plan` lets them be named and no more.
    expect(body).toContain('4 projects: 4 not planned.');
    expect(planned(story)).toEqual([]);
  });

  it('are not even looked for where no rule is', { timeout: 120_000 }, async () => {
    await using story = await tell('');
    const { ada, number } = await propose(story);
    const bodies = (await ada.comments(number)).map(({ body }) => body).join('\n');
    expect(bodies).not.toContain('is used by');
    expect(bodies).toContain('No rule lets projects of other repositories be shown');
    expect(bodies).not.toMatch(/shop|blog|secret/);
    expect(query(story, 'select * from used_modules')).toEqual([]);
  });

  it('are not planned before somebody else trusts the commit, who may do so where they are', {
    timeout: 180_000,
  }, async () => {
    await using story = await tell(rule(shown));
    story.world.hub.setPermission('acme/shop', 'grace', 'read');
    const { ada, number, head } = await propose(story);
    const waiting = await told(ada, number);
    expect(waiting).toContain('3 projects: 3 wait for trust.');
    expect(waiting).toContain('looks at this');
    expect(waiting, 'names of files of the others are theirs').not.toMatch(/\w\.tf\b/);
    expect(planned(story)).toEqual([]);
    await ada.comment(number, `/trust ${head}`);
    await story.settled();
    expect(planned(story)).toEqual([]);
    await personOf(story.world, 'grace', 'acme/modules').comment(number, `/trust ${head}`);
    await story.settled();
    const body = await told(ada, number);
    // Grace may not write to the shop, so her word is not one there.
    expect(body).toContain('3 projects: 2 wait for trust, 1 no changes.');
    expect(planned(story)).toHaveLength(1);
    await personOf(story.world, 'margaret', 'acme/modules').comment(number, `/trust ${head}`);
    await story.settled();
    expect(await told(ada, number)).toContain('3 projects: 1 destroy, 1 replace, 1 no changes.');
  });

  it('are planned for those only who may plan them where they are', { timeout: 120_000 }, async () => {
    await using story = await tell(rule(shown) + passes);
    story.world.hub.setPermission('acme/shop', 'ada', 'read');
    const { ada, number } = await propose(story);
    expect(await told(ada, number)).toContain('3 projects: 2 may not be planned, 1 no changes.');
    expect(planned(story)).toHaveLength(1);
  });
});
