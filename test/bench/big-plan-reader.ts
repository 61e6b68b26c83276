/**
 * Reads a plan as a process of its own and prints what it took as JSON: `whole` the text in a file, with JSON.parse, `parts` the text
 * as a run's host has packed it, as a server does.
 */
import { readFileSync } from 'node:fs';
import { createSystemClock } from '../../src/clock/system.ts';
import { compileDanger } from '../../src/config/danger.ts';
import { createTerraformReader } from '../../src/runner/read/terraform-json.ts';
import { unpacked } from '../../src/sandbox/local/packed.ts';

interface Read {
  /** Changes that do something. */
  readonly changes: number;
}

const inParts = async (file: string): Promise<Read> => {
  const printed = unpacked([readFileSync(file)]);
  const reader = createTerraformReader(
    compileDanger({ data_types: [], no_data_types: [], rules: [], irreversible: [] }),
  );
  for (;;) {
    for await (const chunk of printed.chunks()) reader.push(chunk);
    const reading = reader.end();
    if (reading !== null) return { changes: reading.summary.resources.length };
  }
};

const asWhole = (file: string): Read => {
  const plan: { resource_changes: readonly { change: { actions: readonly string[] } }[] } = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return { changes: plan.resource_changes.filter(({ change }) => change.actions[0] !== 'no-op').length };
};

const clock = createSystemClock();
const [way, file = ''] = process.argv.slice(2);
const start = clock.monotonic();
const { changes } = way === 'whole' ? asWhole(file) : await inParts(file);
const ms = clock.monotonic() - start;
process.stdout.write(`${JSON.stringify({ ms, changes, peak: process.resourceUsage().maxRSS / 1000 })}\n`);
