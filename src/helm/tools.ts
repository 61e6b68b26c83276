import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Asked } from './asked.ts';
import { failed, wrong } from './stopped.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  readonly cwd?: string;
  readonly input?: string;
}

/** helm and kubectl of the PATH, each started with an argv array and folders of its own. */
export interface Tools {
  /** A folder that goes when the phase ends. */
  readonly folder: string;
  /** One call, however it ends. */
  helm(args: readonly string[], how?: How): Promise<Ran>;
  /** The same, of what changes the cluster: a request to end is handed on to it, and its end is waited for. */
  change(args: readonly string[]): Promise<Ran>;
  kubectl(args: readonly string[], how?: How): Promise<Ran>;
  /** Standard output of a call that has to go well. Throws Stopped with `what`. */
  helmSays(what: string, args: readonly string[]): Promise<string>;
  kubectlSays(what: string, args: readonly string[], how?: How): Promise<string>;
}

const askedToEnd = ['SIGINT', 'SIGTERM'] as const;

const maxBuffer = 512 * 1024 * 1024;

/**
 * Gives the tools to `use`, and takes away afterwards whatever they kept: repositories, the cache of what a cluster serves (it
 * would be believed for hours), settings.
 */
export const withTools = async <T>(
  { passed, kubeconfig, isTrusted }: Asked,
  use: (tools: Tools) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-helm-'));
  const environment = {
    ...passed,
    HOME: folder,
    ...(isTrusted && kubeconfig !== '' ? { KUBECONFIG: kubeconfig } : { KUBECONFIG: join(folder, 'none') }),
    KUBECACHEDIR: join(folder, 'kube-cache'),
    HELM_CACHE_HOME: join(folder, 'cache'),
    HELM_CONFIG_HOME: join(folder, 'config'),
    HELM_DATA_HOME: join(folder, 'data'),
    HELM_PLUGINS: join(folder, 'plugins'),
    NO_COLOR: '1',
  };
  const under = new Set<Promise<Ran>>();
  const run = (program: string, args: readonly string[], how: How, isChange: boolean): Promise<Ran> => {
    const ran = start(program, args, how, isChange);
    under.add(ran);
    return ran;
  };
  const start = async (
    program: string,
    args: readonly string[],
    how: How,
    isChange: boolean,
  ): Promise<Ran> => {
    const child = execa(program, args, {
      cwd: how.cwd ?? process.cwd(),
      env: environment,
      extendEnv: false,
      reject: false,
      maxBuffer,
      stripFinalNewline: false,
      ...(how.input === undefined ? { stdin: 'ignore' as const } : { input: how.input }),
      // What changes the cluster ends by itself, or when it is asked to: killed, it leaves a release that is pending.
      cleanup: !isChange,
    });
    const end = (): void => {
      child.kill('SIGTERM');
    };
    // Tidegate asks with SIGINT, and this process alone.
    if (isChange) for (const asked of askedToEnd) process.on(asked, end);
    const { exitCode, stdout, stderr, code } = await child;
    for (const asked of askedToEnd) process.off(asked, end);
    if (code === 'ENOENT') throw wrong(`There is no ${program} on the PATH.`);
    return { code: exitCode ?? -1, stdout, stderr };
  };
  const mustSay = async (what: string, ran: Promise<Ran>): Promise<string> => {
    const { code, stdout, stderr } = await ran;
    if (code !== 0) throw failed(what, stderr);
    return stdout;
  };
  const tools: Tools = {
    folder,
    helm: (args, how = {}) => run('helm', args, how, false),
    change: (args) => run('helm', args, {}, true),
    kubectl: (args, how = {}) => run('kubectl', args, how, false),
    helmSays: (what, args) => mustSay(what, run('helm', args, {}, false)),
    kubectlSays: (what, args, how = {}) => mustSay(what, run('kubectl', args, how, false)),
  };
  try {
    return await use(tools);
  } finally {
    // One that failed ends the phase while others are still writing here.
    await Promise.allSettled(under);
    await rm(folder, { recursive: true, force: true });
  }
};
