/** The demo where helm and kubectl are on the PATH. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { toolsOf } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';

test('its story deploys a release as well: one comment for three tools, applied in stages', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  const temp = temporaryFolder('demo');
  const { exitCode, stdout, stderr } = await execa(process.execPath, ['src/main.ts', 'demo', '--script'], {
    env: {
      PATH: `${toolsOf(4)}${path.delimiter}${process.env['PATH'] ?? ''}`,
      TMPDIR: temp,
      NODE_DISABLE_COMPILE_CACHE: '1',
    },
    reject: false,
    stdin: 'ignore',
  });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain('a stand-in cluster, which lives in memory');
  expect(stdout).toContain('Every step was seen.');
  const thread = stdout.slice(stdout.indexOf('acme/office#1 Katherine joins'));
  const comments = thread.split('\n--- ').filter((part) => part.startsWith('tidegate[bot]'));
  // One comment on all three, and answers to what was refused.
  const boards = comments.filter((comment) => comment.includes('| `portal` |'));
  expect(boards).toHaveLength(1);
  for (const project of ['teams', 'people', 'portal'])
    expect(boards[0]).toMatch(new RegExp(`^\\| \`${project}\` \\|.*✓ applied`, 'm'));
  // Terraform's output is among the values, behind those of the file.
  expect(boards[0]).toContain('data.teams   = "open" → "closed"');
  expect(boards[0]).toContain('data.welcome = "Hello" → "Good morning"');
  expect(readdirSync(temp)).toEqual([]);
});
