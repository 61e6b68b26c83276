import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { personOf } from '../../../src/demo/person.ts';
import { newOwner, startingFiles } from '../../../src/demo/repository.ts';
import { applyOnce } from '../../../src/demo/state.ts';
import { startWorld, stateFolderOf } from '../../../src/demo/world.ts';
import { launch } from './browser.ts';

/** Takes README's picture of a real plan comment, in both themes: `npm run screenshot`. */
const target = fileURLToPath(new URL('../../../src/demo/', import.meta.url));
const folder = await mkdtemp(path.join(os.tmpdir(), 'tidegate-screenshot-'));
const environment = { PATH: process.env['PATH'] };
try {
  const files = startingFiles(stateFolderOf(folder));
  await applyOnce(path.join(folder, 'before'), files, ['network', 'database'], environment);
  const world = await startWorld({ folder, files, people: { margaret: 'admin', ada: 'write' }, environment });
  const browser = await launch();
  try {
    const ada = personOf(world, 'ada');
    await ada.push('new-owner', newOwner, 'Storage owns what we run');
    const pull = await ada.openPull('new-owner', 'Give everything to the storage team');
    await world.settled();
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: 960, height: 900 };
      const context = await browser.newContext({ colorScheme, viewport, deviceScaleFactor: 2 });
      const page = await context.newPage();
      await page.goto(world.hub.pageUrl(`/${world.repository}/pull/${pull.number}`));
      const comment = page.locator('article', { hasText: 'Plan:' }).first();
      await comment.locator('summary', { hasText: 'database' }).click();
      await comment.screenshot({ path: path.join(target, `plan-comment-${colorScheme}.png`) });
      await context.close();
    }
  } finally {
    await browser.close();
    await world.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
