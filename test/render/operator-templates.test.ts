import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { byteLength, byteLimit } from '../../src/render/budget.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { everyState, networkPlan, row, view } from './samples.ts';

const rendererWith = (files: Readonly<Record<string, string>>) => {
  const folder = temporaryFolder('templates');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return createRenderer({ templates: folder });
};

test('a template of the operator stands in the place of ours, the others stay, and so does the marker', () => {
  const { board, reply } = rendererWith({
    'board.hbs': '# Infrastructure of {{heading}}\n{{#if table}}\n\n{{> table table}}\n{{/if}}\n',
    'notes.txt': 'no template',
  });
  const body = board(everyState);
  expect(body).toMatch(/^<!-- tidegate:board:1:7 -->\n# Infrastructure of Failed: 1 of 8 projects\n/);
  expect(body).toContain('| `network` | 1 | 1 |');
  expect(body).not.toContain('<details');
  const help = { kind: 'help', marker: 'tidegate:reply:1', login: 'ada', prefixes: [] } as const;
  expect(reply(help)).toBe(createRenderer().reply(help));
});

test.each([
  ['board.hbs', '{{heading}}\n{{secret}}', 'line 2 asks for `secret`'],
  ['board.hbs', '{{#each folds}}{{heading}}{{/each}}', 'line 1 asks for `folds/heading`'],
  ['board.hbs', '{{constructor}}', 'asks for `constructor`'],
  ['board.hbs', '{{heading.constructor}}', 'asks for `heading.constructor`'],
  ['board.hbs', '{{lookup this "heading"}}', 'what is written in line 1'],
  ['board.hbs', '{{log heading}}', 'what is written in line 1'],
  ['board.hbs', '\n{{#with danger}}{{title}}{{/with}}', 'what is written in line 2'],
  ['board.hbs', '{{#each folds}}{{../heading}}{{/each}}', 'what is written in line 1'],
  ['board.hbs', '{{@root.heading}}', 'what is written in line 1'],
  ['board.hbs', '{{> (lookup . "heading") }}', 'what is written in line 1'],
  ['board.hbs', '{{> @partial-block}}', 'what is written in line 1'],
  ['board.hbs', '{{#> table table}}{{/table}}', 'what is written in line 1'],
  ['board.hbs', '{{#*inline "a"}}{{/inline}}', 'what is written in line 1'],
  ['board.hbs', '{{> reply}}', 'asks for `> reply '],
  ['board.hbs', 'a\n{{#if heading}}', 'Parse error'],
  ['boards.hbs', '', 'there are board.hbs, table.hbs'],
])('%s with %j is refused when the server starts', (name, text, said) => {
  expect(() => rendererWith({ [name]: text })).toThrow(said);
});

test('a folder that is not there is refused', () => {
  expect(() => createRenderer({ templates: path.join(temporaryFolder('templates'), 'none') })).toThrow(
    'cannot be used',
  );
});

test('what the operator says at length does not make a comment too long', () => {
  const { board, projectCheck } = rendererWith({
    'fold.hbs': `${'words '.repeat(20_000)}{{summary}}`,
    'board.hbs': 'x'.repeat(70_000),
  });
  const network = row('network', 'planned', { summary: networkPlan });
  const body = board(view([network]));
  expect(byteLength(body)).toBeLessThanOrEqual(byteLimit);
  expect(byteLength(projectCheck(network).text ?? '')).toBeLessThanOrEqual(byteLimit);
  expect(body).toContain('terraform_data.old_peering');
});

test('our own templates would be taken', () => {
  expect(rendererWith({}).board(everyState)).toBe(createRenderer().board(everyState));
});
