import { access, chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { open, row, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const evil = 'resource "terraform_data" "it" { input = "evil" }';

/**
 * What a provider or an external data source could do while it plans, in the folder of its project. The
 * victim is another project of the same pull request, in the same checkout.
 */
const attacks = {
  // Same size, same time: git looks at the other times too.
  sibling: `f=../victim/main.tf; touch -r $f ../old; printf '%-45s' '${evil}' > $f; touch -r ../old $f; rm ../old`,
  override: `printf '%s' '${evil}' > ../victim/main_override.tf; printf 'x = 1' > ../victim/x.auto.tfvars`,
  backend: `mkdir -p ../victim/.terraform; printf 'evil' > ../victim/.terraform/environment`,
  pipe: 'rm main.tf; mkfifo main.tf; mkfifo ../victim/pipe.tf',
  closed: 'mkdir closed; chmod 000 closed ../victim ..',
  git: `git init -q ..; git -C .. config core.fsmonitor 'touch $CANARY'; printf '* filter=x' > ../.gitattributes`,
  link: 'cd ..; rm -rf victim; ln -s /etc victim',
  gone: 'cd ../..; rm -rf tree; ln -s /tmp tree',
  beside: 'rm -f ../../tree.index; mkdir -p ../../tree.index/x ../../tree.index.lock/x',
  large: 'truncate -s 600M large.bin; mkdir -p ../victim/large; truncate -s 600M ../victim/large/large.bin',
} as const;
const names = Object.keys(attacks) as readonly (keyof typeof attacks)[];

it('what a plan does to the checkout reaches no other project, and the server stays up', {
  tags: ['long'],
}, async () => {
  const tool = temporaryFolder('tool');
  const canary = path.join(tool, 'ran');
  const real = process.env['PATH'] ?? '';
  await writeFile(
    path.join(tool, 'terraform'),
    `#!/bin/sh\nPATH='${real}'\nCANARY='${canary}'\nterraform "$@"\ncode=$?\nif [ "$1" = plan ] && [ -e attack ]; then . ./attack; fi\nexit $code\n`,
  );
  await chmod(path.join(tool, 'terraform'), 0o755);
  await using story = await tellStory({
    files: (state) =>
      Object.assign(
        // The attacker goes first: `parallel_runs` is one, and its name comes before the victim's.
        {},
        ...names.map((name) => ({
          [`${name}/attacker/backend.tf`]: localBackend(state, `${name}-attacker`),
          [`${name}/attacker/main.tf`]: resource('small'),
          [`${name}/victim/backend.tf`]: localBackend(state, `${name}-victim`),
          [`${name}/victim/main.tf`]: resource('small'),
        })),
      ),
    environment: { PATH: `${tool}:${real}` },
    operator: 'parallel_runs: 1\n',
    logLevel: 'silent',
  });
  for (const name of names)
    await open(story, name, {
      [`${name}/attacker/attack`]: attacks[name],
      [`${name}/attacker/main.tf`]: resource('large'),
      [`${name}/victim/main.tf`]: resource('large'),
    });
  await story.settled();
  for (const [index, name] of names.entries())
    expect(await row(story, index + 1, `${name}/victim`), name).toContain('| 1 | 0 | 0 | 0 | planned |');
  // Planned once more, and the victim applied behind it: every run finds the tree as it was reviewed.
  for (const [index, name] of names.entries())
    await story.ada.comment(index + 1, `/plan -p ${name}/attacker`);
  await story.settled();
  for (const [index, name] of names.entries()) await story.ada.comment(index + 1, `/apply -p ${name}/victim`);
  await story.settled();
  for (const name of names) {
    const state = await stateOf(story, `${name}-victim`);
    expect(state, name).toContain('"large"');
    expect(state, name).not.toContain('evil');
  }
  await expect(access(canary)).rejects.toThrow('ENOENT');
});
