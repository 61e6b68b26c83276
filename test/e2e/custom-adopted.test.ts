/** The real server process is killed while a tool of somebody's own, whose output is `summary.json`, applies. */
import { expect, it } from 'vitest';
import { eventually, row } from '../support/acts.ts';
import { storedRuns } from '../support/deliver.ts';
import { type Served, serveStory } from '../support/served.ts';
import { createSummaryTool, type SummaryTool } from '../support/summary-tool.ts';

const wish = (things: Readonly<Record<string, string>>) => ({ 'people/wish.json': JSON.stringify(things) });

/** #1 is planned, and its apply has begun and waits. */
const applyHeld = async (
  pin: string,
  how: object = {},
): Promise<{ readonly served: Served; readonly tool: SummaryTool; readonly comment: number }> => {
  const tool = createSummaryTool({ pin: `pin: ${pin}` }, { isAlone: true });
  tool.behave({ apply: { held: true, ...how } });
  const served = await serveStory({
    files: () => ({
      'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: people, runner: things }\n',
      ...wish({}),
    }),
    operator: `runners: [${tool.runners}]\n`,
  });
  const { ada } = served.story;
  await ada.push('people', wish({ ada: 'admin' }), 'Ada joins');
  await ada.openPull('people', 'Ada joins');
  await eventually(async () => expect(await row(served.story, 1, 'people')).toContain('| planned |'));
  const { id } = await ada.comment(1, '/apply');
  await eventually(() => expect(phases(tool)).toContain('apply'));
  return { served, tool, comment: id };
};

const phases = (tool: SummaryTool): readonly string[] => tool.journal().map(({ phase }) => phase);
const applies = (tool: SummaryTool): number => phases(tool).filter((phase) => phase === 'apply').length;

const says = (served: Served, words: string): Promise<void> =>
  eventually(async () => expect(await row(served.story, 1, 'people')).toContain(words));

it.for([
  ['exact', 'goes on'],
  ['verified', 'goes on'],
  ['exact', 'has ended'],
] as const)(
  'an apply, pinned as %s, that %s when the next server comes is adopted, reported once, and begun once',
  { tags: ['long'] },
  async ([pin, when]) => {
    const { served, tool, comment } = await applyHeld(pin);
    await using _served = served;
    const { story } = served;
    await served.kill();
    if (when === 'has ended') {
      tool.letGo();
      await served.quiet();
      expect(tool.world.get()).toEqual({ ada: 'admin' });
      await served.startAgain();
    } else {
      await served.startAgain();
      await served.server().said('a run of an earlier server was adopted');
      await says(served, 'applying');
      expect(tool.world.get()).toEqual({});
      expect(served.locks()).toEqual(['people #1']);
      tool.letGo();
    }
    await says(served, '✓ applied');
    await eventually(async () => expect(await story.ada.reactions(comment)).toContain('rocket'));
    expect(tool.world.get()).toEqual({ ada: 'admin' });
    // And what came of it outlives one more server.
    await served.kill();
    await served.startAgain();
    expect(storedRuns(story)).toEqual(['plan planned', 'apply applied']);
    await story.ada.merge(1);
    await eventually(() => expect(served.locks()).toEqual([]));
    expect(applies(tool)).toBe(1);
    expect(await story.replies(1)).toEqual([]);
    expect(await story.checks(1)).toContain('tidegate/apply: success, 1 project applied: 1 added');
    await served.quiet();
  },
);

it.for([
  [3, '✗ **apply failed**', 'apply failed'],
  [42, '⚠ **outcome unknown**', 'apply unresolved'],
] as const)(
  'one that ends with %i between two servers is what the runner says of that code: %s',
  { tags: ['long'] },
  async ([exit, words, state]) => {
    const { served, tool } = await applyHeld('exact', { exit });
    await using _served = served;
    await served.kill();
    tool.letGo();
    await served.quiet();
    await served.startAgain();
    await says(served, words);
    expect(storedRuns(served.story)).toEqual(['plan planned', state]);
    expect(applies(tool)).toBe(1);
    expect(served.locks()).toEqual(['people #1']);
  },
);
