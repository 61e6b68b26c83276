import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { row, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, tellStory } from '../support/story.ts';

/**
 * terraform whose `plan`, once it is made and printed, does not end before `show` was started beside it; nobody would start
 * that, it fails after a minute. `after`: a shell command between the two, with the plan's file as `$plan`.
 */
const lingering = (after = ':') => {
  const folder = temporaryFolder('lingering');
  const real = process.env['PATH'] ?? '';
  mkdirSync(path.join(folder, 'bin'));
  const file = path.join(folder, 'bin', 'terraform');
  writeFileSync(
    file,
    `#!/bin/sh
PATH='${real}'
case "$1" in
show) echo show >> '${folder}/journal';;
plan)
  for one in "$@"; do case "$one" in -out=*) plan=\${one#-out=};; esac; done
  terraform "$@" || exit
  n=0
  until [ -e '${folder}/journal' ]; do n=$((n+1)); [ $n -lt 1200 ] || exit 9; sleep 0.05; done
  ${after}
  exit 0;;
esac
exec terraform "$@"
`,
  );
  chmodSync(file, 0o755);
  return {
    environment: { PATH: `${path.join(folder, 'bin')}:${real}` },
    journal: path.join(folder, 'journal'),
  };
};

it('a plan is read while the real tool still prints it, and what was read is what is applied', async () => {
  const tool = lingering();
  await using told = await tellStory({
    environment: tool.environment,
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': '',
    }),
  });
  const change = { 'network/main.tf': 'resource "terraform_data" "x" {\n  input = "early"\n}\n' };
  await told.ada.push('change', change, 'A change');
  await told.ada.openPull('change', 'A change');
  await told.settled();
  expect(existsSync(tool.journal)).toBe(true);
  expect(await row(told, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
  await told.ada.comment(1, '/apply');
  await told.settled();
  expect(await stateOf(told, 'network')).toContain('"early"');
  expect(await told.checks(1)).toContainEqual(expect.stringMatching(/^tidegate\/apply: success/));
});

it('a plan that is written anew behind what was read of it is read anew', { tags: ['long'] }, async () => {
  const tool = lingering('terraform plan -input=false -out="$plan" -var=input=late > /dev/null');
  await using told = await tellStory({
    environment: tool.environment,
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': '',
    }),
  });
  const change = {
    'network/main.tf':
      'variable "input" {\n  default = "early"\n}\nresource "terraform_data" "x" {\n  input = var.input\n}\n',
  };
  await told.ada.push('change', change, 'A change');
  await told.ada.openPull('change', 'A change');
  await told.settled();
  const board = await told.board(1);
  expect(board).toContain('late');
  expect(board).not.toContain('early');
});
