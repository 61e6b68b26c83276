import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { eventually } from '../support/acts.ts';
import { type Browser, launch, type Page } from '../tools/browser/browser.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm run demo` starts; resolves with what it printed once the address is there. */
const startDemo = async (): Promise<string> => {
  const demo = spawn('node', ['src/main.ts', 'demo'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (demo.exitCode !== null) return;
    const ended = once(demo, 'exit');
    demo.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    demo.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${printed}`)));
    demo.stdout?.on('data', (chunk) => {
      printed += String(chunk);
      if (printed.includes('Ctrl-C')) resolve();
    });
  });
  return printed;
};

/** Chosen again where a page that was still on its way took the choice with it. */
const actAs = (page: Page, login: string): Promise<void> =>
  eventually(async () => {
    await page.locator('#acting-as').selectOption(login);
    const chosen = page.locator(`#acting-as option[value="${login}"][selected]`);
    await chosen.waitFor({ state: 'attached', timeout: 5_000 });
  });

const say = async (page: Page, text: string): Promise<void> => {
  await page.locator('#comment-body').fill(text);
  await page.locator('button', { hasText: /^Comment$/ }).click();
};

test('a person plans, approves, applies and merges on the page of the demo', {
  timeout: 120_000,
}, async () => {
  const printed = await startDemo();
  const [address = '', second = '', queued = ''] = printed.match(/http:\/\/127\.0\.0\.1:\d+\/\S+/g) ?? [];
  const state = /State files:\s+(\S+)/.exec(printed)?.[1] ?? '';
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('.bubble h3', { hasText: 'Plan: 1 to change, 1 to replace' }).waitFor();

  // An ordinary writer to begin with; the menu says what each person may do, in the terminal's order.
  const menu = `[...document.querySelectorAll('#acting-as option')].map((one) => one.textContent)`;
  expect(await page.evaluate(menu)).toEqual([
    'ada (write)',
    'grace (write)',
    'margaret (admin)',
    'mallory (read)',
  ]);
  expect(await page.locator('#acting-as').inputValue()).toBe('ada');
  expect(printed).toMatch(/ada +write .*\n +grace +write .*\n +margaret +admin .*\n +mallory +read /);

  await say(page, '/help');
  await page.locator('.bubble', { hasText: '/unlock' }).last().waitFor();
  await say(page, '/plan');
  // A person who is too quick is told that it is still being planned, and asks again.
  const refused = page.locator('.bubble', { hasText: 'It waits for a review' });
  for (let tries = 0; tries < 10 && (await refused.count()) === 0; tries += 1) {
    const answers = await page.locator('.bubble').count();
    await say(page, '/apply');
    await page
      .locator('.bubble')
      .nth(answers + 1)
      .waitFor();
  }
  expect(await refused.count()).toBeGreaterThan(0);
  expect(await readFile(path.join(state, 'network.tfstate'), 'utf8')).toContain('storage');
  expect(await readFile(path.join(state, 'database.tfstate'), 'utf8')).not.toContain('storage');

  await actAs(page, 'grace');
  await page.locator('button', { hasText: 'Approve' }).click();
  await page.locator('.event', { hasText: 'grace approved these changes' }).waitFor();

  await actAs(page, 'ada');
  await say(page, '/apply');
  await page.locator('#checks', { hasText: '2 projects applied' }).waitFor();
  expect(await readFile(path.join(state, 'database.tfstate'), 'utf8')).toContain('storage');

  await page.locator('button', { hasText: 'Merge pull request' }).click();
  await page.locator('.pill.merged').waitFor();
  await page.locator('.bubble h3', { hasText: 'Merged.' }).waitFor();

  // What waited in line for it is planned by now, or in a moment.
  await page.goto(second);
  await page.locator('.bubble h3', { hasText: 'Plan: 1 to add' }).waitFor();

  // Another repository: a button before the merge, a queue for it, and what is applied by it.
  await page.goto(queued);
  const billing = page.locator('#checks li', { hasText: 'tidegate: billing' });
  await billing.locator('summary').first().click();
  await billing.locator('button', { hasText: /^Apply$/ }).click();
  await page.locator('#deployments', { hasText: 'staging' }).waitFor();
  await page.locator('.bubble', { hasText: '1 applied' }).waitFor();
  expect(await readFile(path.join(state, 'billing.tfstate'), 'utf8')).toContain('"free": 250');
  expect(await readFile(path.join(state, 'gateway.tfstate'), 'utf8')).not.toContain('"limit": 250');
  await actAs(page, 'grace');
  await page.locator('button', { hasText: 'Approve' }).click();
  await page.locator('.event', { hasText: 'grace approved these changes' }).waitFor();
  await page.locator('#checks', { hasText: 'Applies after the merge' }).waitFor();
  // Within the second of the approval nobody can tell what came first.
  const clock = createSystemClock();
  await clock.sleep(1000 - (clock.now() % 1000));
  await page.locator('button', { hasText: 'Merge when ready' }).click();
  await page.locator('.pill.merged').waitFor();
  await page.locator('.bubble', { hasText: '2 applied' }).waitFor();
  await page.locator('#deployments', { hasText: 'production' }).waitFor();
  expect(await readFile(path.join(state, 'gateway.tfstate'), 'utf8')).toContain('"limit": 250');
});
