import type { Problem } from '../domain/problem.ts';
import { closeIt, type Exposure } from '../programs/server-programs.ts';
import { type Finding, fail, octal, ok, some, warn } from './finding.ts';

/** Wrong settings, one line each; the server would not start. */
export const checkSettings = (problems: readonly Problem[], told: string): readonly Finding[] =>
  problems.length === 0
    ? [ok('settings', told)]
    : problems.map(({ sentence, advice, details }) =>
        fail('settings', sentence, details === undefined ? advice : `${advice}\n${details}`),
      );

const leastNode = [22, 18] as const;
const shippedNode = 24;

/** @param version as `process.version` has it, `v24.1.0` */
export const checkNode = (version: string): Finding => {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1]))
    return fail(
      'node',
      `this is Node ${version}`,
      `Tidegate needs Node ${leastNode.join('.')} or newer, and is shipped on ${shippedNode}; \`npm ci\` brings one for \`npm start\`.`,
    );
  return major === shippedNode
    ? ok('node', version)
    : warn('node', `${version} will do`, `Tidegate is tested and shipped on Node ${shippedNode}: prefer it.`);
};

/** @param mended the release without the holes that the version has, if it has any */
export const checkGit = (answer: string | Problem, mended: string | null): Finding => {
  if (typeof answer !== 'string')
    return fail('git', answer.sentence, 'Install git 2.38 or newer, on the PATH of the server.');
  return mended === null
    ? ok('git', answer)
    : warn(
        'git',
        `${answer} is older than ${mended}, which mended holes that a repository could use`,
        'Tidegate uses nothing of what they need: no clone, no submodule, no hook. A distribution may have mended this one without a word in its version (Debian does: `apt changelog git` names CVE-2025-48384); else install a newer one.',
      );
};

/** A runner's tool on this machine; `version` null where it is not there or does not say one. */
export interface Tool {
  readonly runner: string;
  readonly executable: string;
  readonly version: string | null;
  readonly why: string;
  /** The one that runs would start, absolute; null where there is none. */
  readonly file: string | null;
  /** Where somebody else could exchange it. */
  readonly exposure: Exposure | null;
}

/** Which runners there are, or why a server would not start with them. */
export const checkRunners = (found: readonly string[] | Problem, own: readonly string[]): Finding => {
  if ('sentence' in found) return fail('runners', found.sentence, found.advice);
  const from = own.length === 0 ? '' : `, some of them from ${own.join(', ')}`;
  return ok('runners', `${found.join(', ')}${from}`);
};

/** Which runner a repository uses is its own choice, so one that is missing fails only where no other is there. */
export const checkTools = (tools: readonly Tool[]): readonly Finding[] => {
  const isAny = tools.some(({ version }) => version !== null);
  return tools.map(({ runner, executable, version, why, file, exposure }) => {
    const check = `tool ${runner}`;
    if (version !== null) {
      const found = `${executable} ${version}${file === null ? '' : `, \`${file}\``}`;
      if (exposure === null) return ok(check, found);
      const { kind, path, writer } = exposure;
      return warn(
        check,
        `${found}; but the ${kind} \`${path}\` can be written by ${writer}`,
        `Whoever may exchange it acts with all that plans and applies are given. ${closeIt(exposure)}`,
      );
    }
    const advice = `Install \`${executable}\` where the PATH of the server finds it; the image has a build argument for it.`;
    return isAny ? ok(check, `${why}: projects of this runner fail`) : fail(check, why, advice);
  });
};

/** What a run's host leans on beyond the tools. */
export const checkHost = (facts: {
  readonly nohup: boolean;
  readonly terminal: boolean;
  /** Runners with steps that draw on a terminal. */
  readonly drawing: readonly string[];
}): readonly Finding[] => [
  facts.nohup
    ? ok('nohup', 'is there: a closed terminal ends no tool')
    : warn(
        'nohup',
        'is not there',
        'Install coreutils: without `nohup` a tool may end when the terminal that Tidegate was started from is closed.',
      ),
  facts.terminal
    ? ok('node-pty', 'is there, for tools that draw')
    : facts.drawing.length === 0
      ? ok('node-pty', 'is not there, and no runner needs it')
      : warn(
          'node-pty',
          `is not there, and ${some(facts.drawing)} may use it`,
          'Run `npm ci` with a C++ compiler on the machine; until then these tools print without a terminal.',
        ),
];

/** What is known of a file or a folder. */
export interface FileFacts {
  readonly path: string;
  /** Permission bits; null where it is not there or cannot be looked at. */
  readonly mode: number | null;
}

/** @param key null where it comes from the environment itself */
export const checkPrivateKey = (key: FileFacts | null): Finding => {
  const check = 'private key';
  if (key === null) return ok(check, 'from the environment');
  const { path, mode } = key;
  if (mode === null) return fail(check, `\`${path}\` cannot be read`, 'Correct `PRIVATE_KEY_PATH`.');
  return (mode & 0o007) === 0
    ? ok(check, `\`${path}\`, mode ${octal(mode)}`)
    : warn(
        check,
        `everybody on this machine can read \`${path}\` (mode ${octal(mode)})`,
        `Run \`chmod 600 ${path}\` as its owner: whoever has the key is the App.`,
      );
};

export const checkOperatorFile = ({ path, mode }: FileFacts): Finding =>
  mode === null || (mode & 0o022) === 0
    ? ok('operator file', `\`${path}\``)
    : fail(
        'operator file',
        `others can write to \`${path}\` (mode ${octal(mode)})`,
        `Run \`chmod go-w ${path}\`: it says which repositories count and what tools may see.`,
      );

/** Where the install's secret key is. */
export type SecretKeyPlace =
  | { readonly from: 'environment' }
  | { readonly from: 'file' | 'standard'; readonly file: FileFacts; readonly inDataFolder: boolean };

export const checkSecretKey = (place: SecretKeyPlace): Finding => {
  const check = 'secret key';
  if (place.from === 'environment') return ok(check, 'from the environment');
  const { path, mode } = place.file;
  if (place.inDataFolder)
    return fail(
      check,
      `\`${path}\` lies in the data folder`,
      'Move it elsewhere, or set `TIDEGATE_SECRET_KEY`: a copy of the data folder would open everything in it.',
    );
  if (mode === null && place.from === 'standard')
    return warn(
      check,
      `none is given; the first start makes one in \`${path}\``,
      'Set `TIDEGATE_SECRET_KEY` (`openssl rand -base64 32`) and keep a copy: without the key stored plans cannot be applied.',
    );
  if (mode === null)
    return fail(
      check,
      `\`${path}\` cannot be read`,
      'Correct `TIDEGATE_SECRET_KEY_FILE`, and let the user that the server runs as read it.',
    );
  const others = place.from === 'standard' ? 0o077 : 0o007;
  if ((mode & others) === 0) return ok(check, `\`${path}\`, mode ${octal(mode)}`);
  const found = `others can read \`${path}\` (mode ${octal(mode)})`;
  const advice = `Run \`chmod 600 ${path}\`.`;
  return place.from === 'standard'
    ? fail(check, found, `${advice} The server refuses it as it is.`)
    : warn(check, found, advice);
};
