import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardRow } from '../../src/render/view.ts';
import { row, summary, view } from '../render/samples.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';
import { type Browser, launch } from '../tools/browser/browser.ts';
import { createWorld, type World } from './world.ts';

/** With a folder in `TIDEGATE_PICTURES` the comments are photographed too. */
const pictures = process.env['TIDEGATE_PICTURES'];
const fixtures = new URL('../fixtures/plans/', import.meta.url);
const danger = dangerCatalogue();
const plans = readdirSync(fixtures).map((name) => ({
  name,
  plan: readTerraformPlan(readFileSync(new URL(`${name}/plan.json`, fixtures)), danger).summary,
}));

/** Real providers' plans, every fourth project without changes, one that failed. */
const rowsOf = (many: number): readonly BoardRow[] =>
  Array.from({ length: many }, (_, index) => {
    const { name, plan } = plans[index % plans.length] ?? { name: 'none', plan: summary([]) };
    const called = `${name}-${index}`;
    if (index % 4 === 3) return row(`quiet-${index}`, 'planned', { summary: summary([]) });
    if (index === 5)
      return row('broken', 'failed', { output: 'Error: Unsupported argument\n\n  on main.tf line 3' });
    return row(called, 'planned', {
      summary: plan,
      next: `one approval, then \`/apply -p ${called}\``,
      url: 'https://tidegate.example/runs/01',
    });
  });

let world: World;
let browser: Browser;
beforeAll(async () => {
  world = await createWorld();
  browser = await launch();
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  await world.hub.close();
});

test.each([1, 20, 100])(
  'a comment of %i projects reads from what is dangerous to what is not',
  async (many) => {
    const { board } = createRenderer({ danger });
    world.say(board(view(rowsOf(many), { filesUrl: 'https://github.com/acme/infra/blob/9f2c01e4b1aa' })));
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ colorScheme, viewport: { width: 960, height: 900 } });
      const page = await context.newPage();
      await page.goto(world.address);
      const comment = page.locator('article', { hasText: 'lists the commands' }).last();
      const top = async (part: string): Promise<number> =>
        (await comment.locator(part).first().boundingBox())?.y ?? Number.NaN;
      expect(await top('h3')).toBeLessThan(await top('li'));
      expect(await top('li')).toBeLessThan(await top('table'));
      expect(await top('table')).toBeLessThan(await top('details'));
      // Nothing is so wide that the page has to be pushed sideways; what is wide scrolls by itself.
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(960);
      if (pictures !== undefined) {
        await comment.locator('summary').first().click();
        await comment.screenshot({ path: path.join(pictures, `board-${many}-${colorScheme}.png`) });
      }
      await context.close();
    }
  },
);
