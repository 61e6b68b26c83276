import { createSystemClock } from '../../src/clock/system.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { BoardView } from '../../src/render/view.ts';
import { attribute, resource, row, summary, view } from '../render/samples.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';
import { type Figure, figure, median } from './figure.ts';

const rounds = 31;
const actions = ['update', 'create', 'update', 'replace', 'update', 'create', 'delete'] as const;

/** A plan of so many changes, as it is stored: attributes of the first 3,000 rows. */
const boardOf = (many: number): BoardView => {
  const changes = Array.from({ length: many }, (_, index) => {
    const action = actions[index % actions.length] ?? 'update';
    const address = `module.service["${index % 40}"].aws_instance.web[${index}]`;
    const isTold = index < 1000;
    return resource(
      action,
      address,
      isTold
        ? [
            attribute('instance_type', '"t3.large"', '"t3.xlarge"', action === 'replace'),
            attribute('tags.Owner', '"platform"', `"team-${index % 9}"`),
            attribute('user_data', '"one\\ntwo"', '"one\\nthree"'),
          ]
        : [attribute('… left out', null, null)],
      { type: 'aws_instance' },
    );
  });
  return view([row('network', 'planned', { summary: summary(changes), next: 'one approval' })]);
};

/** From a board's facts to its text, a comment of at most 60,000 bytes: of 10,000 changes, against 100 of them. */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const { board } = createRenderer({ danger: dangerCatalogue() });
  const [few, many] = [boardOf(100), boardOf(10_000)];
  const times = { few: [] as number[], many: [] as number[] };
  for (let round = 0; round < rounds; round += 1)
    for (const [name, facts] of [
      ['few', few],
      ['many', many],
    ] as const) {
      const start = clock.monotonic();
      const text = board(facts);
      times[name].push(clock.monotonic() - start);
      if (!text.includes('network')) throw new Error('nothing was rendered');
    }
  yield figure({
    bench: 'render',
    case: 'ratio',
    value: median(times.many) / median(times.few),
    unit: 'ratio',
    aim: { op: '<=', limit: 3 },
  });
  yield figure({
    bench: 'render',
    case: 'ms',
    value: median(times.many),
    unit: 'ms',
    aim: { op: '<=', limit: 100 },
  });
};
