/** Reads the plan in a file, as a process of its own: `whole` with JSON.parse, `parts` as a server does. Prints what it took as JSON. */
import { createReadStream, readFileSync } from 'node:fs';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { createTerraformReader } from '../../src/runner/read/terraform-json.ts';
import { createPacker, unpacked } from '../../src/sandbox/local/packed.ts';

const clock = createSystemClock();
const [way, file = ''] = process.argv.slice(2);

/** What the host of a run hands on while the tool prints. */
const packedFrom = async (path: string): Promise<readonly Buffer[]> => {
  const packed: Buffer[] = [];
  const packer = createPacker(async (bytes) => void packed.push(bytes));
  for await (const chunk of createReadStream(path)) await packer.push(chunk);
  await packer.end();
  return packed;
};

const inParts = async (): Promise<{ readonly ms: number; readonly changes: number }> => {
  const operator = parseOperatorFile('allow: ["*/*"]\n', 'operator.yaml');
  if ('problem' in operator) throw new Error(operator.problem.sentence);
  const printed = unpacked(await packedFrom(file));
  const start = clock.monotonic();
  const reader = createTerraformReader(operator.value.danger);
  for (;;) {
    for await (const chunk of printed.chunks()) reader.push(chunk);
    const reading = reader.end();
    if (reading !== null) return { ms: clock.monotonic() - start, changes: reading.summary.resources.length };
  }
};

const asWhole = (): { readonly ms: number; readonly changes: number } => {
  const start = clock.monotonic();
  const plan: { resource_changes: readonly { change: { actions: readonly string[] } }[] } = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  const ms = clock.monotonic() - start;
  return { ms, changes: plan.resource_changes.filter(({ change }) => change.actions[0] !== 'no-op').length };
};

const took = way === 'whole' ? asWhole() : await inParts();
process.stdout.write(`${JSON.stringify({ ...took, peak: process.resourceUsage().maxRSS / 1000 })}\n`);
