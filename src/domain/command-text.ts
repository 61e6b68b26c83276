import type { Command } from './command.ts';
import { lastingText } from './lasting.ts';
import { operationArguments } from './operation.ts';
import { isPlainText } from './plain-text.ts';
import { scopeWords } from './scope.ts';
import { quoteToken } from './tokens.ts';

/**
 * What cannot be typed in a selector becomes `?`, which matches any one character of it (one UTF-16
 * unit each, as the glob matcher counts).
 */
const typable = (text: string): string =>
  [...text]
    .map((char, index) =>
      isPlainText(char) && !(index === 0 && char === '-') ? char : '?'.repeat(char.length),
    )
    .join('');

const lastingWords = ({ lastsMs, reason }: NonNullable<Command['suspension']>): readonly string[] => [
  ...(lastsMs === null ? [] : [lastingText(lastsMs)]),
  reason,
];

/**
 * The command as a person would type it behind `start` (`/`, or `tidegate ` with its blank).
 * Interpreting it gives the same command again. Values that cannot be typed are turned into globs
 * that match them, so any project's name, dir and workspace may be put in.
 */
export const commandText = (command: Command, start = '/'): string => {
  const selectors = [
    ...command.selector.names.map((name) => ['-p', name] as const),
    ...command.selector.dirs.map((dir) => ['-d', dir] as const),
    ...command.selector.workspaces.map((workspace) => ['-w', workspace] as const),
    ...command.selector.labels.map((label) => ['-l', label] as const),
    ...(command.selector.environments ?? []).map((name) => ['-e', name] as const),
  ].flatMap(([flag, value]) => [flag, quoteToken(typable(value))]);
  const extra = command.extra.map((argument) => {
    const equals = argument.indexOf('=');
    if (equals === -1) return argument;
    return `${argument.slice(0, equals + 1)}${quoteToken(argument.slice(equals + 1))}`;
  });
  const scope = scopeWords(command.scope).flatMap(([flag, value]) =>
    value === undefined ? [flag] : [flag, quoteToken(typable(value))],
  );
  const { recovery } = command;
  const action =
    recovery === undefined
      ? []
      : [recovery.kind, ...(recovery.kind === 'force-unlock' ? [recovery.lockId] : [])];
  const { operation } = command;
  const subcommand = operation?.kind === 'state-rm' ? ['rm'] : [];
  const words = operation === undefined ? [] : operationArguments(operation).map(quoteToken);
  const environment = command.environment === undefined ? [] : [quoteToken(typable(command.environment))];
  const commit = command.commit === undefined ? [] : [command.commit];
  const override = command.override === undefined ? [] : [command.override.policy, command.override.reason];
  const { suspension } = command;
  const lasting = suspension === undefined ? [] : lastingWords(suspension);
  const reason = command.reason === undefined ? [] : [command.reason];
  const flags = [
    ...(command.acceptBrokenState === true ? ['--accept-broken-state'] : []),
    ...(command.consumers === true ? ['--consumers'] : []),
  ];
  const tail = extra.length > 0 ? ['--', ...extra] : [];
  return [
    `${start}${command.verb}`,
    ...subcommand,
    ...selectors,
    ...scope,
    ...words,
    ...environment,
    ...commit,
    ...override,
    ...lasting,
    ...reason,
    ...action,
    ...(command.breakGlass === undefined ? [] : ['--override', command.breakGlass.reason]),
    ...flags,
    ...tail,
  ].join(' ');
};
