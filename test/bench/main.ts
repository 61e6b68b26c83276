import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

interface Bench {
  run(): AsyncIterable<Figure>;
}

/** Loaded when asked for: one bench must not carry what another one imports. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  overhead: () => import('./overhead.ts'),
  fanout: () => import('./fanout.ts'),
  checkout: () => import('./checkout.ts'),
  discovery: () => import('./discovery.ts'),
  ingest: () => import('./ingest.ts'),
  memory: () => import('./memory.ts'),
  host: () => import('./host.ts'),
  logflood: () => import('./logflood.ts'),
  masking: () => import('./masking.ts'),
  soak: () => import('./soak.ts'),
  restart: () => import('./restart.ts'),
  render: () => import('./render.ts'),
  bigplan: () => import('./bigplan.ts'),
  manifests: () => import('./manifests.ts'),
  helm: () => import('./helm.ts'),
  drift: () => import('./drift.ts'),
};

/** `--against REV`: the same benches of another commit in turns with these (`paired.ts`). */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' }, rounds: { type: 'string', default: '5' } },
});

/** One JSON line per figure. A figure that does not hold is a result; only a bench that cannot run is a failure. */
const main = async (wanted: readonly string[]): Promise<number> => {
  const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    process.stderr.write(`no bench ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}\n`);
    return 2;
  }
  if (values.against !== undefined) {
    const { runPaired } = await import('./paired.ts');
    return runPaired(wanted, { against: values.against, rounds: Number(values.rounds) });
  }
  let failed = false;
  for (const [name, load] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`${name} ...\n`);
    try {
      for await (const figure of (await load()).run()) process.stdout.write(`${JSON.stringify(figure)}\n`);
    } catch (error) {
      failed = true;
      process.stderr.write(
        `${name} could not run: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
    }
  }
  return failed ? 1 : 0;
};

process.exitCode = await main(positionals);
