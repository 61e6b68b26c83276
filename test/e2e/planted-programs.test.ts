/**
 * `npm run` puts `node_modules/.bin` of every folder above the checkout before the PATH of whoever starts it. Programs of those
 * folders must be none of Tidegate, of its tools, or of npm's own shell.
 *
 * What no script of ours can change: `node` in the scripts of package.json is found by npm's PATH. The checkout's own
 * `node_modules/.bin/node` is the first on it, so one that is planted above is never reached where `npm ci` brought ours.
 */
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { put } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import {
  type Change,
  plannedThere,
  plantedCheckout,
  withoutProtection,
} from '../support/planted-checkout.ts';
import { localBackend, tellStory } from '../support/story.ts';

const resource = (input: string): string => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

/** `npm run doctor`, which tries a wall of bubblewrap out. Its settings are right but for the App, which is nowhere. */
const examined = async (...changes: readonly Change[]) => {
  const clone = plantedCheckout(...changes);
  const operator = temporaryFolder('operator');
  put(operator, 'operator.yaml', 'allow: ["*/*"]\nisolation: bubblewrap\n');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const npm = clone.npm(['doctor', '--', '--json'], {
    APP_ID: '1',
    PRIVATE_KEY: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    WEBHOOK_SECRET: 'a-secret-of-more-than-sixteen-bytes',
    GHE_HOST: '127.0.0.1:9',
    GHE_PROTOCOL: 'http',
    TIDEGATE_CONFIG: path.join(operator, 'operator.yaml'),
    TIDEGATE_DATA_DIR: path.join(operator, 'data'),
    TIDEGATE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  });
  await npm.ended;
  return { text: npm.text(), ran: clone.ran() };
};

/** `npm start`, and a pull request that it plans. */
const served = async (...changes: readonly Change[]) => {
  const clone = plantedCheckout(...changes);
  await using story = await tellStory({
    files: (state) => ({ 'network/main.tf': localBackend(state, 'network') }),
    launch: async (environment) => {
      const npm = clone.npm(['start'], { ...environment, LOG_LEVEL: 'info' });
      await npm.said('tidegate is ready');
      return {
        url: /"url":"([^"]+)"/.exec(npm.text())?.[1] ?? '',
        pagesUrl: '',
        pagesLink: null,
        idle: async () => undefined,
        stop: async () => {
          npm.signal('SIGTERM');
          await npm.ended;
          return 'closed';
        },
      };
    },
  });
  await story.ada.push('change', { 'network/vpc.tf': resource('two') }, 'Add a VPC');
  await story.ada.openPull('change', 'Add a VPC');
  await expect.poll(() => story.board(1), { timeout: 60_000 }).toContain('terraform_data.vpc');
  return clone.ran();
};

describe('programs that somebody planted above the checkout', () => {
  it('do not run for `npm run tidegate -- plan`', async () => {
    const { code, text, ran } = await plannedThere('none');
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('Plan: 1 to add') });
    expect(ran).toEqual([]);
  });

  it('would without the protection: the test can see them (its twin)', async () => {
    const { code, ran } = await plannedThere('none', withoutProtection);
    expect(code).toBe(0);
    expect(ran).toEqual(expect.arrayContaining(['git', 'nohup', 'terraform']));
  });

  it('do not run for `npm run doctor`, which tries the wall out, and names the file of each', {
    tags: ['long'],
  }, async () => {
    const { text, ran } = await examined();
    expect(text).toMatch(/"program git"[^}]*\/git`/);
    expect(text).not.toMatch(/above-[^/]*\/node_modules/);
    expect(ran).toEqual([]);
  });

  it('would without the protection, the wall itself among them (its twin)', { tags: ['long'] }, async () => {
    const { ran } = await examined(withoutProtection);
    expect(ran).toEqual(expect.arrayContaining(['bwrap', 'git', 'terraform']));
  });

  it('are not the shell that npm runs its scripts with', async () => {
    const shell = 'script-shell=/bin/sh';
    // The twin: without the setting it is.
    const npm = plantedCheckout(['.npmrc', shell, '']);
    await npm.npm(['tidegate', '--', '--help'], {}).ended;
    expect(npm.ran()).toEqual(['sh']);
  });

  it('do not run for `npm start` and a plan of it', { tags: ['long'], timeout: 300_000 }, async () => {
    expect(await served()).toEqual([]);
  });

  it('would without the protection (its twin)', { tags: ['long'], timeout: 300_000 }, async () => {
    expect(await served(withoutProtection)).toEqual(expect.arrayContaining(['git', 'nohup', 'terraform']));
  });

  it('do not run for `npm run demo -- --script`', { tags: ['long'], timeout: 300_000 }, async () => {
    const clone = plantedCheckout();
    const npm = clone.npm(['demo', '--', '--script'], {});
    expect({ code: await npm.ended, text: npm.text() }).toMatchObject({ code: 0 });
    expect(clone.ran()).toEqual([]);
  });

  it('would without the protection (its twin, of the beginning)', {
    tags: ['long'],
    timeout: 300_000,
  }, async () => {
    const clone = plantedCheckout(withoutProtection);
    const npm = clone.npm(['demo', '--', '--script'], {});
    await npm.said('  seen ');
    npm.signal('SIGINT');
    await npm.ended;
    expect(clone.ran()).toEqual(expect.arrayContaining(['git', 'terraform']));
  });
});
