import { expect, it } from 'vitest';
import { secretForms } from '../../src/observe/secret-forms.ts';
import { seededSecrets } from '../domain/secret-value/seeded-secrets.ts';
import { plan, resource } from '../runner/plan-json.ts';
import { createMemoryWorld, refOf, repo } from '../support/memory-world.ts';

it('of 200 seeded secrets that no tool marks none is in a comment, a check, an answer, a row or a text of a run', async () => {
  const secrets = seededSecrets(4, 11);
  const change = (from: number) => ({
    data: plan({
      resource_changes: secrets.slice(from, from + 20).flatMap(({ attributes }, index) => {
        const old = secrets[(from + index + 1) % secrets.length]?.attributes ?? {};
        return [
          resource(`aws_thing.new[${index}]`, { actions: ['create'], before: null, after: attributes }),
          resource(`aws_thing.old[${index}]`, { before: { ...old, size: 1 }, after: attributes }),
        ];
      }),
    }).toString(),
  });
  const projects = Array.from({ length: secrets.length / 20 }, (_, index) => `p${index}`);
  const world = await createMemoryWorld({
    main: Object.fromEntries(projects.map((dir) => [`${dir}/main.tf`, 'before'])),
  });
  try {
    world.tool.hooks.set('show', (dir) => {
      const from = Number(dir.slice(1)) * 20;
      // As the tool would: it prints what nobody marks.
      const lines = secrets
        .slice(from, from + 20)
        .map(({ attributes }) => `+ ${JSON.stringify(attributes)}\n`);
      return { ...change(from), text: lines.join('') };
    });
    world.open(1, Object.fromEntries(projects.map((dir) => [`${dir}/main.tf`, 'after'])));
    await world.event(1, 'opened');
    await world.settled();
    await world.comment(1, '/why -p p0');
    await world.settled();
    const runs = await world.ports.store.runs.ofPull({ repositoryId: repo.id, pullNumber: 1 }, ['planned']);
    expect(runs).toHaveLength(projects.length);
    const comments = world.forge.comments(refOf(1)).map(({ body }) => body);
    expect(comments.join('\n')).toMatch(/\(sensitive, [a-z2-7]{8} → [a-z2-7]{8}\)/);
    const said = [
      ...comments,
      ...comments.map((body) => body.replaceAll('\\', '')),
      ...world.forge.checks(repo).map((check) => JSON.stringify(check)),
      ...runs.map((run) => JSON.stringify(run)),
      ...runs.map(({ output }) => output ?? ''),
      ...world.complaints,
    ];
    const found = secrets.filter(({ secret }) =>
      secret
        .split('\n')
        .filter((line) => line.length >= 6 && !line.startsWith('-----'))
        .some((line) => [...secretForms(line)].some((form) => said.some((text) => text.includes(form)))),
    );
    expect(found.map(({ kind, secret }) => `${kind}: ${secret}`)).toEqual([]);
  } finally {
    await world.close();
  }
});
