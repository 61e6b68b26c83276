import { expect, test } from 'vitest';
import type { Lifted } from '../../src/domain/declared/lifted.ts';
import type { Exposures } from '../../src/domain/plan-summary.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow } from '../../src/render/view.ts';
import { resource, row, summary, view } from './samples.ts';

const { board } = createRenderer();

test('what is not protected any more, where no plan changes anything', () => {
  const place = { path: 'infra/db/main.tf', line: 12, commit: null };
  const lifted: readonly Lifted[] = [
    { address: 'module.orders.aws_db_instance.main', type: 'aws_db_instance', more: 2, now: 'absent', place },
    {
      address: 'aws_s3_bucket.logs',
      type: 'aws_s3_bucket',
      more: 0,
      now: 'false',
      place: { ...place, line: 40 },
    },
    {
      address: 'aws_efs_file_system.home',
      type: 'aws_efs_file_system',
      more: 0,
      now: 'gone',
      place: { ...place, commit: 'b'.repeat(40) },
    },
    { address: 'aws_kms_key.all', type: 'aws_kms_key', more: 0, now: 'maybe', place },
    { address: 'infra/db/old.tf', type: '', more: 0, now: 'unread', place: null },
  ];
  const exposures: Exposures = {
    found: [{ kind: 'protection-off', says: 'off', path: 'a', before: 'true', after: 'false', about: [] }],
    more: { opening: 0, 'protection-off': 0 },
  };
  const filesUrl = 'https://github.com/acme/infra/blob/9f2c01e4b1aa';
  const first = (rows: readonly BoardRow[]): string => {
    const body = board(view(rows, { filesUrl }));
    return body.slice(body.indexOf('###'), body.indexOf('| Project'));
  };
  const calm = row('db', 'planned', { summary: summary([]), lifted });
  expect(first([calm])).toMatchInlineSnapshot(`
    "### No changes

    1 project: 1 without changes.

    **5 resources would lose their \`prevent_destroy\` and 2 more may lose it:**

    - unprotect \`module.orders.aws_db_instance.main\` in \`db\`: \`prevent_destroy\` is taken out (and 2 more addresses of that block) · [\`infra/db/main.tf:12\`](https://github.com/acme/infra/blob/9f2c01e4b1aa/infra/db/main.tf#L12)
    - unprotect \`aws_s3_bucket.logs\` in \`db\`: \`prevent_destroy\` \`true\` → \`false\` · [\`infra/db/main.tf:40\`](https://github.com/acme/infra/blob/9f2c01e4b1aa/infra/db/main.tf#L40)
    - unprotect \`aws_efs_file_system.home\` in \`db\`: \`prevent_destroy\` goes with the block that has it · [\`infra/db/main.tf:12\`](https://github.com/acme/infra/blob/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/infra/db/main.tf#L12), as the base branch has it
    - may unprotect \`aws_kms_key.all\` in \`db\`: whether \`prevent_destroy\` still holds is not known · [\`infra/db/main.tf:12\`](https://github.com/acme/infra/blob/9f2c01e4b1aa/infra/db/main.tf#L12)
    - may unprotect \`infra/db/old.tf\` in \`db\`: it cannot be read, so whether a \`prevent_destroy\` is taken out is not known

    "
  `);
  const changes = [resource('update', 'aws_x.y', [], { exposures })];
  const some = row('web', 'planned', { summary: summary(changes), lifted: lifted.slice(3, 4) });
  expect(first([some])).toMatchInlineSnapshot(`
    "### Plan: 1 to change

    1 project: 1 to apply.

    **1 resource may lose its \`prevent_destroy\` and 1 change would take a protection away:**

    - may unprotect \`aws_kms_key.all\` in \`web\`: whether \`prevent_destroy\` still holds is not known · [\`infra/db/main.tf:12\`](https://github.com/acme/infra/blob/9f2c01e4b1aa/infra/db/main.tf#L12)
    - update \`aws_x.y\` in \`web\`: off: \`a\` \`true\` → \`false\`

    "
  `);
  // What is not named is counted.
  const many = Array.from({ length: 150 }, (_, at) => ({ ...calm, name: `p${at}`, lifted: lifted.slice(4) }));
  expect(board(view(many, { filesUrl }))).toMatch(
    /and 50 more, not named here.*\n\n- `p100`: 1 unread without `prevent_destroy`/s,
  );
});
