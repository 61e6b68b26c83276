import { expect, test } from 'vitest';
import { createCheckRun } from '../../../src/hub/checks.ts';
import { visit, world } from './visit.ts';

const path = '/acme/infra/pull/1';

test('what a check says of lines stands below it and below them, as it is', async () => {
  const hub = await world();
  const { app } = await hub.registerApp({ slug: 'bot', events: [], permissions: { checks: 'write' } });
  hub.installApp(app.id, 'acme', ['acme/infra']);
  const repo = hub.repo('acme/infra');
  const says = (line: number, message: string) => ({
    path: 'main.tf',
    start_line: line,
    end_line: line,
    start_column: null,
    end_column: null,
    annotation_level: 'failure' as const,
    message,
    title: 'Destroys <it>',
    raw_details: null,
  });
  createCheckRun(hub.state, repo, { account: app.bot, app }, repo.pulls.get(1)?.head.sha ?? '', {
    name: 'bot/plan',
    conclusion: 'success',
    annotations: [says(1, 'one\ntwo & three'), says(9, 'elsewhere')],
  });
  const { text } = await visit(hub);
  const said = '<b>Destroys &lt;it&gt;</b><pre>one\ntwo &amp; three</pre>';
  expect(await text(path)).toContain(`<a href="${path}/files">main.tf:1</a> ${said}`);
  const files = await text(`${path}/files`);
  expect(files).toContain(
    `+a = 2</td></tr><tr class="said failure"><td class="n"></td><td class="n"></td><td class="t"><small>bot/plan</small> ${said}`,
  );
  expect(files).toContain('<span class="path">main.tf:9</span>');
});
