import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createMemoryWorld, refOf } from '../support/memory-world.ts';

const plan = readFileSync(
  new URL('../fixtures/plans/aws-db-instance-replace/plan.json', import.meta.url),
  'utf8',
);
const main = {
  'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: shop }\n',
  'shop/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'shop/main.tf': 'small',
};
const operator = `danger:
  data_types: [aws_db_parameter_*]
  no_data_types: [aws_elasticache_replication_group]
  rules:
    - { kind: protection-off, types: [aws_db_instance], path: multi_az, is: [true], says: costs twice as much }
    - { kind: opening, types: [aws_db_instance], path: db_name, is: [shop], says: named like the shop }
`;

it('what may lose data is told above the table, by what is shipped and what the operator says, and nobody’s secret', async () => {
  const world = await createMemoryWorld({ main, operator });
  try {
    world.tool.hooks.set('show', () => ({ data: plan }));
    world.open(1, { 'shop/main.tf': 'large' });
    await world.event(1, 'opened');
    await world.settled();
    const body = world.forge.comments(refOf(1))[0]?.body ?? '';
    const top = body.slice(0, body.indexOf('| Project'));
    expect(top.split('\n').filter((line) => /^(?:\*\*|- )/.test(line))).toEqual([
      '**1 resource that may hold data would be destroyed and 1 would be replaced:**',
      '- destroy `aws_db_parameter_group.orders` in `shop`, because it is no longer in the configuration',
      '- replace `aws_db_instance.orders` in `shop`, because `db_name` changes from `"orders"` to `"shop"`',
      '**1 change would take a protection away and 1 would open something to the world:**',
      '- replace `aws_db_instance.orders` in `shop`: no last snapshot is taken when it is destroyed: `skip_final_snapshot` `false` → `true`; deletion protection is switched off: `deletion_protection` `true` → `false`',
      '- replace `aws_db_instance.orders` in `shop`: reachable from the internet: `publicly_accessible` `false` → `true`; named like the shop: `db_name` is `shop`',
      '**1 other resource would be destroyed:**',
      '- destroy `module.cache.aws_elasticache_replication_group.sessions[0]` in `shop`, because its module is no longer in the configuration',
    ]);
    expect(body).not.toContain('nDz84tq0LmPwXe');
  } finally {
    await world.close();
  }
});
