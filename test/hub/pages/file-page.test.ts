import { expect, test } from 'vitest';
import { visit, world } from './visit.ts';

test('a file at a commit is shown line by line, as text, to whoever may read it', async () => {
  const hub = await world();
  const text = 'a = "<b>"\n\nlast\n';
  const sha = await hub.pushFiles('acme/infra', 'more', {
    from: 'main',
    files: { 'odd #1/ä b.tf': text },
    as: 'grace',
  });
  const { get, act } = await visit(hub);
  const path = `/acme/infra/blob/${sha}/odd%20%231/%C3%A4%20b.tf`;
  const shown = await get(path);
  expect(shown.status).toBe(200);
  const page = await shown.text();
  expect(page).toContain(
    '<tr class="same" id="L1"><td class="n">1</td><td class="t">a = &quot;&lt;b&gt;&quot;</td></tr>',
  );
  expect(page).toContain('<tr class="same" id="L3"><td class="n">3</td><td class="t">last</td></tr>');
  expect(page).not.toContain('id="L4"');
  for (const none of [
    'main/none.tf',
    'main/odd%20%231',
    `${'0'.repeat(40)}/main.tf`,
    '--all/main.tf',
    'main/..%2fmain.tf',
  ])
    expect((await get(`/acme/infra/blob/${none}`)).status).toBe(404);
  // Who may not read the repository is told nothing of it.
  await act('eve', 'comment');
  expect((await get(path)).status).toBe(404);
});
