/**
 * A generator as people have them: a program of the repository that makes a project of each folder with a `stack.json`, named by
 * what `mark` is when it is committed.
 */
export const stacksProgram = (mark: string): string => `
import { readdirSync, readFileSync } from 'node:fs';
const tree = process.argv[2];
const stacks = readdirSync(tree, { recursive: true }).filter((one) => one.endsWith('/stack.json')).sort();
console.log('version: 1\\nprojects:');
for (const file of stacks) {
  const { needs = [] } = JSON.parse(readFileSync(tree + '/' + file, 'utf8'));
  const dir = file.slice(0, -'/stack.json'.length);
  console.log('  - ' + JSON.stringify({ name: '${mark}-' + dir.replaceAll('/', '-'), dir, depends_on: needs }));
}
if (stacks.length === 0) console.log('  []');
`;

/** Lines of the operator file that have it asked. */
export const asking = (command: readonly string[], more = ''): string =>
  `generate:\n  - match: "*/*"\n    command: ${JSON.stringify(command)}\n${more}`;

export const stacksCommand: readonly string[] = [process.execPath, '{base}/tools/stacks.mjs', '{tree}'];
