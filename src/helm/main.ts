import { apply } from './apply.ts';
import { type Asked, readAsked } from './asked.ts';
import { drift } from './drift.ts';
import { planOffline } from './offline.ts';
import { plan } from './plan.ts';
import { Stopped, wrong } from './stopped.ts';
import { type Tools, withTools } from './tools.ts';
import { planUninstall } from './uninstall.ts';
import { askVersion } from './version.ts';

/*
 * Helm as a runner: a program that meets the contract of `runners/README.md` as an operator's own would. Its argument is the phase;
 * the rest stands in the environment. It ends with 0 clean, 2 changes, 1 error, 3 a human has to act, 75 it may go well in a moment.
 */

type Phase = (tools: Tools, asked: Asked, say: (line: string) => void) => Promise<0 | 2>;

const isReachable = ({ isTrusted, kubeconfig }: Asked): boolean => isTrusted && kubeconfig !== '';

const phases: Readonly<Record<string, Phase>> = {
  plan: (tools, asked, say) =>
    isReachable(asked) ? plan(tools, asked, say) : planOffline(tools, asked, say),
  destroy: planUninstall,
  apply,
  drift,
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const run = async (name: string): Promise<number> => {
  if (name === 'version') {
    const asked = readAsked(
      { TIDEGATE_WITH: '{"namespace":"none"}', TIDEGATE_PLAN_DIR: '/', ...pathOnly() },
      'version',
    );
    say(await withTools(asked, askVersion));
    return 0;
  }
  const phase = Object.hasOwn(phases, name) ? phases[name] : undefined;
  if (phase === undefined)
    throw wrong(`There is no phase ${name}; there are: version, ${Object.keys(phases).join(', ')}.`);
  const asked = readAsked(process.env, process.cwd());
  return withTools(asked, (tools) => phase(tools, asked, say));
};

const pathOnly = (): { readonly PATH: string | undefined } => ({ PATH: process.env['PATH'] });

/** Where it is, and not what it says: parsers quote what they could not read, and that may be a Secret. */
const bug = (error: unknown): string => {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  const frames = lines.filter((line) => /^\s+at /.test(line));
  return [`A fault of this program (${error instanceof Error ? error.name : typeof error}):`, ...frames].join(
    '\n',
  );
};

try {
  process.exitCode = await run(process.argv[2] ?? '');
} catch (error) {
  process.stderr.write(`${error instanceof Stopped ? error.message : bug(error)}\n`);
  process.exitCode = error instanceof Stopped ? error.exit : 1;
}
