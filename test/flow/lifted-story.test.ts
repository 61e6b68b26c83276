import { expect, test } from 'vitest';
import { eventually } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (name: string, lifecycle: string): string =>
  `resource "terraform_data" "${name}" {\n  input = "kept"\n${lifecycle}}\n`;
const guarded = '  lifecycle {\n    prevent_destroy = true\n  }\n';
const projects = ['own', 'gone', 'called'];

const made: Readonly<Record<string, string>> = {
  'own/main.tf': resource('db', guarded),
  'gone/main.tf': `${resource('db', guarded)}${resource('other', '')}`,
  'called/main.tf': 'module "store" {\n  source = "../store"\n}\n',
  'store/main.tf': resource('db', guarded),
};

/** Three projects, each with what is protected in its state. */
const story = async (): Promise<Story> => {
  const told = await tellStory({
    files: (state) =>
      Object.fromEntries(
        projects.flatMap((name) => [
          [`${name}/backend.tf`, localBackend(state, name)],
          [`${name}/main.tf`, '# nothing yet\n'],
        ]),
      ),
  });
  await told.ada.push('make', made, 'Make them');
  await told.ada.openPull('make', 'Make them');
  await told.settled();
  await told.ada.comment(1, '/apply');
  await told.settled();
  await told.ada.merge(1);
  await told.settled();
  return told;
};

/** What stands above the table, links taken off. */
const top = (board: string | null): readonly string[] =>
  (board ?? '')
    .slice(0, (board ?? '').indexOf('| Project'))
    .replaceAll(/\[(`[^`]+`)\]\([^)]*\)/g, '$1')
    .split('\n')
    .filter((line) => /^(?:###|\*\*|- )/.test(line));

const marks = (told: Story, number: number): readonly string[] => {
  const { hub, repository } = told.world;
  const { pulls, checkRuns } = hub.repo(repository);
  const sha = pulls.get(number)?.head.sha;
  const last = [...checkRuns.values()].findLast(
    (run) => run.headSha === sha && run.name === 'tidegate/plan' && run.status === 'completed',
  );
  return (last?.annotations ?? []).map(
    ({ path, end_line, annotation_level, title }) => `${path}:${end_line} ${annotation_level} ${title}`,
  );
};

test('a `prevent_destroy` that goes is told first, whatever the plan says, until it is merged', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  await using told = await story();
  const { ada } = told;

  await ada.push('own', { 'own/main.tf': resource('db', '') }, 'Unprotect');
  await ada.openPull('own', 'Unprotect');
  await told.settled();
  expect(top(await told.board(2))).toEqual([
    '### No changes',
    '**1 resource would lose its `prevent_destroy`:**',
    '- unprotect `terraform_data.db` in `own`: `prevent_destroy` is taken out · `own/main.tf:1`',
  ]);
  await eventually(() =>
    expect(marks(told, 2)).toEqual(['own/main.tf:1 failure Unprotects terraform_data.db']),
  );

  await ada.push('gone', { 'gone/main.tf': resource('other', '') }, 'Take it out');
  await ada.openPull('gone', 'Take it out');
  await told.settled();
  expect(top(await told.board(3))).toEqual([
    '### Plan: 1 to destroy',
    '**1 resource would lose its `prevent_destroy`:**',
    '- unprotect `terraform_data.db` in `gone`: `prevent_destroy` goes with the block that has it · `gone/main.tf:4`, as the base branch has it',
    '**1 resource would be destroyed:**',
    '- destroy `terraform_data.db` in `gone`, because it is no longer in the configuration',
  ]);
  // Nothing of it is left at the head that a line could be of.
  expect(marks(told, 3)).toEqual([]);
  const { merge_commit_sha: commit } = await ada.pull(1);
  expect(await told.board(3)).toContain(`/blob/${commit}/gone/main.tf#L4)`);

  await ada.push('called', { 'store/main.tf': resource('db', guarded.replace('true', 'false')) }, 'Off');
  await ada.openPull('called', 'Off');
  await told.settled();
  expect(top(await told.board(4))).toEqual([
    '### No changes',
    '**1 resource would lose its `prevent_destroy`:**',
    '- unprotect `module.store.terraform_data.db` in `called`: `prevent_destroy` `true` → `false` · `store/main.tf:4`',
  ]);
  await eventually(() =>
    expect(marks(told, 4)).toEqual(['store/main.tf:4 failure Unprotects module.store.terraform_data.db']),
  );

  await ada.merge(4);
  await told.settled();
  expect(top(await told.board(4))).toEqual(['### Merged. No changes']);
});

test('it is told of a push behind an apply, that has nothing to change any more', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  await using told = await story();
  const { ada } = told;
  const changed = resource('db', guarded).replace('kept', 'new');
  await ada.push('own', { 'own/main.tf': changed }, 'Change');
  await ada.openPull('own', 'Change');
  await told.settled();
  await ada.comment(2, '/apply');
  await told.settled();
  expect(top(await told.board(2))).toEqual(['### Applied: 1 changed']);
  await ada.push('own', { 'own/main.tf': changed.replace(guarded, '') }, 'Unprotect');
  await told.settled();
  expect(top(await told.board(2)).slice(1)).toEqual([
    '**1 resource would lose its `prevent_destroy`:**',
    '- unprotect `terraform_data.db` in `own`: `prevent_destroy` is taken out · `own/main.tf:1`',
  ]);
});
