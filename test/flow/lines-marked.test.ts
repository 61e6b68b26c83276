import { afterEach, describe, expect, test } from 'vitest';
import { ForgeError } from '../../src/forge/port.ts';
import { eventually } from '../support/acts.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';
import { localBackend, tellStory } from '../support/story.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

interface Changed {
  readonly address: string;
  readonly actions: readonly string[];
  readonly reason?: string;
  readonly paths?: readonly (readonly (string | number)[])[];
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

const planOf = (changes: readonly Changed[]): string =>
  JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: changes.map(({ address, actions, reason, paths, before = {}, after = {} }) => {
      const [, module, type = '', name = ''] =
        /^(?:(module\..*)\.)?(\w+)\.(\w+)(?:\[.*\])?$/.exec(address) ?? [];
      return {
        address,
        ...(module === undefined ? {} : { module_address: module }),
        mode: 'managed',
        type,
        name,
        provider_name: 'terraform.io/builtin/terraform',
        ...(reason === undefined ? {} : { action_reason: reason }),
        change: {
          actions,
          before,
          after: actions.includes('create') ? after : null,
          after_unknown: {},
          before_sensitive: {},
          after_sensitive: {},
          ...(paths === undefined ? {} : { replace_paths: paths }),
        },
      };
    }),
    output_changes: {},
  });

const backend = 'terraform {\n  backend "http" {}\n}\n';
const files = (version: string) => ({
  'live/main.tf': `${backend}module "db" {\n  source  = "../modules/db"\n  version_of = "${version}"\n}\n`,
  'modules/db/main.tf':
    'variable "version_of" {}\nresource "aws_db_instance" "main" {\n  count  = 2\n  engine = var.version_of\n}\n',
});

const replaced: Changed = {
  address: 'module.db.aws_db_instance.main[1]',
  actions: ['delete', 'create'],
  reason: 'replace_because_cannot_update',
  paths: [['engine']],
  before: { engine: '14' },
  after: { engine: '15' },
};
const destroyed: Changed = {
  address: 'module.db.aws_db_instance.main[2]',
  actions: ['delete'],
  reason: 'delete_because_count_index',
};

/** #1, whose plan says these changes. */
const world = async (
  changes: { now: readonly Changed[] },
  arrange: (made: MemoryWorld) => void = () => {},
): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main: files('14') });
  open.push(w);
  arrange(w);
  w.tool.hooks.set('show', () => ({ data: planOf(changes.now) }));
  w.open(1, files('15'));
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const planChecks = (w: MemoryWorld) => w.forge.checks(repo).filter(({ name }) => name === 'tidegate/plan');
const marks = (w: MemoryWorld) =>
  (planChecks(w).at(-1)?.annotations ?? []).map(
    ({ path, startLine, title }) => `${path}:${startLine} ${title}`,
  );

const onReplace = 'live/main.tf:6 Replaces module.db.aws_db_instance.main[1]';
const onDestroy = 'modules/db/main.tf:3 Destroys module.db.aws_db_instance.main[2]';

describe('the check of the plan', () => {
  test('says on the lines what is destroyed and replaced, worst first, and why', async () => {
    const w = await world({ now: [replaced, destroyed] });
    expect(marks(w)).toEqual([onDestroy, onReplace]);
    expect(planChecks(w).at(-1)?.annotations?.[1]).toEqual({
      path: 'live/main.tf',
      startLine: 6,
      endLine: 6,
      level: 'failure',
      title: 'Replaces module.db.aws_db_instance.main[1]',
      message:
        'module.db.aws_db_instance.main[1], which may hold data, is replaced because of engine ("14" to "15").',
    });
    expect(w.complaints).toEqual([]);
  });

  test('says it once, though the answer to a write is lost and the check is written again', async () => {
    const w = await world({ now: [replaced] }, (made) =>
      made.forge.failNext('upsertCheck', new ForgeError('unavailable', 'the answer is lost'), 'after'),
    );
    expect(marks(w)).toEqual([onReplace]);
    const before = planChecks(w);
    await w.comment(1, '/apply');
    await w.settled();
    expect(marks(w)).toEqual([onReplace]);
    expect(planChecks(w).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(planChecks(w).at(-1)?.summary).not.toBe(before.at(-1)?.summary);
  });

  test('says nothing of a plan that there is no more', async () => {
    const changes = { now: [replaced, destroyed] };
    const w = await world(changes);
    changes.now = [destroyed];
    await w.comment(1, '/plan');
    await w.settled();
    expect(marks(w)).toEqual([onDestroy]);
  });

  test('a configuration that cannot be read costs the plan nothing', async () => {
    const w = await createMemoryWorld({
      main: {
        'live/main.tf': `${backend}# one\n`,
        'live/broken.tf': 'resource "aws_x" "y" {\n  a = "\n}\n',
      },
    });
    open.push(w);
    w.tool.hooks.set('show', () => ({ data: planOf([{ ...destroyed, address: 'aws_x.y' }]) }));
    w.open(1, { 'live/main.tf': `${backend}# two\n` });
    await w.event(1, 'opened');
    await w.settled();
    expect(planChecks(w).at(-1)).toMatchObject({ conclusion: 'success', annotations: [] });
  });
});

test('with terraform itself: a module with for_each loses a key, and what is left is replaced', {
  tags: ['long'],
}, async () => {
  const live = (keys: string, input: string) => `
module "it" {
  for_each = toset([${keys}])
  source   = "../module"
  input    = "${input}"
}
`;
  await using story = await tellStory({
    files: (state) => ({
      'live/backend.tf': localBackend(state, 'live'),
      'live/main.tf': '# nothing yet\n',
      'module/main.tf':
        'variable "input" {}\nresource "terraform_data" "x" {\n  count            = 1\n  triggers_replace = var.input\n}\n',
    }),
  });
  const { ada } = story;
  await ada.push('change', { 'live/main.tf': live('"a", "b.c"', 'one') }, 'Two');
  await ada.openPull('change', 'Two');
  await story.settled();
  await ada.comment(1, '/apply');
  await story.settled();
  await ada.push('change', { 'live/main.tf': live('"b.c"', 'two') }, 'One, anew');
  await story.settled();
  const { sha } = story.world.hub.repo(story.world.repository).pulls.get(1)?.head ?? {};
  const said = () =>
    [...story.world.hub.repo(story.world.repository).checkRuns.values()]
      .filter((run) => run.headSha === sha && run.name === 'tidegate/plan')
      .at(-1)
      ?.annotations.map(({ path, end_line, title }) => `${path}:${end_line} ${title}`);
  await eventually(() =>
    expect(said()).toEqual([
      'live/main.tf:3 Destroys module.it["a"].terraform_data.x[0]',
      'live/main.tf:5 Replaces module.it["b.c"].terraform_data.x[0]',
    ]),
  );
});
