import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { attacks } from '../hub/pages/attacks.ts';
import { type Browser, launch, type Page } from '../tools/browser/browser.ts';
import { createWorld, type World } from './world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Visit {
  readonly world: World;
  readonly page: Page;
  /** What went wrong in the page: errors, and what the content security policy stopped. */
  readonly complaints: string[];
  readonly requests: string[];
}

const visit = async (
  options: { readonly script?: boolean; readonly before?: (world: World) => void } = {},
): Promise<Visit> => {
  const world = await createWorld();
  onTestFinished(() => world.hub.close());
  options.before?.(world);
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    javaScriptEnabled: options.script ?? true,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(world.address);
  return { world, page, complaints, requests };
};

const actAs = async (page: Page, login: string): Promise<void> => {
  await page.locator('#acting-as').selectOption(login);
  await page.locator(`#acting-as option[value="${login}"][selected]`).waitFor({ state: 'attached' });
};

test('comment, approve and merge by clicking', async () => {
  const { world, page, complaints } = await visit();
  expect(page.url()).not.toContain('token');
  expect(await page.locator('.bubble .markdown h3').first().innerText()).toBe('Failed: 1 of 8 projects');

  await actAs(page, 'linus');
  await page.locator('#comment-body').fill('What does **this** do?\nAnd that?');
  await page.locator('button', { hasText: /^Comment$/ }).click();
  await page.locator('.bubble strong', { hasText: 'this' }).waitFor();
  expect(await page.locator('button', { hasText: 'Merge pull request' }).count()).toBe(0);

  await page.locator('button', { hasText: 'Approve' }).click();
  await page.locator('#merge-box', { hasText: 'linus (read) approved, which does not count' }).waitFor();
  expect(await page.locator('#merge-box .dot.good').count()).toBe(1);

  await actAs(page, 'ada');
  await page.locator('button', { hasText: 'Approve' }).click();
  await page.locator('.event', { hasText: 'ada approved these changes' }).waitFor();
  expect(await page.locator('#merge-box .dot.good').count()).toBe(2);

  await page.locator('#merge-method').selectOption('squash');
  await page.locator('button', { hasText: 'Merge pull request' }).click();
  await page.locator('.pill.merged').waitFor();
  expect(world.pull.mergedBy?.login).toBe('ada');
  expect(complaints).toEqual([]);
});

test('the page follows what happens, and keeps what the reader opened and typed', async () => {
  const { world, page, complaints } = await visit();
  await page.locator('summary', { hasText: 'tidegate/apply' }).click();
  await page.locator('summary', { hasText: 'network' }).first().click();
  await page.locator('#comment-body').fill('half a thought');
  world.say('A **new** word from the bot.');
  await page.locator('.bubble strong', { hasText: 'new' }).waitFor();
  const comment = [...world.hub.repo('acme/infra').comments.values()][0];
  if (comment !== undefined) {
    comment.body = comment.body.replace('Failed: 1 of 8 projects', 'Failed: another way');
    comment.updatedAt += 1;
  }
  await page.locator('.bubble h3', { hasText: 'another way' }).waitFor();
  expect(await page.locator('#comment-body').inputValue()).toBe('half a thought');
  expect(await page.locator('.bubble .d-del').first().isVisible()).toBe(true);
  expect(await page.locator('#checks .inside').first().isVisible()).toBe(true);
  expect(complaints).toEqual([]);
});

test('what people write stays inert in the page', async () => {
  const { page, requests, world, complaints } = await visit({
    before: ({ say }) => {
      for (const attack of attacks) say(attack);
    },
  });
  expect(await page.locator('.bubble').count()).toBe(attacks.length + 2);
  // Links and folds only act when used.
  await page.evaluate(`for (const one of document.querySelectorAll('.markdown summary')) one.click()`);
  await page.evaluate(
    `for (const one of document.querySelectorAll('.markdown a')) one.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))`,
  );
  expect(await page.evaluate('window.hurt')).toBeUndefined();
  const strange = `.markdown :is(script, style, iframe, object, embed, form, svg, math, img, video, audio, link, meta, base, textarea, select, button)`;
  expect(await page.locator(strange).count()).toBe(0);
  expect(
    await page.evaluate(
      `[...document.querySelectorAll('.markdown *')].flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith('on') || name === 'style')`,
    ),
  ).toEqual([]);
  expect(
    await page.evaluate(
      `[...document.querySelectorAll('.markdown a[href]')].filter((one) => !['http:', 'https:', 'mailto:'].includes(one.protocol)).length`,
    ),
  ).toBe(0);
  expect(await page.evaluate(`document.querySelectorAll('#live').length`)).toBe(1);
  expect(requests.filter((url) => !url.startsWith(world.hub.url) && !url.startsWith('data:'))).toEqual([]);
  expect(complaints).toEqual([]);
  // The page around them still works.
  await page.locator('#comment-body').fill('still here');
  await page.locator('button', { hasText: /^Comment$/ }).click();
  await page.locator('.bubble p', { hasText: 'still here' }).waitFor();
});

test('everything works without scripts', async () => {
  const { world, page } = await visit({ script: false });
  await page.locator('#acting-as').selectOption('ada');
  await page.locator('button', { hasText: 'Switch' }).click();
  await page.locator('#comment-body').fill('no script');
  await page.locator('button', { hasText: /^Comment$/ }).click();
  await page.locator('.bubble p', { hasText: 'no script' }).waitFor();
  await page.locator('button', { hasText: 'Merge pull request' }).click();
  await page.locator('.pill.merged').waitFor();
  expect(world.pull.mergedAt).not.toBe(null);
});

test('nothing is wider than the window, on a phone either', async () => {
  const { world } = await visit();
  for (const width of [1280, 420, 390]) {
    const context = await browser.newContext({ viewport: { width, height: 800 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(world.address);
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
    const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(wide)).toBe(0);
    // The table's last column is reached inside the comment.
    await page.evaluate(
      `for (const one of document.querySelectorAll('.bubble .scroll')) one.scrollLeft = 9999`,
    );
    const right = `[...document.querySelectorAll('.bubble th:last-child')].map((one) => one.getBoundingClientRect().right)`;
    for (const edge of await page.evaluate<number[]>(right)) expect(edge).toBeLessThan(width);
    expect(await page.evaluate('window.scrollX')).toBe(0);
    await page.locator('.tabs a', { hasText: 'Files changed' }).click();
    await page.locator('.patch').first().waitFor();
    expect(await page.evaluate(wide)).toBe(0);
  }
});
